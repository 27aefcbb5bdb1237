// SPDX-License-Identifier: Apache-2.0
import type { VNode } from "preact";
import type { ApiError, ComparisonAnswer, Side } from "../api.js";
import { CountChips } from "../parts/counts.js";
import { dayText, kindText, shortDigest, sizeText } from "../words.js";

export interface CompareProps {
  readonly image: string;
  readonly to: string;
  readonly comparison: ComparisonAnswer | undefined;
  readonly error: ApiError | undefined;
}

export function ComparePage({ image, to, comparison, error }: CompareProps): VNode {
  return (
    <>
      <section class="title">
        <div>
          <h1>Compare two images</h1>
          <p class="muted">Measured here, on the images in this registry; the same figures as basalt compare prints.</p>
        </div>
      </section>
      <form class="compare-form" action="/compare">
        <label>
          Image <input name="image" value={image} placeholder="node:22" />
        </label>
        <label>
          compared with <input name="to" value={to} placeholder="reference/node:22" />
        </label>
        <button type="submit">Compare</button>
      </form>
      {error === undefined ? null : <p class="notice">{error.message}</p>}
      {comparison === undefined ? null : <Comparison value={comparison} />}
    </>
  );
}

function Comparison({ value }: { readonly value: ComparisonAnswer }): VNode {
  const { analyzed, comparison, packages } = value;
  const changed = packages.filter((item) => item.change !== "unchanged");
  return (
    <>
      <div class="sides">
        <SideCard side={analyzed} other={comparison} />
        <SideCard side={comparison} other={undefined} />
      </div>
      <h2>
        {changed.length} of {packages.length} packages differ
      </h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th />
              <th>Package</th>
              <th>Type</th>
              <th class="mono">{analyzed.reference}</th>
              <th class="mono">{comparison.reference}</th>
            </tr>
          </thead>
          <tbody>
            {changed.map((item) => (
              <tr key={`${item.kind} ${item.name} ${item.version ?? ""} ${item.comparisonVersion ?? ""}`}>
                <td>
                  <span class={`change ${item.change}`}>{item.change}</span>
                </td>
                <td class="strong">{item.name}</td>
                <td>{kindText(item.kind)}</td>
                <td class="mono">{item.version ?? "–"}</td>
                <td class="mono">{item.comparisonVersion ?? "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function SideCard({ side, other }: { readonly side: Side; readonly other: Side | undefined }): VNode {
  return (
    <section class="panel side">
      <h2 class="mono">{side.reference}</h2>
      <dl class="facts">
        <dt>Vulnerabilities</dt>
        <dd>
          <CountChips counts={side.vulnerabilities} />
        </dd>
        <dt>Size</dt>
        <dd>
          {sizeText(side.sizeBytes)}{" "}
          {other === undefined ? null : <span class="delta">{percent(side.sizeBytes, other.sizeBytes)}</span>}
        </dd>
        <dt>Packages</dt>
        <dd>
          {side.packages}{" "}
          {other === undefined ? null : <span class="delta">{percent(side.packages, other.packages)}</span>}
        </dd>
        <dt>Platform</dt>
        <dd>{side.platform}</dd>
        <dt>Digest</dt>
        <dd class="mono">{shortDigest(side.digest)}</dd>
        <dt>Advisory data</dt>
        <dd>{side.dataAsOf === null ? "none" : `as of ${dayText(side.dataAsOf)}`}</dd>
      </dl>
      {side.coverage.unknown.map((unknown) => (
        <p key={unknown.kind} class="muted">
          {unknown.names.length} {kindText(unknown.kind)} {unknown.names.length === 1 ? "package" : "packages"} not
          assessed: {unknown.why}
        </p>
      ))}
    </section>
  );
}

function percent(value: number, other: number): string {
  if (other === 0) return "";
  const change = Math.round((value / other - 1) * 100);
  return change > 0 ? `+${change} %` : `${change} %`;
}
