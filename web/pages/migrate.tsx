// SPDX-License-Identifier: Apache-2.0
import type { VNode } from "preact";
import type { ApiError, MigrationAnswer } from "../api.js";

export interface MigrateProps {
  readonly dockerfile: string;
  readonly migration: MigrationAnswer | undefined;
  readonly error: ApiError | undefined;
}

type Finding = MigrationAnswer["findings"][number];

const HEADINGS: readonly (readonly [kind: Finding["kind"], heading: string])[] = [
  ["impossible", "Not done"],
  ["check", "Look at"],
  ["suggestion", "Would be better"],
];
const EXAMPLE = `FROM node:22
WORKDIR /app
COPY package*.json ./
RUN npm ci --omit=dev
COPY . .
EXPOSE 3000
CMD npm start`;

export function MigratePage({ dockerfile, migration, error }: MigrateProps): VNode {
  return (
    <>
      <section class="title">
        <div>
          <h1>Move a Dockerfile onto hardened images</h1>
          <p class="muted">
            Paste one; nothing is built or kept. <code>basalt migrate</code> does the same beside your sources, which it
            reads to copy only what the program needs, and <code>--verify</code> builds and starts both.
          </p>
        </div>
      </section>
      <form class="migrate" action="/migrate" method="post">
        <div>
          <label for="dockerfile">Dockerfile</label>
          <textarea
            id="dockerfile"
            name="dockerfile"
            class="mono"
            rows={18}
            spellcheck={false}
            autocomplete="off"
            required
            placeholder={EXAMPLE}
            value={dockerfile}
          />
          <button type="submit">Migrate</button>
        </div>
        {migration === undefined ? null : <Result migration={migration} />}
      </form>
      {error === undefined ? null : <p class="notice">{error.message}</p>}
      {migration === undefined ? null : <Report migration={migration} />}
    </>
  );
}

function Result({ migration }: { readonly migration: MigrationAnswer }): VNode {
  return (
    <div>
      <div class="result-head">
        <span>{migration.changed ? "On hardened images" : "Nothing to change"}</span>
        <button type="button" data-copy={migration.dockerfile} aria-label="Copy the Dockerfile">
          Copy
        </button>
      </div>
      <pre class="result">{migration.dockerfile}</pre>
    </div>
  );
}

function Report({ migration }: { readonly migration: MigrationAnswer }): VNode {
  const { changes, findings, customizations, diff } = migration;
  return (
    <>
      {HEADINGS.map(([kind, heading]) => {
        const found = findings.filter((finding) => finding.kind === kind);
        return found.length === 0 ? null : (
          <section key={kind} class={`panel findings ${kind}`}>
            <h2>{heading}</h2>
            <ul>
              {found.map(({ line, rule, message }) => (
                <li key={`${line} ${rule} ${message}`}>
                  <span class="muted">Line {line}</span> {message} <code class="muted">{rule}</code>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
      {customizations.length === 0 ? null : (
        <section class="panel findings">
          <h2>Images to build first</h2>
          <ul>
            {customizations.map(({ image, base, packages }) => (
              <li key={image}>
                <code>{image}</code>: {base} with {packages.join(", ")}. <code>basalt migrate --write</code> writes its
                definition beside the Dockerfile.
              </li>
            ))}
          </ul>
        </section>
      )}
      {changes.length === 0 ? null : (
        <>
          <h2 class="changes-head">
            {changes.length} {changes.length === 1 ? "change" : "changes"}
          </h2>
          <div class="scroll">
            <table>
              <thead>
                <tr>
                  <th>Line</th>
                  <th>Rule</th>
                  <th>Why</th>
                  <th>Before and after</th>
                </tr>
              </thead>
              <tbody>
                {changes.map(({ line, rule, reason, before, after }, index) => (
                  <tr key={index}>
                    <td>{line}</td>
                    <td class="mono">{rule}</td>
                    <td>{reason}</td>
                    <td>
                      {before === "" || before === after ? null : <pre class="removed">{before}</pre>}
                      {after === "" ? null : <pre class="added">{after}</pre>}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
      {diff === "" ? null : (
        <details class="diff">
          <summary>As a diff</summary>
          <pre>
            {diff.split("\n").map((line, index) => (
              <span key={index} class={diffClass(line)}>
                {line}
                {"\n"}
              </span>
            ))}
          </pre>
        </details>
      )}
    </>
  );
}

function diffClass(line: string): string {
  if (line.startsWith("+")) return "added";
  return line.startsWith("-") ? "removed" : "";
}
