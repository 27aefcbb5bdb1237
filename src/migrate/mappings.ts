// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { parse } from "yaml";
import { readText } from "../host/files.js";
import { packageRoot } from "../host/paths.js";

/** An image of the catalogue, as mappings/images.yaml describes it. */
export interface Target {
  readonly name: string;
  readonly tags: readonly string[];
  /** `uid:gid`. */
  readonly user: string;
  readonly writable: readonly string[];
  readonly build: "ordinary" | "dev";
  readonly shell?: boolean;
  readonly provides: readonly string[];
  /** Whether an older version than the one asked for does the same, as for a server of files. */
  readonly olderServes?: boolean;
  /** A command that fails unless `{url}` answers well. */
  readonly probe?: readonly string[];
  readonly planned?: boolean;
}

export type Manager = "apt" | "apk" | "dnf";

/** An ordinary image. */
export interface Source {
  readonly names: readonly string[];
  readonly target?: string;
  readonly kind?: "language" | "plain" | "build" | "scratch";
  readonly version?: string;
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly manager?: Manager;
}

/** What is known of a package that Dockerfiles install. Source: mappings/packages.yaml. */
export interface KnownPackage {
  readonly debian: string;
  readonly aliases?: readonly string[];
  readonly alpine?: readonly string[];
  readonly fedora?: readonly string[];
  readonly use: "build" | "run" | "both" | "provided-by-base" | "never";
  readonly runtime?: readonly string[];
}

export interface Mappings {
  readonly targets: ReadonlyMap<string, Target>;
  readonly sources: readonly Source[];
  /** Name in a distribution's packages → what is known; names of Debian with their aliases. */
  readonly packages: Readonly<Record<Manager, ReadonlyMap<string, KnownPackage>>>;
}

let loading: Promise<Mappings> | undefined;

/** The mappings that come with Basalt, read once. */
export async function loadMappings(): Promise<Mappings> {
  loading ??= readMappings(join(packageRoot(), "mappings"));
  return loading;
}

async function readMappings(folder: string): Promise<Mappings> {
  const images = parse(await readText(join(folder, "images.yaml"))) as {
    readonly targets: Readonly<Record<string, Omit<Target, "name">>>;
    readonly sources: readonly Source[];
  };
  const { packages } = parse(await readText(join(folder, "packages.yaml"))) as { packages: readonly KnownPackage[] };
  const by = (names: (known: KnownPackage) => readonly string[]) =>
    new Map(packages.flatMap((known) => names(known).map((name) => [name, known] as const)));
  return {
    targets: new Map(Object.entries(images.targets).map(([name, target]) => [name, { name, ...target }])),
    sources: images.sources,
    packages: {
      apt: by((known) => [...(known.aliases ?? []), known.debian]),
      apk: by((known) => known.alpine ?? []),
      dnf: by((known) => known.fedora ?? []),
    },
  };
}

/** An ordinary image as a FROM names it. */
export interface MappedBase {
  readonly source: Source;
  readonly manager: Manager;
  /** Absent for plain images, and for empty ones. */
  readonly target?: Target;
  /** Tag of the runtime variant; absent when the catalogue has only older versions, and for plain images. */
  readonly tag?: string;
  /** The version asked for, as far as the tag says one. */
  readonly asked?: string;
  /** Flavour of the image that is not our default, as `fpm`. */
  readonly flavour?: string;
}

const DEFAULT_REGISTRIES =
  /^(?:(?:index\.|registry-1\.)?docker\.io\/(?:library\/)?|library\/|public\.ecr\.aws\/docker\/library\/|mirror\.gcr\.io\/library\/)/;

/** The name as mappings/images.yaml writes it: without Docker's own registry. */
function ordinaryName(repository: string): string {
  return repository.replace(DEFAULT_REGISTRIES, "");
}

/** What stands for an ordinary image; undefined for one that nobody knows. */
export function mapBase(repository: string, tag: string, mappings: Mappings): MappedBase | undefined {
  const name = ordinaryName(repository);
  const source = mappings.sources.find(({ names }) => names.some((pattern) => matches(pattern, name)));
  if (source === undefined) return undefined;
  const manager = /alpine/.test(tag) ? "apk" : (source.manager ?? (name.includes("/ubi") ? "dnf" : "apt"));
  const target = source.target === undefined ? undefined : mappings.targets.get(source.target);
  if (target === undefined) return { source, manager };
  const flavour = flavourOf(target, tag);
  const asked = askedVersion(source, name, tag);
  const found = chooseTag(target.tags, asked) ?? (target.olderServes === true ? target.tags.at(-1) : undefined);
  return {
    source,
    manager,
    target,
    ...(asked === undefined ? {} : { asked }),
    ...(flavour === undefined ? {} : { flavour }),
    ...(found === undefined ? {} : { tag: flavour === undefined ? found : `${found}-${flavour}` }),
  };
}

function matches(pattern: string, name: string): boolean {
  const expression = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${expression.join("[^/]*")}$`).test(name);
}

function flavourOf(target: Target, tag: string): string | undefined {
  if (target.name !== "php") return undefined;
  return /(?:^|-)(fpm|apache)(?:-|$)/.exec(tag)?.[1];
}

function askedVersion(source: Source, name: string, tag: string): string | undefined {
  const pattern = new RegExp(source.version ?? String.raw`^v?([0-9]+(?:\.[0-9]+)*)`);
  const inTag = pattern.exec(tag)?.[1] ?? (source.version === undefined ? undefined : pattern.exec(name)?.[1]);
  // registry.access.redhat.com/ubi9/nodejs-22, whose tags count builds
  return /\/ubi[0-9]+\/[a-z]+-[0-9]+$/.test(name) ? redHatVersion(name) : inTag;
}

/** `python-312` is Python 3.12. */
function redHatVersion(name: string): string | undefined {
  const digits = /([0-9]+)$/.exec(name)?.[1] ?? "";
  return /python|php|ruby/.test(name) && digits.length > 1 ? `${digits.charAt(0)}.${digits.slice(1)}` : digits;
}

/** The tag of that version, else of the next newer one; undefined when all are older. `tags` is sorted, oldest first. */
export function chooseTag(tags: readonly string[], asked: string | undefined): string | undefined {
  if (asked === undefined) return tags.at(-1);
  const parts = asked.split(".");
  const same = tags.filter((tag) => tag.split(".").every((part, index) => (parts[index] ?? part) === part));
  return same.at(-1) ?? tags.find((tag) => isNewer(tag, asked));
}

/** By numbers and dots; a missing part counts as 0. */
function isNewer(version: string, than: string): boolean {
  const left = version.split(".").map(Number);
  const right = than.split(".").map(Number);
  const at = left.findIndex((part, index) => part !== (right[index] ?? 0));
  return at !== -1 && (left[at] ?? 0) > (right[at] ?? 0);
}
