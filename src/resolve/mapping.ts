// SPDX-License-Identifier: Apache-2.0
import type { ImageDefinition, PackageRequest } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import { compareText } from "../formats/canonical-json.js";
import { addressOf } from "../formats/debian/apt-source.js";
import type { InputMapping } from "../formats/input-mapping.js";

/** Packages that Basalt stands in for: what it installs instead, without what that depends on. */
const BUILTIN: ReadonlyMap<string, string> = new Map([
  // One file in the public catalogue, /etc/ssl/certs/ca-certificates.crt, which assembly makes of the package's certificates.
  ["ca-certificates-bundle", "ca-certificates"],
]);

/**
 * The image with other inputs in place of those that are mapped; a mapped repository takes its keyring with it.
 * @throws BasaltError `USAGE` where nothing is built in, or a repository is mapped to something else than the distribution's own
 */
export function applyMapping(image: ImageDefinition, mapping: InputMapping): ImageDefinition {
  const unmapped = (lines: readonly string[]): readonly string[] =>
    lines.filter((line) => isLeft(line, image, mapping));
  const stages = image.stages.map((stage) => ({
    ...stage,
    ...(stage.repositories === undefined ? {} : { repositories: unmapped(stage.repositories) }),
    ...mapPackages(stage, mapping),
  }));
  return { ...image, repositories: unmapped(image.repositories), ...mapPackages(image, mapping), stages };
}

function isLeft(line: string, { title, osRelease }: ImageDefinition, mapping: InputMapping): boolean {
  const target = mappedRepository(line, mapping);
  if (target === undefined || target === osRelease.id) return target === undefined;
  const address = addressOf(line);
  throw new BasaltError("USAGE", `${title}: the repository ${address} is mapped to ${target}, not to ${osRelease.id}`, {
    action: `build with --map-repository ${address}=${osRelease.id}`,
  });
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
  const suite = version === undefined ? (a.suite ?? b.suite) : undefined;
  const isBare = a.isBare === true && b.isBare === true;
  return {
    name: a.name,
    ...(version === undefined ? {} : { version }),
    ...(suite === undefined ? {} : { suite }),
    ...(isBare ? { isBare } : {}),
  };
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
  const url = addressOf(line);
  const matching = Object.keys(repositories).filter(
    (key) => url === key || url.startsWith(`${key.replace(/\/$/, "")}/`),
  );
  const [best] = matching.toSorted((a, b) => b.length - a.length || compareText(a, b));
  return best === undefined ? undefined : repositories[best];
}
