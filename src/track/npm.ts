// SPDX-License-Identifier: Apache-2.0
import semver from "semver";
import type { RawTracker } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import { parseIntegrity, type Integrity } from "../formats/integrity.js";
import { getBytes, redactUrl } from "../host/http.js";
import { npmPackageUrl } from "../host/npm-registry.js";
import { cancellation, unreadable, type Finding, type FoundValue, type TrackContext } from "./finding.js";
import { matchNames, targetsOf } from "./matching.js";

const MAX_BYTES = 64 * 1024 * 1024; // of what is said of a package; npm's own has 3 MiB
/** Without readme and dependencies' details. Source: npm registry API, package-metadata.md, "Abbreviated metadata". */
const ACCEPT = "application/vnd.npm.install-v1+json, application/json;q=0.8";

type Versions = ReadonlyMap<string, Integrity | undefined>;

/** Releases of an npm package that are not deprecated. @throws BasaltError `TRACK_ANSWER`, `TRACK_NOTHING`, `HTTP_STATUS`, `NETWORK_UNREACHABLE` */
export async function findNpm(
  tracker: Extract<RawTracker, { readonly type: "npm_package" }>,
  context: TrackContext,
): Promise<Finding> {
  const { package: name, match, set } = tracker;
  const versions = await context.once(`npm ${name}`, () => fetchVersions(name, context));
  const found = matchNames([...versions.keys()], match).map(({ text }) => text);
  const values = (version: string): readonly FoundValue[] =>
    targetsOf(set, "version").map(({ variable, value }): FoundValue => {
      if (value === "version") return { variable, value: version, kind: "version" };
      const integrity = versions.get(version);
      if (integrity === undefined) throw unreadable(`npm ${name}: the registry gives no sha512 checksum of ${version}`);
      return { variable, value: integrity, kind: "content" };
    });
  return {
    source: `npm ${name}`,
    candidates: found.toSorted(semver.rcompare).map((version) => ({ version, values: async () => values(version) })),
    compare: (a, b) => (semver.valid(a) === null || semver.valid(b) === null ? 0 : semver.compare(a, b)),
  };
}

async function fetchVersions(name: string, context: TrackContext): Promise<Versions> {
  const { host } = context;
  const url = await npmPackageUrl(name, host);
  const options = { maxBytes: MAX_BYTES, headers: { accept: ACCEPT }, ...cancellation(context) };
  const text = (await getBytes(host.http, url, options)).toString("utf8");
  const versions = versionsIn(text, redactUrl(url));
  if (versions.size === 0) throw new BasaltError("TRACK_NOTHING", `npm ${name} has no release that is not deprecated`);
  return versions;
}

function versionsIn(text: string, address: string): Versions {
  const versions = new Map<string, Integrity | undefined>();
  for (const [version, facts] of Object.entries(objectIn(objectOf(text, address)["versions"], address))) {
    const { deprecated, dist } = objectIn(facts, address);
    const isDeprecated = deprecated !== undefined && deprecated !== "" && deprecated !== false;
    if (isDeprecated || semver.valid(version) !== version || semver.prerelease(version) !== null) continue;
    const { integrity } = objectIn(dist ?? {}, address);
    versions.set(version, strongest(typeof integrity === "string" ? integrity : ""));
  }
  return versions;
}

/** Several hashes may stand beside each other. Source: W3C Subresource Integrity, section 3.3. */
function strongest(text: string): Integrity | undefined {
  const hash = text.split(" ").find((one) => one.startsWith("sha512-"));
  try {
    return hash === undefined ? undefined : parseIntegrity(hash);
  } catch {
    return undefined; // as good as none
  }
}

function objectOf(text: string, address: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unreadable(`${address} does not answer JSON`, cause);
  }
  return objectIn(value, address);
}

function objectIn(value: unknown, address: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw unreadable(`${address} does not say what an npm registry says of a package`);
}
