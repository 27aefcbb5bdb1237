// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, randomBytes, scryptSync } from "node:crypto";
import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import { parseMapping } from "../../src/cli/mapping-flags.js";
import { parseExpansions } from "../../src/definition/actions/shell.js";
import { parseFileCapabilities } from "../../src/distro/debian/file-capabilities.js";
import { BasaltError } from "../../src/errors.js";
import { formatCosignKey, formatPublicKey, parseCosignKey, parsePublicKey } from "../../src/formats/cosign-key.js";
import { formatAptSource, parseAptSource } from "../../src/formats/debian/apt-source.js";
import { scanPackagesIndex } from "../../src/formats/debian/index-scan.js";
import { IndexTable } from "../../src/formats/debian/index-table.js";
import { parseKeyAddress } from "../../src/formats/debian/repository-keys.js";
import { formatFileCapabilities } from "../../src/formats/file-capabilities.js";
import { parseRemoteRefs } from "../../src/host/git.js";
import { parseGitUrl, submoduleUrl } from "../../src/host/git-url.js";
import { parseNpmUrl } from "../../src/host/npm-registry.js";
import { parseChallenges } from "../../src/registry/client/challenge.js";
import type { Random } from "../random.js";
import { eachLine, textTarget, type FuzzTarget } from "../target.js";
import { INDEX, JSON_TOKENS } from "./samples.js";

/** All of some readers for each line; what one refuses another may take. */
function eachOf(...readers: readonly ((line: string) => unknown)[]): (text: string) => void {
  return eachLine((line) => {
    for (const read of readers) {
      try {
        read(line);
      } catch (error) {
        if (!(error instanceof BasaltError)) throw error;
      }
    }
  });
}

const pair = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const ZEROS = Buffer.alloc(32);
/** Costs little; the reader must bound what a file can ask for. */
const PARAMS = { N: 1024, r: 8, p: 1 };
const KEY_FILE = JSON.stringify({
  kdf: { name: "scrypt", params: PARAMS, salt: ZEROS.toString("base64") },
  cipher: { name: "nacl/secretbox", nonce: Buffer.alloc(24).toString("base64") },
  ciphertext: Buffer.from(
    xsalsa20poly1305(scryptSync("password", ZEROS, 32, PARAMS), Buffer.alloc(24)).encrypt(
      pair.privateKey.export({ type: "pkcs8", format: "der" }),
    ),
  ).toString("base64"),
});

function wrapKey(bytes: Buffer, random: Random): Buffer {
  const type = `ENCRYPTED ${random.pick(["SIGSTORE", "COSIGN"])} PRIVATE KEY`;
  return Buffer.from(`-----BEGIN ${type}-----\n${bytes.toString("base64")}\n-----END ${type}-----\n`);
}

/** A table whose length is right again, so that its lines are read. */
function wrapTable(bytes: Buffer, random: Random): Buffer {
  const end = bytes.indexOf("\n") + 1;
  if (random.isOneIn(20)) return bytes;
  const lines = bytes.subarray(end);
  return Buffer.concat([Buffer.from(`basalt-index-table-1 ${lines.length}\n`), lines]);
}

function readTable(bytes: Buffer): void {
  const table = IndexTable.open(bytes);
  if (table === undefined) return;
  let left = bytes.length + 1; // no table has more names than bytes
  const asked = ["aa", "bb", "v", "", "zzz", "\uffff"];
  for (const name of table.names()) {
    left -= 1;
    if (left < 0) throw new Error("the names have no end");
    if (asked.length < 200) asked.push(name);
  }
  for (const name of asked) {
    table.providersOf(name);
    const places = [table.mentionOf(name) ?? 0, ...table.stanzasOf(name)];
    if (!places.every(Number.isSafeInteger)) throw new Error(`${JSON.stringify(name)} is at ${places.join(", ")}`);
  }
}

/** A source that is read must be the same when it is written and read again. */
function readSource(line: string): void {
  const source = parseAptSource(line);
  const again = parseAptSource(formatAptSource(source, "/etc/apt/keyrings/a.gpg"));
  if (again.url.href !== source.url.href || again.suite !== source.suite)
    throw new Error(`${JSON.stringify(line)} is another source when it is written: ${again.url.href} ${again.suite}`);
}

function readMapping(text: string): void {
  const lines = text.split("\n").slice(0, 200);
  const pins = lines[0] ?? "";
  for (const flags of [{ pins }, { mapRepository: lines }, { mapPackage: lines }]) {
    try {
      parseMapping(flags);
    } catch (error) {
      if (!(error instanceof BasaltError)) throw error;
    }
  }
}

/** No piece is lost: they are the value, in which `\$` is a dollar sign. */
function readExpansions(text: string): void {
  let at = 0;
  for (const { kind, text: piece } of parseExpansions(text) ?? []) {
    const begin = at;
    for (const char of kind === "expansion" ? [piece] : piece.split("")) {
      if (kind === "literal" && text.startsWith(String.raw`\$`, at) && char === "$") at += 1;
      if (!text.startsWith(char, at))
        throw new Error(`${JSON.stringify(text.slice(begin, begin + 300))} gives ${piece}`);
      at += char.length;
    }
  }
}

const SHELL_TOKENS = ["$(", "${", "$", "\\$", ")", "}", "'", '"', "\\", "`", "$A_1", "\n"];
const POSTINST =
  "#!/bin/sh\nset -e\nif command -v setcap > /dev/null; then\n\tif setcap cap_net_raw+ep /bin/ping; then\n\t\tchmod u-s /bin/ping\n\tfi\nfi\n" +
  'setcap "cap_net_bind_service,cap_sys_nice=ep" $(dpkg-divert --truename /usr/bin/a) || true\nsetcap -q cap_chown=+ei /usr/sbin/b\n';
const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const URLS = [
  "git+https://a.test/x.git#v1.0\ngit+https://a.test/x#refs/tags/v1\nnpm:@a/b@1.2.3-rc.1+x\nnpm:c@0.1.0\n../other.git\nhttps://b.test/y\n",
  `${COMMIT}\tHEAD\n${COMMIT}\trefs/heads/main\n${COMMIT}\trefs/tags/v1\n${COMMIT}\trefs/tags/v1^{}\n`,
];
const SOURCES = [
  "deb [arch=amd64,arm64 signed-by=/etc/apt/keyrings/a.gpg] https://a.test/debian trixie main contrib\ndeb http://a.test/ ./\n" +
    `deb-src [signed-by=/a.asc,${"A".repeat(40)} lang=en] https://a.test/x/ debian13/\n` +
    `https://a.test/key.gpg#${"A".repeat(40)},${"b".repeat(64)}\nhttps://a.test/key.gpg\n`,
];

export const INPUT_TARGETS: readonly FuzzTarget[] = [
  textTarget(
    "challenges",
    [
      'Bearer realm="https://a.test/token",service="a \\"b\\"",scope="repository:a/b:pull"\nBasic realm=x, Negotiate abc==',
    ],
    eachLine(parseChallenges),
    ["Bearer", "Basic", 'realm="', '"', "\\", "=", ",", " ", "__proto__="],
  ),
  {
    ...textTarget("cosign-key", [KEY_FILE], (text) => parseCosignKey(text, "password", "fuzz"), [
      ...JSON_TOKENS,
      '"N":',
      '"r":16',
      '"p":4',
      "1048576",
      "131072",
    ]),
    repair: wrapKey,
  },
  textTarget(
    "cosign-pem",
    [formatCosignKey(pair.privateKey, "", randomBytes)],
    (text) => parseCosignKey(text, "", "fuzz"),
    ["-----BEGIN ", "-----END "],
  ),
  textTarget("public-key", [formatPublicKey(pair.publicKey)], (text) => parsePublicKey(text, "fuzz"), [
    "-----BEGIN PUBLIC KEY-----\n",
    "-----END PUBLIC KEY-----\n",
    "-----BEGIN CERTIFICATE-----\n",
  ]),
  {
    name: "index-table",
    group: "binary",
    seeds: () => INDEX.map((text) => IndexTable.from(scanPackagesIndex(Buffer.from(text), "fuzz")).bytes),
    tokens: ["\t", "\n", "aa\t", "bb\t1,2\t3\t\n", ",", "\t\t"],
    repair: wrapTable,
    run: readTable,
  },
  textTarget("apt-source", SOURCES, eachOf(readSource, parseKeyAddress), [
    "deb ",
    "[",
    "]",
    "signed-by=",
    "arch=",
    "https://",
    "//",
    "./",
    "@",
    "#",
    "?",
    ",",
    "\t",
  ]),
  textTarget(
    "urls",
    URLS,
    (text) => {
      parseRemoteRefs(text);
      eachOf(parseGitUrl, parseNpmUrl, (line) => submoduleUrl(line, new URL("https://a.test/x/y.git")))(text);
    },
    ["git+", "npm:", "#", "%", "%00", "@", "refs/", "..", "^{}", "\t", "https://", "http://127.0.0.1/"],
  ),
  textTarget(
    "mapping",
    ["https://a.test/=https://b.test/?x=y\na=debian\nb=builtin\n", "ignore", "exact"],
    readMapping,
    ["=", "debian", "builtin"],
  ),
  textTarget(
    "shell-expansions",
    ["-X main.v=${V:-$(git describe '--x)' \"$A\")} \\$B $C_1 \\n"],
    readExpansions,
    SHELL_TOKENS,
  ),
  textTarget(
    "file-capabilities",
    [POSTINST, "cap_net_raw+ep\ncap_chown,cap_kill=ip\n"],
    (text) => {
      parseFileCapabilities(text);
      eachLine(formatFileCapabilities)(text);
    },
    ["setcap ", "cap_", "=+", "+ep", "\\\n", "$(dpkg-divert --truename ", "db_get", "'", '"', ";", "/"],
  ),
];
