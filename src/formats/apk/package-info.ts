// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { parseSha256, isSha256, type Sha256 } from "../digest.js";
import { parseApkDependencies, parseApkProvisions } from "./dependency.js";
import { isApkVersion } from "./version.js";

/** What a package says of itself. Source: abuild, .PKGINFO; Alpine wiki, "Apk spec". */
export interface ApkPackageInfo {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly origin: string;
  /** Of the data segment, compressed. */
  readonly dataHash: Sha256;
  /** Paths that set its trigger script off. */
  readonly triggers: readonly string[];
  /** Names of packages whose files it may replace. */
  readonly replaces: readonly string[];
  /** All fields, in the order of the file; some occur more than once. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

/** Fields that may stand several times, or hold several words. */
const LISTS = new Set(["depend", "provides", "replaces", "install_if", "triggers", "conflict", "recommends"]);

/** @throws BasaltError `APK_INVALID` */
export function parsePackageInfo(text: string, label: string): ApkPackageInfo {
  const fields = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const equals = line.indexOf(" = ");
    const key = equals === -1 ? line.replace(/ =$/, "") : line.slice(0, equals);
    if (!/^[a-z_]+$/.test(key))
      throw new BasaltError("APK_INVALID", `${label} has the line ${JSON.stringify(line.slice(0, 100))} in .PKGINFO`);
    const value = equals === -1 ? "" : line.slice(equals + 3).trim();
    const known = fields.get(key);
    if (known === undefined) fields.set(key, [value]);
    else if (LISTS.has(key)) known.push(value);
    else throw new BasaltError("APK_INVALID", `${label} has ${key} twice in .PKGINFO`);
  }
  const one = (key: string): string | undefined => fields.get(key)?.[0];
  const list = (key: string): string => (fields.get(key) ?? []).join(" ");
  const [name = "", version = "", architecture = "", dataHash = ""] = ["pkgname", "pkgver", "arch", "datahash"].map(
    one,
  );
  if (!/^[A-Za-z0-9_][A-Za-z0-9+._-]*$/.test(name) || !isApkVersion(version) || !/^[a-z0-9_-]+$/.test(architecture))
    throw new BasaltError(
      "APK_INVALID",
      `${label} says that it is ${JSON.stringify(`${name} ${version} ${architecture}`.slice(0, 200))}`,
    );
  if (!isSha256(dataHash)) throw new BasaltError("APK_INVALID", `${label} has no datahash in .PKGINFO`);
  // Read once here, so that what is written into the database can be read again.
  for (const key of ["depend", "install_if"]) parseApkDependencies(list(key), label, "APK_INVALID");
  parseApkProvisions(list("provides"), label, "APK_INVALID");
  return {
    name,
    version,
    architecture,
    origin: one("origin") || name,
    dataHash: parseSha256(dataHash),
    triggers: list("triggers")
      .split(/\s+/)
      .filter((path) => path !== ""),
    replaces: parseApkDependencies(list("replaces"), label, "APK_INVALID").map((item) => item.name),
    fields,
  };
}
