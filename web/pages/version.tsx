// SPDX-License-Identifier: Apache-2.0
import type { VNode } from "preact";
import type { Finding, ImageVersion, PlatformContents } from "../api.js";
import { Copyable } from "../parts/copyable.js";
import { CountChips, CountsApart } from "../parts/counts.js";
import { Tabs } from "../parts/tabs.js";
import { imagePath, tagPath } from "../paths.js";
import { dayText, kindText, predicateText, shortDigest, sizeText, userText } from "../words.js";

export interface VersionProps {
  readonly contents: PlatformContents;
  readonly version: ImageVersion | undefined;
  readonly registry: string;
  readonly tab: string;
}

/** One platform of a version: what is in it and what is known against it. */
export function VersionPage({ contents, version, registry, tab }: VersionProps): VNode {
  const base = tagPath(contents.name, contents.tag);
  const counted = contents.findings.filter((finding) => finding.suppression === undefined && !finding.isUnimportant);
  const tabs = [
    { id: "packages", title: "Packages", count: contents.inventory.length },
    {
      id: "vulnerabilities",
      title: "Vulnerabilities",
      ...(contents.vulnerabilities === null ? {} : { count: counted.length }),
    },
    { id: "specification", title: "Specification" },
    {
      id: "evidence",
      title: "Evidence",
      count: (version?.attestations.length ?? 0) + (version?.isSigned === true ? 1 : 0),
    },
  ];
  const current = tabs.find((candidate) => candidate.id === tab)?.id ?? "packages";
  const platformQuery = `platform=${encodeURIComponent(contents.platform)}`;
  return (
    <>
      <section class="title">
        <div>
          <p class="crumbs">
            <a href="/">Catalogue</a> / <a href={`${imagePath(contents.name)}?tab=tags`}>{contents.name}</a>
          </p>
          <h1 class="mono">{`${contents.name}:${contents.tag}`}</h1>
          <p class="badges">
            {(version?.platforms ?? []).map((item) => (
              <a
                key={item.platform}
                class={item.platform === contents.platform ? "chip category current" : "chip category"}
                href={`${base}?tab=${current}&platform=${encodeURIComponent(item.platform)}`}
              >
                {item.platform}
              </a>
            ))}
            <span class="mono muted">{shortDigest(contents.digest)}</span>
            <span class="muted">{sizeText(contents.sizeBytes)} compressed</span>
            <CountChips counts={contents.vulnerabilities} />
          </p>
        </div>
      </section>
      <Tabs tabs={tabs} current={current} href={(id) => `${base}?tab=${id}&${platformQuery}`} />
      <div class="wide">
        {current === "packages" ? <Packages contents={contents} /> : null}
        {current === "vulnerabilities" ? <Vulnerabilities contents={contents} /> : null}
        {current === "specification" ? <Specification contents={contents} /> : null}
        {current === "evidence" ? <Evidence contents={contents} version={version} registry={registry} /> : null}
      </div>
    </>
  );
}

function Packages({ contents }: { readonly contents: PlatformContents }): VNode {
  if (contents.packages === null)
    return <p class="notice">This image was pushed and not looked through yet; reload in a moment.</p>;
  return (
    <>
      <input
        class="filter"
        type="search"
        placeholder="Filter packages"
        aria-label="Filter packages"
        data-filter="packages"
      />
      <div class="scroll">
        <table id="packages">
          <thead>
            <tr>
              <th>Package</th>
              <th>Version</th>
              <th>Type</th>
              <th>Source</th>
              <th>Licence</th>
            </tr>
          </thead>
          <tbody>
            {contents.inventory.map((item) => (
              <tr key={item.purl}>
                <td class="strong" title={item.purl}>
                  {item.name}
                </td>
                <td class="mono">{item.version}</td>
                <td>{kindText(item.kind)}</td>
                <td>{item.source}</td>
                <td>{item.license}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Vulnerabilities({ contents }: { readonly contents: PlatformContents }): VNode {
  const counted = contents.findings.filter((finding) => finding.suppression === undefined && !finding.isUnimportant);
  const apart = contents.findings.filter((finding) => !counted.includes(finding));
  return (
    <>
      <p>
        <CountChips counts={contents.vulnerabilities} />{" "}
        <span class="muted">
          {contents.dataAsOf === null
            ? "No advisory data took part."
            : `Advisory data as of ${dayText(contents.dataAsOf)}.`}
        </span>
      </p>
      <CountsApart counts={contents.vulnerabilities} />
      {contents.unknown.map((unknown) => (
        <p key={unknown.kind} class="notice">
          {unknown.names.length} {kindText(unknown.kind)} {unknown.names.length === 1 ? "package" : "packages"} not
          assessed: {unknown.why}
          {unknown.names.length <= 6 ? ` (${unknown.names.join(", ")})` : ""}.
        </p>
      ))}
      {counted.length === 0 ? null : <Findings findings={counted} />}
      {apart.length === 0 ? null : (
        <details>
          <summary>{apart.length} that are counted apart</summary>
          <Findings findings={apart} />
        </details>
      )}
    </>
  );
}

function Findings({ findings }: { readonly findings: readonly Finding[] }): VNode {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Vulnerability</th>
            <th>Severity</th>
            <th>Package</th>
            <th>Fixed in</th>
            <th>How it was found</th>
          </tr>
        </thead>
        <tbody>
          {findings.map((finding) => (
            <tr key={`${finding.vulnerability} ${finding.package.name}`}>
              <td>
                <span class="strong mono">{finding.vulnerability}</span>
                {finding.isExploited ? <span class="chip critical">exploited</span> : null}
                <div class="muted">{finding.title ?? finding.advisory.note ?? ""}</div>
              </td>
              <td>
                <span class={`chip ${finding.severity}`}>{finding.severity}</span>
                {finding.cvss === undefined ? null : (
                  <div class="muted">{`CVSS ${finding.cvss.score} (${finding.cvss.source})`}</div>
                )}
              </td>
              <td>
                <span class="strong">{finding.package.name}</span>
                <div class="mono muted">{finding.package.version}</div>
              </td>
              <td class="mono">{finding.fixedVersion ?? "not fixed"}</td>
              <td class="muted">
                {finding.suppression === undefined
                  ? finding.rule
                  : `${finding.suppression.by}: ${finding.suppression.reason}`}
                <div>{finding.advisory.feed}</div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Specification({ contents }: { readonly contents: PlatformContents }): VNode {
  const { configuration } = contents;
  return (
    <dl class="facts wide-facts">
      <dt>Digest</dt>
      <dd class="mono">{contents.digest}</dd>
      <dt>User</dt>
      <dd>
        {userText(configuration.user)} <span class="mono muted">{configuration.user}</span>
      </dd>
      <dt>Entrypoint</dt>
      <dd class="mono">{configuration.entrypoint.length === 0 ? "–" : JSON.stringify(configuration.entrypoint)}</dd>
      <dt>Command</dt>
      <dd class="mono">{configuration.cmd.length === 0 ? "–" : JSON.stringify(configuration.cmd)}</dd>
      <dt>Working directory</dt>
      <dd class="mono">{configuration.workingDir}</dd>
      <dt>Ports</dt>
      <dd class="mono">{configuration.ports.join(", ") || "–"}</dd>
      <dt>Environment</dt>
      <dd class="mono lines">{configuration.environment.join("\n")}</dd>
      <dt>Labels</dt>
      <dd class="mono lines">
        {Object.entries(configuration.labels)
          .map(([name, value]) => `${name}=${value}`)
          .join("\n")}
      </dd>
    </dl>
  );
}

function Evidence({
  contents,
  version,
  registry,
}: {
  readonly contents: PlatformContents;
  readonly version: ImageVersion | undefined;
  readonly registry: string;
}): VNode {
  const image = `${registry}/${contents.name}`;
  return (
    <>
      <dl class="facts wide-facts">
        <dt>Signature</dt>
        <dd>{signatureText(version)}</dd>
        {(version?.attestations ?? []).map((type) => (
          <>
            <dt>{predicateText(type)}</dt>
            <dd class="mono">{type}</dd>
          </>
        ))}
      </dl>
      {version?.isSigned === true ? (
        <section class="panel">
          <h2>Check it yourself</h2>
          <Copyable text={`curl -O ${location(registry)}/keys/${trustOf(version).file}`} />
          <Copyable text={`cosign verify ${trustOf(version).flags} ${image}@${version.digest}`} />
          <Copyable text={`oras discover${isLocal(registry) ? " --plain-http" : ""} ${image}@${contents.digest}`} />
        </section>
      ) : null}
    </>
  );
}

function signatureText(version: ImageVersion | undefined): string {
  if (version?.isSigned !== true) return "none";
  const { certificate } = version;
  return certificate === undefined
    ? "signed with this server's key"
    : `signed, it says, by a certificate for ${certificate.identity}, whom ${certificate.issuer} knows`;
}

/** What cosign checks a signature with: a file that this server has, and flags. */
function trustOf({ certificate }: ImageVersion): { readonly file: string; readonly flags: string } {
  if (certificate === undefined) return { file: "basalt.pub", flags: "--key basalt.pub --insecure-ignore-tlog=true" };
  const { identity, issuer } = certificate;
  return {
    file: "trusted_root.json",
    flags: `--certificate-identity ${quote(identity)} --certificate-oidc-issuer ${quote(issuer)} --trusted-root trusted_root.json`,
  };
}

/** Whoever may push says what is in an image's annotations, and readers copy this line into a shell. */
function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** This machine's registry speaks plain HTTP, as Docker allows for localhost. */
function location(registry: string): string {
  return isLocal(registry) ? `http://${registry}` : `https://${registry}`;
}

function isLocal(registry: string): boolean {
  return /^(?:localhost|127\.)/.test(registry);
}
