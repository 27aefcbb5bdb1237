// SPDX-License-Identifier: Apache-2.0
import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { gzipSync } from "node:zlib";
import { formatPax } from "../../src/formats/archive/pax.js";
import { formatTarHeader, TAR_END } from "../../src/formats/archive/tar-writer.js";
import { parseApkKey, type ApkKey } from "../../src/formats/apk/signed.js";
import { makeTar, sha256, type TestEntry } from "./archives.js";
import { rawTarEntry } from "./tar-header.js";

export interface TestApk {
  readonly name: string;
  /** @default 1.0-r0 */
  readonly version?: string;
  /** @default x86_64 */
  readonly architecture?: string;
  /** Further fields of .PKGINFO: `depend`, `provides`, `install_if`, `origin` and so on. */
  readonly fields?: Readonly<Record<string, string | readonly string[]>>;
  readonly files?: readonly TestEntry[];
  /** By name, as `post-install`. */
  readonly scripts?: Readonly<Record<string, string>>;
}

/** A key pair for tests. */
export interface TestApkKey {
  readonly name: string;
  readonly pem: string;
  readonly publicKey: ApkKey;
  readonly privateKey: KeyObject;
}

export function makeApkKey(name = "tests-1234.rsa.pub", bits = 2048): TestApkKey {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  const pem = publicKey.export({ type: "spki", format: "pem" }) as string;
  return { name, pem, privateKey, publicKey: parseApkKey(name, pem) };
}

/** Letter of the index for each field of .PKGINFO. */
const LETTERS: Readonly<Record<string, string>> = {
  depend: "D",
  provides: "p",
  install_if: "i",
  provider_priority: "k",
  origin: "o",
};

/** A package of format 2, and its record for an index. */
export function makeApk(wanted: TestApk, key?: TestApkKey): { readonly bytes: Buffer; readonly record: string } {
  const { name, version = "1.0-r0", architecture = "x86_64", fields = {}, scripts = {} } = wanted;
  const data = gzipSync(makeDataTar(wanted.files ?? []));
  const lines = Object.entries(fields).flatMap(([field, value]) => [value].flat().map((one) => `${field} = ${one}\n`));
  const info = `# test\npkgname = ${name}\npkgver = ${version}\npkgdesc = package ${name}\narch = ${architecture}\nsize = 1000\n${lines.join("")}datahash = ${sha256(data)}\n`;
  const control = cutTar([
    { path: ".PKGINFO", content: info },
    ...Object.entries(scripts).map(([script, content]) => ({ path: `.${script}`, content, mode: 0o755 })),
  ]);
  const packed = gzipSync(control);
  const signature = key === undefined ? [] : [signatureOf(packed, key)];
  const bytes = Buffer.concat([...signature, packed, data]);
  const sum = createHash("sha1").update(packed).digest("base64");
  const more = Object.entries(LETTERS).flatMap(([field, letter]) =>
    fields[field] === undefined ? [] : [`${letter}:${[fields[field]].flat().join(" ")}\n`],
  );
  const shown = architecture === "noarch" ? "x86_64" : architecture;
  const record = `C:Q1${sum}\nP:${name}\nV:${version}\nA:${shown}\nS:${bytes.length}\nI:1000\nT:package ${name}\n${more.join("")}`;
  return { bytes, record };
}

/** An index, signed. */
export function makeApkIndex(records: readonly string[], key: TestApkKey, kind: "RSA" | "RSA256" = "RSA"): Buffer {
  const tar = makeTar([
    { path: "DESCRIPTION", content: "v3.24.0-1-gtests" },
    { path: "APKINDEX", content: records.map((record) => `${record}\n`).join("") },
  ]);
  const packed = gzipSync(tar);
  return Buffer.concat([signatureOf(packed, key, kind), packed]);
}

/** A signature segment for what follows it. */
export function signatureOf(signed: Buffer, key: TestApkKey, kind: "RSA" | "RSA256" = "RSA"): Buffer {
  const bytes = sign(kind === "RSA" ? "sha1" : "sha256", signed, key.privateKey);
  return gzipSync(cutTar([{ path: `.SIGN.${kind}.${key.name}`, content: bytes }]));
}

/** A tar archive without its end, as segments before the last have it. */
export function cutTar(entries: readonly TestEntry[]): Buffer {
  const whole = makeTar(entries);
  return whole.subarray(0, whole.length - TAR_END.length);
}

/** Files with the checksums that abuild-tar adds; parents that are missing are added. */
function makeDataTar(files: readonly TestEntry[]): Buffer {
  const known = new Set<string>();
  const parts: Buffer[] = [];
  for (const entry of files) {
    const folders = entry.path.split("/").slice(0, -1);
    for (const [index] of folders.entries()) {
      const path = folders.slice(0, index + 1).join("/");
      if (!known.has(path))
        parts.push(formatTarHeader({ kind: "directory", path, mode: 0o755, uid: 0, gid: 0, mtimeSeconds: 0 }));
      known.add(path);
    }
    known.add(entry.path);
    if ("content" in entry) parts.push(checksumHeader(createHash("sha1").update(entry.content).digest("hex")));
    const whole = makeTar([entry]);
    parts.push(whole.subarray(0, whole.length - TAR_END.length));
  }
  return Buffer.concat([...parts, TAR_END]);
}

export function checksumHeader(sha1: string): Buffer {
  const body = formatPax([["APK-TOOLS.checksum.SHA1", Buffer.from(sha1)]]);
  return rawTarEntry({ name: "PaxHeaders/entry", flag: "x" }, body);
}
