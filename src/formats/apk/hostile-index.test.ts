// SPDX-License-Identifier: Apache-2.0
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { makeApkIndex, makeApkKey, cutTar, signatureOf } from "../../../test/support/apk.js";
import { makeTar } from "../../../test/support/archives.js";
import { codeOf } from "../../../test/support/bytes.js";
import { readIndexArchive } from "./index-archive.js";
import { openApkIndex } from "./packages-index.js";

const key = makeApkKey("own-1.rsa.pub");
const stranger = makeApkKey("own-1.rsa.pub");
const other = makeApkKey("other-1.rsa.pub");
const SUM = `Q1${"A".repeat(27)}=`;
const RECORD = `C:${SUM}\nP:a\nV:1.0-r0\nA:x86_64\nS:10\n`;
const good = makeApkIndex([RECORD], key);
const packed = (entries: Parameters<typeof makeTar>[0]): Buffer => gzipSync(makeTar(entries));
const index = packed([{ path: "APKINDEX", content: RECORD }]);
const signed = (bytes: Buffer): Buffer => Buffer.concat([signatureOf(bytes, key), bytes]);
const segment = (...entries: Parameters<typeof cutTar>[0]): Buffer => gzipSync(cutTar(entries));
const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

function read(bytes: Buffer): Promise<unknown> {
  return readIndexArchive(bytes, { keys: [key.publicKey], name: "index" });
}

describe("a signed index", () => {
  it.each([
    { summary: "by SHA-1", bytes: good },
    { summary: "by SHA-256", bytes: makeApkIndex([RECORD], key, "RSA256") },
    { summary: "of several gzip members", bytes: signed(Buffer.concat([index, gzipSync("")])) },
    {
      summary: "by a stranger as well",
      bytes: Buffer.concat([
        gzipSync(
          Buffer.concat([
            cutTar([{ path: ".SIGN.RSA.unknown.rsa.pub", content: "x" }]),
            gunzipSync(signatureOf(index, key)),
          ]),
        ),
        index,
      ]),
    },
  ])("$summary is read", async ({ bytes }) => {
    expect(await read(bytes)).toMatchObject({ signedBy: [key.publicKey.fingerprint] });
  });

  const cases: readonly { summary: string; bytes: Buffer; code: string }[] = [
    { summary: "nothing", bytes: Buffer.alloc(0), code: "APKINDEX_INVALID" },
    { summary: "a page", bytes: Buffer.from("<html>not here</html>"), code: "APKINDEX_INVALID" },
    { summary: "a member that is cut off", bytes: good.subarray(0, 40), code: "APKINDEX_INVALID" },
    { summary: "a signature without an index", bytes: signatureOf(index, key), code: "SIGNATURE_INVALID" },
    { summary: "an index without a signature", bytes: index, code: "SIGNATURE_INVALID" },
    { summary: "one byte changed in the index", bytes: flipped(good, good.length - 20), code: "SIGNATURE_INVALID" },
    { summary: "one byte more", bytes: Buffer.concat([good, Buffer.from([0])]), code: "SIGNATURE_INVALID" },
    { summary: "one byte less", bytes: good.subarray(0, -1), code: "SIGNATURE_INVALID" },
    { summary: "a second index behind it", bytes: Buffer.concat([good, index]), code: "SIGNATURE_INVALID" },
    {
      summary: "the signature of another index",
      bytes: Buffer.concat([signatureOf(Buffer.from("x"), key), index]),
      code: "SIGNATURE_INVALID",
    },
    {
      summary: "a stranger's key of the same name",
      bytes: makeApkIndex([RECORD], stranger),
      code: "SIGNATURE_INVALID",
    },
    { summary: "a key that is not trusted", bytes: makeApkIndex([RECORD], other), code: "SIGNATURE_INVALID" },
    {
      summary: "an empty signature",
      bytes: Buffer.concat([segment({ path: ".SIGN.RSA.own-1.rsa.pub", content: "" }), index]),
      code: "SIGNATURE_INVALID",
    },
    {
      summary: "a signature that is too long",
      bytes: Buffer.concat([segment({ path: ".SIGN.RSA.own-1.rsa.pub", content: Buffer.alloc(5000) }), index]),
      code: "SIZE_LIMIT_EXCEEDED",
    },
    {
      summary: "a kind of signature that is not known",
      bytes: Buffer.concat([segment({ path: ".SIGN.DSA.own-1.rsa.pub", content: "x" }), index]),
      code: "SIGNATURE_INVALID",
    },
    {
      summary: "a kind named as what every object has",
      bytes: Buffer.concat([segment({ path: ".SIGN.TOSTRING.own-1.rsa.pub", content: "x" }), index]),
      code: "SIGNATURE_INVALID",
    },
    {
      summary: "a signature that is a link",
      bytes: Buffer.concat([segment({ path: ".SIGN.RSA.own-1.rsa.pub", kind: "symlink", target: "x" }), index]),
      code: "SIGNATURE_INVALID",
    },
    {
      summary: "a signature in a folder",
      bytes: Buffer.concat([segment({ path: "x/.SIGN.RSA.own-1.rsa.pub", content: "x" }), index]),
      code: "SIGNATURE_INVALID",
    },
    {
      summary: "a good and a wrong signature by one key",
      bytes: Buffer.concat([
        gzipSync(
          Buffer.concat([
            gunzipSync(signatureOf(index, key)),
            cutTar([{ path: ".SIGN.RSA256.own-1.rsa.pub", content: "x" }]),
          ]),
        ),
        index,
      ]),
      code: "SIGNATURE_INVALID",
    },
    {
      summary: "a signature segment that is no tar",
      bytes: Buffer.concat([gzipSync("x".repeat(600)), index]),
      code: "TAR_INVALID",
    },
    {
      summary: "a signature segment that unpacks to much",
      bytes: Buffer.concat([gzipSync(Buffer.alloc(3_000_000)), index]),
      code: "SIZE_LIMIT_EXCEEDED",
    },
    {
      summary: "a wrong checksum of the first member",
      bytes: flipped(good, signatureOf(index, key).length - 5),
      code: "APKINDEX_INVALID",
    },
    {
      summary: "no APKINDEX",
      bytes: signed(packed([{ path: "DESCRIPTION", content: "x" }])),
      code: "APKINDEX_INVALID",
    },
    {
      summary: "an APKINDEX that is a folder",
      bytes: signed(packed([{ path: "APKINDEX", kind: "directory" }])),
      code: "APKINDEX_INVALID",
    },
    { summary: "a signed page", bytes: signed(Buffer.from("<html>")), code: "GZIP_INVALID" },
    { summary: "a signed archive that is cut off", bytes: signed(index.subarray(0, -12)), code: "GZIP_INVALID" },
    {
      summary: "a description that is too long",
      bytes: signed(packed([{ path: "DESCRIPTION", content: "x".repeat(70_000) }])),
      code: "SIZE_LIMIT_EXCEEDED",
    },
    {
      summary: "names that leave the archive",
      bytes: signed(gzipSync(Buffer.concat([makeTar([{ path: "../APKINDEX", content: "x" }])]))),
      code: "TAR_PATH_UNSAFE",
    },
  ];
  it.each(cases)("that has $summary is refused", async ({ bytes, code }) => {
    expect(await codeOf(() => read(bytes))).toBe(code);
  });
});

describe("a record", () => {
  const change = (letter: string, value: string): string =>
    RECORD.replace(new RegExp(`^${letter}:.*$`, "m"), `${letter}:${value}`);
  const cases: readonly { summary: string; record: string }[] = [
    { summary: "no name", record: RECORD.replace("P:a\n", "") },
    { summary: "an empty name", record: change("P", "") },
    { summary: "a name that is a path", record: change("P", "../../etc/passwd") },
    { summary: "a name with a space", record: change("P", "a b") },
    { summary: "a name of another host", record: change("P", "//evil.test/x") },
    { summary: "no version", record: RECORD.replace("V:1.0-r0\n", "") },
    { summary: "a version that is a path", record: change("V", "1/../../x") },
    { summary: "a version that is a word", record: change("V", "latest") },
    { summary: "no architecture", record: RECORD.replace("A:x86_64\n", "") },
    { summary: "an architecture that is a path", record: change("A", "../x") },
    { summary: "no checksum", record: RECORD.replace(`C:${SUM}\n`, "") },
    { summary: "a checksum of another kind", record: change("C", `Q2${"A".repeat(43)}=`) },
    { summary: "a checksum in hex", record: change("C", "0".repeat(40)) },
    { summary: "a checksum that is cut off", record: change("C", SUM.slice(0, 20)) },
    { summary: "no size", record: RECORD.replace("S:10\n", "") },
    { summary: "a negative size", record: change("S", "-1") },
    { summary: "a size beyond all numbers", record: change("S", "9".repeat(30)) },
    { summary: "a size in hex", record: change("S", "0x10") },
    { summary: "a line without a letter", record: `${RECORD}evil\n` },
    { summary: "a dependency of nothing but a sign", record: `${RECORD}D:>=1\n` },
    { summary: "a dependency with an unknown sign", record: `${RECORD}D:a<>1\n` },
    { summary: "a dependency without a version", record: `${RECORD}D:a>=\n` },
    { summary: "a dependency without an end", record: `${RECORD}D:${"a".repeat(2000)}\n` },
    { summary: "a dependency on two tags", record: `${RECORD}D:a@b@c\n` },
    { summary: "a condition that is none", record: `${RECORD}i:=\n` },
    { summary: "a provision that is a range", record: `${RECORD}p:a>=1\n` },
    { summary: "a provision that is a conflict", record: `${RECORD}p:!a\n` },
    { summary: "a priority that is a word", record: `${RECORD}k:high\n` },
  ];
  it.each(cases)("with $summary is refused", async ({ record }) => {
    expect(
      await codeOf(
        () => openApkIndex(record, "index").versionsOf("a")[0] ?? openApkIndex(record, "index").versionsOf("a b"),
      ),
    ).toBe("APKINDEX_INVALID");
  });

  it("of a name that every object has is found, and no other", () => {
    const opened = openApkIndex(RECORD.replace("P:a", "P:constructor"), "index");
    expect(opened.versionsOf("constructor")).toHaveLength(1);
    expect([opened.versionsOf("toString"), opened.providersOf("__proto__")]).toEqual([[], []]);
  });

  it("costs no more than its length: 200,000 dependencies on one line", () => {
    const begin = performance.now();
    const opened = openApkIndex(
      `${RECORD}D:${"so:x.so.1>=1 ".repeat(200_000)}\np:${"v=1 ".repeat(200_000)}\n`,
      "index",
    );
    expect(opened.versionsOf("a")[0]?.depends).toHaveLength(200_000);
    expect(performance.now() - begin).toBeLessThan(10_000);
  });
});
