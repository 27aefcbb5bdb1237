// SPDX-License-Identifier: Apache-2.0
import { gzipSync } from "node:zlib";
import {
  checksumHeader,
  cutTar,
  makeApk,
  makeApkIndex,
  makeApkKey,
  signatureOf,
  type TestApkKey,
} from "../../test/support/apk.js";
import { makeTar, sha256 } from "../../test/support/archives.js";
import { APK_DATABASE_PATHS, parseApkDatabase } from "../../src/distro/alpine/installed.js";
import { readApk } from "../../src/formats/apk/apk.js";
import { meetsVersion, parseApkDependencies, parseApkProvisions } from "../../src/formats/apk/dependency.js";
import { readIndexArchive, type ApkIndexArchive } from "../../src/formats/apk/index-archive.js";
import { parsePackageInfo } from "../../src/formats/apk/package-info.js";
import { openApkIndex } from "../../src/formats/apk/packages-index.js";
import { compareApkVersions, isApkVersion, matchesApkVersion } from "../../src/formats/apk/version.js";
import type { Random } from "../random.js";
import { drain, eachLine, pieces, textTarget, type FuzzTarget } from "../target.js";
import { repairTar, TAR_SEEDS } from "./binary.js";

let made: TestApkKey | undefined;

/** One key for all inputs: making it takes longer than reading thousands. */
function key(): TestApkKey {
  return (made ??= makeApkKey("fuzz-1.rsa.pub"));
}

const SUM = `Q1${"A".repeat(27)}=`;
const RECORDS = [
  `C:${SUM}\nP:a\nV:1.0-r0\nA:x86_64\nS:10\nI:20\nT:text\nU:https://a.test\nL:MIT\no:src\nm:a <a@b.test>\nt:1700000000\nc:abc\n` +
    "D:so:libc.musl-x86_64.so.1 b>=1.2 !c d~1 e@edge\np:cmd:a=1.0-r0 so:liba.so.1=1.0 x\ni:b c=1\nk:10\n",
  `C:${SUM}\nP:b\nV:1.2.3_rc1-r4\nA:noarch\nS:7\n`,
  `C:${SUM}\nP:b\nV:1.2.4-r0\nA:noarch\nS:7\nr:a<2\nq:1\n`,
];
const INDEX = RECORDS.join("\n");
const INDEX_TOKENS = [
  "C:",
  "P:",
  "V:",
  "A:",
  "S:",
  "D:",
  "p:",
  "i:",
  "k:",
  "\n\n",
  "\n",
  SUM,
  "-r0",
  ">=",
  "!",
  "~",
  "@",
];

const INFO =
  `# made\npkgname = a\npkgver = 1.0-r0\npkgdesc = text\nurl = \narch = x86_64\norigin = src\nsize = 1\ndepend = b>=1\ndepend = !c\n` +
  `provides = cmd:a=1.0\nreplaces = d<2\ntriggers = /usr/lib/* /etc\ninstall_if = b c\ndatahash = ${"0".repeat(64)}\n`;
const INFO_TOKENS = ["depend = ", "provides = ", "replaces = ", "datahash = ", " = ", "#", "\n", "pkgname = "];

const DATA = Buffer.concat([
  cutTar([{ kind: "directory", path: "usr" }]),
  checksumHeader("86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"), // of "a"
  makeTar([
    { path: "usr/a", content: "a" },
    { kind: "symlink", path: "b", target: "usr/a" },
  ]),
]);

async function readWhole(bytes: Buffer): Promise<void> {
  const items = readApk(pieces(bytes), { name: "fuzz.apk" }, ({ scripts }) => void scripts.size);
  for await (const { content, checksum } of items) {
    await drain(content);
    checksum();
  }
}

/** A package with the hash of its data in its control segment. */
function packApk(data: Buffer, info: string, random: Random): Buffer {
  const packed = gzipSync(data, { level: 1 });
  const scripts = [{ path: ".post-install", content: "#!/bin/sh\n" }];
  const text = info.replace(/^datahash = .*$/m, () => `datahash = ${sha256(packed)}`);
  const control = gzipSync(cutTar([{ path: ".PKGINFO", content: text }, ...scripts]), { level: 1 });
  // Nobody checks this signature: the index has the checksum of the control segment.
  const signature = random.isOneIn(2) ? [gzipSync(cutTar([{ path: ".SIGN.RSA.fuzz", content: "x" }]))] : [];
  return Buffer.concat([...signature, control, packed]);
}

/** What was changed as the files, or as the whole control segment in front of files. */
function wrapApk(bytes: Buffer, random: Random): Buffer {
  const tar = repairTar(bytes, random);
  if (random.isOneIn(2)) return packApk(tar, INFO, random);
  const data = gzipSync(DATA, { level: 1 });
  const info = INFO.replace(/^datahash = .*$/m, `datahash = ${sha256(data)}`);
  const control = Buffer.concat([cutTar([{ path: ".PKGINFO", content: info }]), tar]);
  return Buffer.concat([gzipSync(control, { level: 1 }), data]);
}

function wrapIndex(bytes: Buffer, random: Random): Buffer {
  const packed = gzipSync(repairTar(bytes, random), { level: 1 });
  return Buffer.concat([signatureOf(packed, key(), random.pick(["RSA", "RSA256"])), packed]);
}

function readArchive(bytes: Buffer): Promise<ApkIndexArchive> {
  return readIndexArchive(bytes, { keys: [key().publicKey], name: "fuzz" });
}

/** What nobody signed must not be read. */
async function readSignedArchive(bytes: Buffer): Promise<void> {
  const { text } = await readArchive(bytes);
  if (text !== `${INDEX}\n`) throw new Error(`what nobody signed was read: ${JSON.stringify(text.slice(0, 500))}`);
}

function readIndex(text: string): void {
  const index = openApkIndex(text, "fuzz");
  for (const name of index.names()) {
    index.providersOf(name);
    index.installedWith(name);
    index.versionsOf(name);
  }
}

function readDependencies(line: string): void {
  for (const dependency of parseApkDependencies(line, "fuzz")) meetsVersion("1.2.3-r4", dependency);
  parseApkProvisions(line, "fuzz");
}

function readVersions(text: string): void {
  const lines = text.split("\n").slice(0, 40);
  for (const [index, line] of lines.entries()) {
    const other = lines[index + 1] ?? "1";
    isApkVersion(line);
    matchesApkVersion(line, other);
    if (compareApkVersions(line, other) + compareApkVersions(other, line) !== 0)
      throw new Error(`${JSON.stringify(line)} and ${JSON.stringify(other)} have no order`);
  }
}

const INSTALLED = RECORDS.map((record) => `${record}F:usr/bin\nM:0:0:755\nR:a\na:0:0:755\nZ:${SUM}\nP:not-this\n`);

export const ALPINE_TARGETS: readonly FuzzTarget[] = [
  {
    name: "apk",
    group: "binary",
    seeds: () => [
      makeApk({ name: "a", files: [{ path: "usr/bin/a", content: "a" }] }).bytes,
      makeApk({ name: "b", fields: { depend: ["a", "!c"] }, scripts: { "post-install": "#!/bin/sh\n" } }, key()).bytes,
    ],
    run: readWhole,
  },
  {
    name: "apk-members",
    group: "binary",
    seeds: () => [...TAR_SEEDS, DATA],
    tokens: [".PKGINFO", "APK-TOOLS.checksum.SHA1=", "ustar\0", ".post-install", "size="],
    repair: wrapApk,
    run: readWhole,
  },
  {
    name: "apk-control",
    group: "binary",
    seeds: () => [Buffer.from(INFO)],
    tokens: INFO_TOKENS,
    repair: (bytes, random) => packApk(DATA, bytes.toString("utf8"), random),
    run: readWhole,
  },
  {
    name: "apk-index-archive",
    group: "binary",
    seeds: () => [makeApkIndex(RECORDS, key()), makeApkIndex(RECORDS, key(), "RSA256")],
    tokens: [".SIGN.RSA.fuzz-1.rsa.pub"],
    run: readSignedArchive,
  },
  {
    name: "apk-index-tar",
    group: "binary",
    seeds: () => [
      makeTar([
        { path: "DESCRIPTION", content: "v3" },
        { path: "APKINDEX", content: INDEX },
      ]),
    ],
    tokens: ["APKINDEX", "DESCRIPTION", "ustar\0"],
    repair: wrapIndex,
    run: readArchive,
  },
  textTarget("apk-index", [INDEX], readIndex, INDEX_TOKENS),
  textTarget(
    "apk-dependency",
    ["a>=1.2 !b<3 so:c.so.1 d~1.2 e@tag f><Q1xx\ncmd:a=1.0-r0 x\n"],
    eachLine(readDependencies),
    [">=", "<~", "><", "!", "@", "~", "=~", "  "],
  ),
  textTarget("apk-version", ["1.2.3_rc1-r4\n1.2.3\n1.0a_p1_git20200101~0abc-r1\n1.01\n1.1\n0\n"], readVersions, [
    "_rc",
    "_p",
    "_alpha1",
    "~",
    "-r",
    ".",
    ".0",
    "a",
  ]),
  textTarget(
    "apk-installed",
    [INSTALLED.join("\n")],
    (text) => parseApkDatabase(new Map([[APK_DATABASE_PATHS[0], Buffer.from(text)]])),
    INDEX_TOKENS,
  ),
  textTarget("apk-package-info", [INFO], (text) => parsePackageInfo(text, "fuzz"), INFO_TOKENS),
];
