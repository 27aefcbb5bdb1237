// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import type { AssembledImage } from "../assemble/index.js";
import type { FileRequest, Software } from "../definition/index.js";
import { compareText } from "../formats/canonical-json.js";
import { splitDigest, type Digest } from "../formats/digest.js";
import { gitLocation } from "../formats/git-location.js";
import { integrityAlgorithm, integrityHex } from "../formats/integrity.js";
import type { LockedArtifact } from "../formats/lock.js";
import { removalOf, takeAway } from "../formats/oci/whiteout.js";
import { licenseExpression } from "../formats/spdx.js";
import type { Inventory, InventoryPackage } from "../inventory/index.js";

/** A file of the finished image. */
export interface BillFile {
  /** Without a leading slash. */
  readonly path: string;
  readonly sha1: string;
  readonly sha256: string;
}

export interface BillChecksum {
  readonly algorithm: "sha256" | "sha512";
  /** Hex. */
  readonly value: string;
}

/** One package or program of an image, as both forms of SBOM say it. */
export interface BillItem {
  /** Letters, digits, dots and dashes; unique in the bill. */
  readonly ref: string;
  readonly kind: InventoryPackage["kind"] | "software";
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly cpe?: string;
  readonly supplier?: string;
  /** `NAME <ADDRESS>`. */
  readonly maintainer?: string;
  /** SPDX expression. */
  readonly license?: string;
  readonly source?: { readonly name: string; readonly version: string };
  /** Of what was downloaded. */
  readonly checksums: readonly BillChecksum[];
  readonly downloadLocation?: string;
  /** Files of its package that the image has. */
  readonly files: readonly BillFile[];
  /** Files that show it, where no package brought it. */
  readonly paths: readonly string[];
  /** References. */
  readonly dependsOn: readonly string[];
}

/** Everything in one platform's image, before it is written in one form or another. */
export interface Bill {
  readonly image: string;
  readonly platform: string;
  readonly version: string;
  readonly digest: Digest;
  readonly purl: string;
  readonly createdAt: Date;
  readonly os?: { readonly id: string; readonly versionId: string; readonly prettyName: string };
  readonly items: readonly BillItem[];
  /** Files that belong to no package. */
  readonly files: readonly BillFile[];
  /** Whether this is all that is in the image. */
  readonly isComplete: boolean;
}

/** What is known of an image that somebody else made. */
export interface AnalysedImage {
  readonly image: string;
  readonly platform: string;
  readonly digest: Digest;
  readonly createdAt: Date;
  readonly inventory: Inventory;
}

const SUPPLIERS: Readonly<Partial<Record<BillItem["kind"], string>>> = {
  deb: "Debian",
  apk: "Alpine Linux",
  nodejs: "OpenJS Foundation",
};

/** Lists what is in an image: packages of the distribution and of languages, declared software, and each file once. */
export function toBill(assembled: AssembledImage, inventory: Inventory): Bill {
  const { image, manifest, annotations, createdAt } = assembled;
  const { owned, unowned } = filesOf(assembled);
  const references = new References();
  const items = toItems(inventory, {
    packages: assembled.locked.packages,
    mappings: image.mappings,
    owned,
    references,
  });
  return {
    image: image.image,
    platform: image.platform,
    version: annotations["org.opencontainers.image.version"] ?? "",
    digest: manifest.digest,
    purl: purlOf(image.image, manifest.digest, image.platform),
    createdAt,
    ...(inventory.distro === undefined ? {} : { os: inventory.distro }),
    items: [...items, ...declaredSoftware(assembled, inventory, references)],
    files: unowned,
    isComplete: true,
  };
}

/** Lists what an analysis finds in an image: packages, not files, and of packages what the image itself says. */
export function toAnalysedBill({ image, platform, digest, createdAt, inventory }: AnalysedImage): Bill {
  const references = new References();
  return {
    image,
    platform,
    version: "",
    digest,
    purl: purlOf(image, digest, platform),
    createdAt,
    ...(inventory.distro === undefined ? {} : { os: inventory.distro }),
    items: toItems(inventory, { packages: [], mappings: {}, owned: new Map(), references }),
    files: [],
    isComplete: false,
  };
}

/** Source: purl-spec, types-doc/oci-definition.md. */
function purlOf(image: string, digest: Digest, platform: string): string {
  const base = image.split("/").at(-1) ?? image;
  return `pkg:oci/${encodeURIComponent(base)}@sha256%3A${splitDigest(digest).hex}?arch=${platform.split("/")[1]}`;
}

interface ItemContext {
  /** That the lock has. */
  readonly packages: AssembledImage["locked"]["packages"];
  readonly mappings: AssembledImage["image"]["mappings"];
  readonly owned: ReadonlyMap<string, readonly BillFile[]>;
  readonly references: References;
}

function toItems(inventory: Inventory, context: ItemContext): readonly BillItem[] {
  const packages = inventory.packages.map((item) => toItem(item, context));
  const byName = new Map(
    packages.filter(({ kind }) => kind === "deb" || kind === "apk").map(({ name, ref }) => [name, ref]),
  );
  return packages.map(({ needs, ...item }) => ({
    ...item,
    dependsOn: needs.flatMap((name) => byName.get(name) ?? []),
  }));
}

/** Makes texts of names, each another one. */
class References {
  readonly #taken = new Map<string, number>();

  next(...parts: readonly string[]): string {
    const text = parts.join("-").replaceAll(/[^A-Za-z0-9.-]+/g, "-");
    const count = (this.#taken.get(text) ?? 0) + 1;
    this.#taken.set(text, count);
    return count === 1 ? text : this.next(...parts, `again${count}`);
  }
}

type Undirected = Omit<BillItem, "dependsOn"> & { readonly needs: readonly string[] };

function toItem(item: InventoryPackage, { packages, mappings, owned, references }: ItemContext): Undirected {
  const { kind, name, version, source, sourceVersion, maintainer, dependsOn = [], paths } = item;
  const isDistroPackage = kind === "deb" || kind === "apk";
  const lockedPackage = isDistroPackage ? packages.find((candidate) => candidate.name === name) : undefined;
  // A repository that the definition adds has an address in place of a name.
  const isOfOthers = lockedPackage !== undefined && /^https?:/.test(lockedPackage.repository);
  const supplier = isOfOthers ? undefined : SUPPLIERS[kind];
  const license = licenseExpression(item.license);
  const cpe = kind === "nodejs" ? { cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*` } : {};
  return {
    ref: references.next("Package", kind, name, version),
    kind,
    name,
    version,
    purl: mappings[name] ?? item.purl,
    ...cpe,
    ...(supplier === undefined ? {} : { supplier }),
    ...(maintainer === undefined ? {} : { maintainer }),
    ...(license === undefined ? {} : { license }),
    ...(source === undefined ? {} : { source: { name: source, version: sourceVersion ?? version } }),
    checksums: lockedPackage === undefined ? [] : [{ algorithm: "sha256", value: lockedPackage.sha256 }],
    ...(isOfOthers ? { downloadLocation: `${lockedPackage.repository.replace(/\/$/, "")}/${lockedPackage.path}` } : {}),
    files: isDistroPackage ? (owned.get(name) ?? []) : [],
    paths: isDistroPackage ? [] : paths,
    needs: dependsOn,
  };
}

/** Regular files and hard links of the finished image, by the package that brought them. */
function filesOf({ layers }: AssembledImage): {
  readonly owned: ReadonlyMap<string, readonly BillFile[]>;
  readonly unowned: readonly BillFile[];
} {
  const found = new Map<string, { readonly file?: BillFile; readonly owner?: string }>();
  for (const layer of layers) {
    for (const { path } of layer.entries) {
      const removal = removalOf(path);
      if (removal !== undefined) takeAway(found, removal);
    }
    for (const { path, kind, sha1, sha256, owner, target } of layer.entries) {
      if (removalOf(path) !== undefined || kind === "directory") continue;
      const linked = kind === "hardlink" ? found.get(target ?? "")?.file : undefined;
      const file = sha1 !== undefined && sha256 !== undefined ? { path, sha1, sha256 } : linked && { ...linked, path };
      found.set(path, { ...(file === undefined ? {} : { file }), ...(owner === undefined ? {} : { owner }) });
    }
  }
  const owned = new Map<string, BillFile[]>();
  const unowned: BillFile[] = [];
  for (const [, { file, owner }] of [...found].toSorted(([a], [b]) => compareText(a, b))) {
    if (file === undefined) continue;
    const own = owner === undefined ? unowned : (owned.get(owner) ?? []);
    own.push(file);
    if (owner !== undefined) owned.set(owner, own);
  }
  return { owned, unowned };
}

/** Software that a definition declares for its downloads and that nothing in the files shows. */
function declaredSoftware(
  { image, locked }: AssembledImage,
  inventory: Inventory,
  references: References,
): readonly BillItem[] {
  const known = new Set(inventory.packages.map((item) => `${item.name} ${item.version}`));
  const files = [image, ...image.stages].flatMap((inputs) => inputs.files);
  const declared: readonly { readonly software: Software; readonly file?: FileRequest }[] = [
    ...files.flatMap((file) => file.software.map((software) => ({ software, file }))),
    ...image.stages.flatMap((stage) => stage.software.map((software) => ({ software }))),
  ];
  const unknown = declared.filter(({ software }) => !known.has(`${software.name} ${software.version ?? ""}`));
  const unique = new Map(unknown.map((item) => [`${item.software.name} ${item.software.version ?? ""}`, item]));
  const artifacts = [locked, ...Object.values(locked.stages ?? {})].flatMap((inputs) => inputs.artifacts);
  return [...unique.values()].map(({ software: { name, version, purl, license: stated }, file }) => {
    const license = licenseExpression(stated);
    return {
      ref: references.next("Software", name, version ?? ""),
      kind: "software",
      name,
      ...(version === undefined ? {} : { version }),
      ...(purl === undefined ? {} : { purl }),
      ...(license === undefined ? {} : { license }),
      ...downloadOf(artifacts.find((candidate) => candidate.url === file?.url)),
      files: [],
      paths: [],
      dependsOn: [],
    };
  });
}

function downloadOf(artifact: LockedArtifact | undefined): Pick<BillItem, "checksums" | "downloadLocation"> {
  if (artifact === undefined) return { checksums: [] };
  // The hash of a commit is in its location.
  if (artifact.commit !== undefined)
    return { checksums: [], downloadLocation: gitLocation(artifact.url, artifact.commit) };
  const algorithm = integrityAlgorithm(artifact.integrity);
  const location = artifact.url.startsWith("https:") ? { downloadLocation: artifact.url } : {};
  return {
    checksums:
      algorithm === "sha384"
        ? [{ algorithm: "sha256", value: artifact.sha256 }]
        : [{ algorithm, value: integrityHex(artifact.integrity) }],
    ...location,
  };
}

/** Source: SPDX 2.3, clause 7.9: SHA-1 of the sorted SHA-1s of a package's files. */
export function verificationCode(files: readonly BillFile[]): string {
  const sorted = files.map(({ sha1 }) => sha1).toSorted(compareText);
  return createHash("sha1").update(sorted.join("")).digest("hex");
}
