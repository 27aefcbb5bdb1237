// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { parseSha256, type Sha256 } from "../digest.js";
import { parseControl, requireField } from "./control.js";

/** What a repository says about its indexes. Source: Debian wiki, "DebianRepository/Format", Release files. */
export interface Release {
  /** Empty where it says none, as flat repositories do. */
  readonly suite: string;
  /** Empty where it says none. */
  readonly codename: string;
  readonly publishedAt: Date;
  /** After this the file must not be trusted; suites that never change have none. */
  readonly validUntil?: Date;
  readonly acquireByHash: boolean;
  /** Its packages come in only where they are asked for. Source: apt_preferences(5), `NotAutomatic`. */
  readonly notAutomatic: boolean;
  /** With `notAutomatic`: once installed they are upgraded. */
  readonly butAutomaticUpgrades: boolean;
  /** Absent where it does not say. */
  readonly architectures?: readonly string[];
  /** Packages for all architectures have an index of their own, and stand in no other. Source: Debian wiki, "DebianRepository/Format". */
  readonly hasIndexOfAll: boolean;
  /** Index files by path below the suite, e.g. `main/binary-amd64/Packages.xz`. */
  readonly files: ReadonlyMap<string, { readonly sha256: Sha256; readonly sizeBytes: number }>;
}

/** As `date -R -u` writes it, with UTC or a zone of zero. Source: Debian wiki, "DebianRepository/Format", Date. */
const DATE = /^[A-Z][a-z]{2}, +([0-9]{1,2}) [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} (?:UTC|GMT|[+-]0000)$/;

/** @throws BasaltError `CONTROL_INVALID`, `DIGEST_INVALID` */
export function parseRelease(text: string, name: string): Release {
  const fields = parseControl(text, name)[0];
  if (fields === undefined) throw new BasaltError("CONTROL_INVALID", `${name} is empty`);
  const validUntil = fields.get("valid-until");
  const architectures = fields.has("architectures") ? wordsOf(fields.get("architectures")) : undefined;
  const files = new Map<string, { readonly sha256: Sha256; readonly sizeBytes: number }>();
  for (const line of requireField(fields, "SHA256", name).split("\n")) {
    const [sha256, size, path] = line.trim().split(/\s+/);
    if (sha256 === undefined || sha256 === "") continue;
    if (size === undefined || path === undefined || !/^[0-9]{1,15}$/.test(size))
      throw new BasaltError("CONTROL_INVALID", `${name} has a broken SHA256 line`);
    const place = path.replace(/^\.\//, "");
    const known = files.get(place);
    const file = { sha256: parseSha256(sha256), sizeBytes: Number(size) };
    if (known !== undefined && (known.sha256 !== file.sha256 || known.sizeBytes !== file.sizeBytes))
      throw new BasaltError("CONTROL_INVALID", `${name} has two checksums of ${JSON.stringify(path)}`);
    files.set(place, file);
  }
  return {
    suite: fields.get("suite") ?? "",
    codename: fields.get("codename") ?? "",
    publishedAt: parseDate(requireField(fields, "Date", name), name),
    ...(validUntil === undefined ? {} : { validUntil: parseDate(validUntil, name) }),
    acquireByHash: fields.get("acquire-by-hash") === "yes",
    notAutomatic: fields.get("notautomatic") === "yes",
    butAutomaticUpgrades: fields.get("butautomaticupgrades") === "yes",
    ...(architectures === undefined ? {} : { architectures }),
    hasIndexOfAll:
      architectures?.includes("all") === true &&
      !wordsOf(fields.get("no-support-for-architecture-all")).includes("Packages"),
    files,
  };
}

function wordsOf(text = ""): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

function parseDate(text: string, name: string): Date {
  const date = new Date(text);
  const [, day] = DATE.exec(text) ?? [];
  if (day === undefined || Number.isNaN(date.getTime()) || date.getUTCDate() !== Number(day))
    throw new BasaltError("CONTROL_INVALID", `${name} has the date ${JSON.stringify(text)}`);
  return date;
}
