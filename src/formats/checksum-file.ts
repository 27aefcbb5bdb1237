// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { parseIntegrity, type Integrity } from "./integrity.js";

/** One line of a file of checksums. */
export interface ChecksumLine {
  /** Lower-case hex. */
  readonly hex: string;
  /** As the line has it, without what its form adds; absent where the line is a hash alone. */
  readonly name?: string;
}

const ALGORITHM_BY_DIGITS: Readonly<Record<number, string>> = { 64: "sha256", 96: "sha384", 128: "sha512" };
const WEAK_BY_DIGITS: Readonly<Record<number, string>> = { 32: "md5", 40: "sha1", 56: "sha224" };

/** `HEX`, or `HEX  NAME`, `HEX *NAME`, with a backslash in front where the name is escaped. Source: GNU coreutils, "md5sum invocation". */
const GNU_LINE = /^(\\)?([0-9A-Fa-f]{32,128})(?:[ \t]+\*?(.*))?$/;
/** `SHA256 (NAME) = HEX`. Source: FreeBSD md5(1); GNU coreutils, option `--tag`. */
const BSD_LINE = /^(\\)?([A-Za-z0-9/-]{2,12}) ?\((.+)\) ?= ?([0-9A-Fa-f]{32,128})$/;

const MAX_LINES = 20_000; // of files of real releases: hundreds
const MAX_TOLD = 5;
const BEGIN_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----";
const BEGIN_SIGNATURE = "-----BEGIN PGP SIGNATURE-----";

/** The lines of a file of checksums that are some; the text of a clear-signed one is read, and its signature says nothing here. */
export function parseChecksumFile(text: string): readonly ChecksumLine[] {
  const lines = withoutSignature(text).split(/\r?\n/, MAX_LINES);
  return lines.flatMap((line) => parseLine(line.trim()) ?? []);
}

/**
 * The checksum of the file `name`: by the line that names it, or by the only line where that one names nothing. `source` is the
 * file of checksums, for messages. @throws BasaltError `CHECKSUM_FILE_INVALID` where there is none, where there are several that
 * differ, and where it is one that can be forged
 */
export function findChecksum(text: string, name: string, source: string): Integrity {
  const lines = parseChecksumFile(text);
  const own = lines.filter((line) => line.name !== undefined && baseName(line.name) === name);
  const unnamed = lines.filter((line) => line.name === undefined);
  const fitting = own.length > 0 ? own : lines.length === 1 ? unnamed : [];
  if (fitting.length === 0) throw missing(lines, name, source);
  const strong = fitting.filter(({ hex }) => ALGORITHM_BY_DIGITS[hex.length] !== undefined);
  // Several algorithms in one file: the longest hash.
  const digits = Math.max(...strong.map(({ hex }) => hex.length), 0);
  const [best, ...others] = strong.filter(({ hex }) => hex.length === digits);
  if (best === undefined) throw weak(fitting[0]?.hex ?? "", name, source);
  if (others.some(({ hex }) => hex !== best.hex))
    throw new BasaltError("CHECKSUM_FILE_INVALID", `${source} has different checksums for ${name}`);
  return parseIntegrity(`${ALGORITHM_BY_DIGITS[digits] ?? ""}:${best.hex}`);
}

/** Whether a text is clear-signed. Source: RFC 9580, section 7. */
export function isClearsigned(text: string): boolean {
  return text.trimStart().startsWith(BEGIN_SIGNED);
}

function parseLine(line: string): ChecksumLine | undefined {
  const tagged = BSD_LINE.exec(line);
  if (tagged !== null) {
    const [, escape, algorithm = "", name = "", hex = ""] = tagged;
    // BLAKE2, SHA-3 and hashes that were cut are as long as those of SHA-2, which are meant where nothing is said.
    if (!/^(?:MD5|SHA-?(?:1|224|256|384|512))$/i.test(algorithm)) return undefined;
    return { hex: hex.toLowerCase(), name: unescaped(name, escape) };
  }
  const [, escape, hex, name] = GNU_LINE.exec(line) ?? [];
  if (hex === undefined || !(hex.length in ALGORITHM_BY_DIGITS || hex.length in WEAK_BY_DIGITS)) return undefined;
  return { hex: hex.toLowerCase(), ...(name === undefined || name === "" ? {} : { name: unescaped(name, escape) }) };
}

function unescaped(name: string, escape: string | undefined): string {
  if (escape === undefined) return name;
  return name.replaceAll(/\\([\\nr])/g, (_whole, letter: string) =>
    letter === "n" ? "\n" : letter === "r" ? "\r" : "\\",
  );
}

/** Source: RFC 9580, section 7.1: headers end at an empty line, and lines that begin with a dash are escaped. */
function withoutSignature(text: string): string {
  if (!isClearsigned(text)) return text;
  const body = text.slice(text.indexOf(BEGIN_SIGNED));
  const start = /\r?\n[ \t]*\r?\n/.exec(body);
  const end = body.indexOf(BEGIN_SIGNATURE);
  if (start === null) return "";
  return body.slice(start.index + start[0].length, end === -1 ? undefined : end).replaceAll(/^- /gm, "");
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function missing(lines: readonly ChecksumLine[], name: string, source: string): BasaltError {
  if (lines.length === 0) return new BasaltError("CHECKSUM_FILE_INVALID", `${source} has no checksum in it`);
  const names = lines.flatMap((line) => (line.name === undefined ? [] : [JSON.stringify(line.name.slice(0, 100))]));
  const more = names.length > MAX_TOLD ? ` and ${names.length - MAX_TOLD} more` : "";
  const has = names.length === 0 ? `${lines.length} checksums without names` : names.slice(0, MAX_TOLD).join(", ");
  return new BasaltError("CHECKSUM_FILE_INVALID", `${source} does not name ${name}; it has ${has}${more}`);
}

function weak(hex: string, name: string, source: string): BasaltError {
  const algorithm = WEAK_BY_DIGITS[hex.length] ?? `a hash of ${hex.length} digits`;
  return new BasaltError(
    "CHECKSUM_FILE_INVALID",
    `${source} has only ${algorithm} for ${name}, which is too weak: who changes the file can make it fit`,
  );
}
