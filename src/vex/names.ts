// SPDX-License-Identifier: Apache-2.0
import type { Digest } from "../formats/digest.js";
import type { Inventory, SourcePackage } from "../inventory/index.js";
import { formatPurl, parsePurl, type Purl } from "./purl.js";

/** An image as documents and tools call it. */
export interface NamedImage {
  /** Path of the repository, without a host. */
  readonly repository: string;
  /** `HOST[:PORT][/PREFIX]` of registries that have the repository under that. */
  readonly registries: readonly string[];
  /** Of the manifest and of indexes that lead to it. */
  readonly digests: readonly Digest[];
}

/**
 * Under which names an image is put into a statement. A digest without `repository_url` is the one that outlives a move to another
 * registry; the others are for tools that compare it, and for those that know no digest.
 * Source: purl-spec, types-doc, "oci" and "docker"; research on what Scout, Trivy and Grype compare is in docs/vex.md.
 */
export function imageProducts({ repository, registries, digests }: NamedImage): readonly string[] {
  const oci = { type: "oci", namespace: "", name: baseName(repository) };
  const unqualified = digests.map((version) => formatPurl({ ...oci, version, qualifiers: {} }));
  const qualified = registries.flatMap((registry) =>
    digests.map((version) =>
      formatPurl({ ...oci, version, qualifiers: { repository_url: `${registry}/${repository}` } }),
    ),
  );
  return [...unqualified, ...qualified, dockerName(repository)];
}

/** Under which names a statement may speak of an image that is looked at. */
export function imageTargets(image: Partial<NamedImage>): readonly string[] {
  const { repository, registries = [], digests = [] } = image;
  const hashes = digests.flatMap((digest) => [digest, digest.slice(digest.indexOf(":") + 1)]);
  if (repository === undefined) return hashes;
  const oci = { type: "oci", namespace: "", name: baseName(repository) };
  // DHI's documents have the whole path as the name.
  const whole = { ...oci, name: repository };
  const names = [oci, whole].flatMap((name) =>
    [{}, ...registries.map((registry) => ({ repository_url: `${registry}/${repository}` }))].flatMap((qualifiers) =>
      (digests.length === 0 ? [""] : digests).map((version) => formatPurl({ ...name, version, qualifiers })),
    ),
  );
  const references = [repository, ...registries.map((registry) => `${registry}/${repository}`)].flatMap((name) =>
    digests.map((digest) => `${name}@${digest}`),
  );
  return [...new Set([...names, dockerName(repository), ...references, ...hashes])];
}

/** Under which names a package is put into a statement: as the distribution calls its source, and each that was built from it. */
export function packageProducts(item: SourcePackage): readonly string[] {
  return [
    ...new Set(
      purlsOf(item)
        .flatMap((purl) => [purl, ...withoutEpoch(purl)])
        .map(bare),
    ),
  ];
}

/** Under which names a statement may speak of a package in an image of this distribution. */
export function packageTargets(item: SourcePackage, distro: Inventory["distro"]): readonly Purl[] {
  const codename = /\(([a-z]+)\)/.exec(distro?.prettyName ?? "")?.[1];
  const ofDistro =
    distro === undefined
      ? {}
      : {
          distro: `${distro.id}-${distro.versionId}`,
          // As Docker Scout and the statements of DHI have it.
          os_name: distro.id,
          os_version: distro.versionId,
          ...(codename === undefined ? {} : { os_distro: codename }),
        };
  const purls = purlsOf(item).map((purl) => ({ ...purl, qualifiers: { ...ofDistro, ...purl.qualifiers } }));
  return purls.flatMap((purl) => [purl, ...withoutEpoch(purl)]);
}

function purlsOf({ name, version, binaries }: SourcePackage): readonly Purl[] {
  const built = binaries.flatMap(({ purl }) => parsePurl(purl) ?? []);
  const [first] = built;
  if (first === undefined) return [];
  const isDistroPackage = first.type === "deb" || first.type === "apk";
  return isDistroPackage ? [{ ...first, name, version, qualifiers: {} }, ...built] : built;
}

/** Trivy has a package's epoch in a qualifier. */
function withoutEpoch(purl: Purl): readonly Purl[] {
  const found = /^(\d+):(.*)$/.exec(purl.version);
  if (purl.type !== "deb" || found === null) return [];
  const [, epoch = "", version = ""] = found;
  return [{ ...purl, version, qualifiers: { ...purl.qualifiers, epoch } }];
}

/** Scanners differ in how they write processor and distribution; a version of a distribution's package is of one of them. */
function bare(purl: Purl): string {
  const { epoch } = purl.qualifiers;
  return formatPurl({ ...purl, qualifiers: epoch === undefined ? {} : { epoch } });
}

function baseName(repository: string): string {
  return repository.slice(repository.lastIndexOf("/") + 1);
}

function dockerName(repository: string): string {
  const namespace = repository.slice(0, Math.max(0, repository.lastIndexOf("/")));
  return formatPurl({ type: "docker", namespace, name: baseName(repository), version: "", qualifiers: {} });
}
