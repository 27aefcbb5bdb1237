// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { isPathBelow } from "../repository-path.js";
import { parseApkDependencies, parseApkProvisions, type ApkDependency, type ApkProvision } from "./dependency.js";
import { isApkVersion } from "./version.js";

/** One package as an index describes it. Source: Alpine wiki, "Apk spec", "Index Format V2". */
export interface ApkPackage {
  readonly name: string;
  readonly version: string;
  /** `x86_64`, `aarch64`, `noarch`. */
  readonly architecture: string;
  /** Of the control segment: `Q1` and a SHA-1 in base64. */
  readonly checksum: string;
  readonly sizeBytes: number;
  readonly origin: string;
  readonly depends: readonly ApkDependency[];
  readonly provides: readonly ApkProvision[];
  /** Comes in by itself where all of these are. */
  readonly installIf: readonly ApkDependency[];
  /** Among those that provide a name the highest is taken. */
  readonly providerPriority: number;
}

/** Records of an index by name, parsed when they are asked for. */
export interface ApkIndex {
  readonly names: () => Iterable<string>;
  /** Versions of a package, in index order. */
  readonly versionsOf: (name: string) => readonly ApkPackage[];
  /** Names of packages of which some version provides a name. */
  readonly providersOf: (name: string) => readonly string[];
  /** Names of packages that come in by themselves if others, one of them `name`, do. */
  readonly installedWith: (name: string) => readonly string[];
}

const NAME = /^[A-Za-z0-9_][A-Za-z0-9+._-]*$/;
const CHECKSUM = /^Q1[A-Za-z0-9+/]{27}=$/;

/**
 * Finds the records of an index; one pass over its text. Each is a run of lines `X:value`, and an empty line ends it.
 * @throws BasaltError `APKINDEX_INVALID`
 */
export function openApkIndex(text: string, label: string): ApkIndex {
  const records = new Map<string, string[]>();
  const provides = new Map<string, string[]>();
  const installIf = new Map<string, string[]>();
  for (const record of text.split(/\n{2,}/)) {
    const trimmed = record.trim();
    if (trimmed === "") continue;
    const name = fieldOf(trimmed, "P");
    if (name === undefined || !NAME.test(name))
      throw new BasaltError("APKINDEX_INVALID", `${label} has a record with the name ${JSON.stringify(name ?? "")}`);
    add(records, name, trimmed);
    for (const word of wordsOf(trimmed, "p")) add(provides, nameOf(word), name);
    for (const word of wordsOf(trimmed, "i")) if (!word.startsWith("!")) add(installIf, nameOf(word), name);
  }
  const parsed = new Map<string, readonly ApkPackage[]>();
  return {
    names: () => records.keys(),
    versionsOf: (name) => {
      const known = parsed.get(name) ?? (records.get(name) ?? []).map((record) => parseApkRecord(record, label));
      parsed.set(name, known);
      return known;
    },
    providersOf: (name) => [...new Set(provides.get(name))],
    installedWith: (name) => [...new Set(installIf.get(name))],
  };
}

/** Reads one record. @throws BasaltError `APKINDEX_INVALID` */
export function parseApkRecord(record: string, label: string): ApkPackage {
  const fields = parseFields(record, label);
  const name = required(fields, "P", label);
  const where = `${label}: ${name}`;
  const version = required(fields, "V", where);
  const architecture = required(fields, "A", where);
  const checksum = required(fields, "C", where);
  if (!NAME.test(name)) throw invalid(where, "name", name);
  if (!isApkVersion(version)) throw invalid(where, "version", version);
  if (!/^[a-z0-9_-]+$/.test(architecture)) throw invalid(where, "architecture", architecture);
  if (!CHECKSUM.test(checksum)) throw invalid(where, "checksum", checksum);
  if (!isPathBelow(`${name}-${version}.apk`)) throw invalid(where, "name", name);
  return {
    name,
    version,
    architecture,
    checksum,
    sizeBytes: numberOf(required(fields, "S", where), "size", where),
    origin: fields.get("o") ?? name,
    depends: parseApkDependencies(fields.get("D"), where),
    provides: parseApkProvisions(fields.get("p"), where),
    installIf: parseApkDependencies(fields.get("i"), where),
    providerPriority: numberOf(fields.get("k") ?? "0", "provider priority", where),
  };
}

/** Fields of a record by their letter; of one that stands twice the last counts. */
export function parseFields(record: string, label: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of record.split("\n")) {
    if (line[1] !== ":")
      throw new BasaltError("APKINDEX_INVALID", `${label} has the line ${JSON.stringify(line.slice(0, 100))}`);
    fields.set(line[0] ?? "", line.slice(2));
  }
  return fields;
}

function required(fields: ReadonlyMap<string, string>, letter: string, label: string): string {
  const value = fields.get(letter);
  if (value === undefined || value === "") throw new BasaltError("APKINDEX_INVALID", `${label} has no field ${letter}`);
  return value;
}

function numberOf(text: string, what: string, label: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw invalid(label, what, text);
  return Number(text);
}

function invalid(label: string, what: string, value: string): BasaltError {
  return new BasaltError("APKINDEX_INVALID", `${label} has the ${what} ${JSON.stringify(value.slice(0, 100))}`);
}

/** Value of a line, found without splitting the record. */
function fieldOf(record: string, letter: string): string | undefined {
  const at = record.startsWith(`${letter}:`) ? 0 : record.indexOf(`\n${letter}:`) + 1;
  if (at === 0 && !record.startsWith(`${letter}:`)) return undefined;
  const end = record.indexOf("\n", at);
  return record.slice(at + 2, end === -1 ? undefined : end);
}

function wordsOf(record: string, letter: string): readonly string[] {
  const value = fieldOf(record, letter);
  return value === undefined ? [] : value.split(" ");
}

/** The name of a dependency or provision, without its version. */
function nameOf(word: string): string {
  const end = word.search(/[<>=~@]/);
  return end === -1 ? word : word.slice(0, end);
}

function add(map: Map<string, string[]>, key: string, value: string): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
