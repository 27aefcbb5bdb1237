// SPDX-License-Identifier: Apache-2.0
import type { ImageDefinition, PackageRequest } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import { compareText } from "../formats/canonical-json.js";
import type { InputMapping } from "../formats/input-mapping.js";

/** Packages that Basalt stands in for: what it installs instead, without what that depends on. */
const BUILTIN: ReadonlyMap<string, string> = new Map([
  // One file in the public catalogue, /etc/ssl/certs/ca-certificates.crt, which assembly makes of the package's certificates.
  ["ca-certificates-bundle", "ca-certificates"],
]);

/**
 * The image with other inputs in place of those that are mapped; a mapped repository takes its keyring with it.
 * @throws BasaltError `DEFINITION_UNSUPPORTED` where a repository is left, `USAGE` where nothing is built in
 */
export function applyMapping(image: ImageDefinition, mapping: InputMapping): ImageDefinition {
  const left = image.repositories.filter((line) => mappedRepository(line, mapping) !== image.osRelease.id);
  if (left.length > 0 && image.osRelease.id !== "alpine")
    throw new BasaltError(
      "DEFINITION_UNSUPPORTED",
      `${image.title}: this version of Basalt does not build from the repository ${left.join(", ")}`,
      { action: `take it out, or build with --map-repository ${urlOf(left[0] ?? "")}=${image.osRelease.id}` },
    );
  const stages = image.stages.map((stage) => ({ ...stage, ...mapPackages(stage, mapping) }));
  return { ...image, repositories: left, ...mapPackages(image, mapping), stages };
}

type Packages = Pick<ImageDefinition, "packages" | "masks">;

function mapPackages({ packages, masks }: Packages, mapping: InputMapping): Packages {
  const requests = new Map<string, PackageRequest>();
  for (const request of packages) {
    const mapped = mapPackage(request, mapping);
    const known = requests.get(mapped.name);
    requests.set(mapped.name, known === undefined ? mapped : bothOf(known, mapped));
  }
  return { packages: [...requests.values()], masks: masks.filter((name) => !requests.has(name)) };
}

/** What is asked for twice is pinned if one of the requests is, and needs what it depends on if one of them does. */
function bothOf(a: PackageRequest, b: PackageRequest): PackageRequest {
  const version = a.version ?? b.version;
  const isBare = a.isBare === true && b.isBare === true;
  return { name: a.name, ...(version === undefined ? {} : { version }), ...(isBare ? { isBare } : {}) };
}

function mapPackage(request: PackageRequest, mapping: InputMapping): PackageRequest {
  const { version: _version, ...unpinned } = request;
  const own = mapping.pins === "ignore" ? unpinned : request;
  const target = mapping.packages[request.name];
  if (target === undefined) return own;
  if (target !== "builtin") return { name: target };
  const name = BUILTIN.get(request.name);
  if (name === undefined)
    throw new BasaltError(
      "USAGE",
      `--map-package ${request.name}=builtin: Basalt has no stand-in for it, only for ${[...BUILTIN.keys()].join(", ")}`,
    );
  return { name, isBare: true };
}

/** What a repository is mapped to: by the longest beginning of its URL that the mapping names. */
function mappedRepository(line: string, { repositories }: InputMapping): string | undefined {
  const url = urlOf(line);
  const matching = Object.keys(repositories).filter(
    (key) => url === key || url.startsWith(`${key.replace(/\/$/, "")}/`),
  );
  const [best] = matching.toSorted((a, b) => b.length - a.length || compareText(a, b));
  return best === undefined ? undefined : repositories[best];
}

/** Of a one-line APT source, or the line itself. Source: sources.list(5), "one-line-style format". */
function urlOf(line: string): string {
  return /^deb(?:-src)?\s+(?:\[[^\]]*\]\s+)?(\S+)/.exec(line)?.[1] ?? line;
}
