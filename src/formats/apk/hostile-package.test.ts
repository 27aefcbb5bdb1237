// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { checksumHeader, cutTar, makeApk, makeApkKey, signatureOf, type TestApk } from "../../../test/support/apk.js";
import { makeTar, sha256 } from "../../../test/support/archives.js";
import { codeOf, inPieces } from "../../../test/support/bytes.js";
import { rawTarEntry } from "../../../test/support/tar-header.js";
import { drain } from "../bytes.js";
import { readApk, type ApkControl } from "./apk.js";

const key = makeApkKey();
const wanted: TestApk = {
  name: "a",
  files: [
    { path: "usr/bin/a", content: "a" },
    { path: "b", kind: "symlink", target: "usr" },
  ],
};
const good = makeApk(wanted, key).bytes;

async function read(
  bytes: Buffer,
  pieceBytes = 100,
): Promise<{ readonly control: ApkControl | undefined; readonly paths: readonly string[] }> {
  let control: ApkControl | undefined;
  const paths: string[] = [];
  for await (const { entry, content } of readApk(
    inPieces(bytes, pieceBytes),
    { name: "package" },
    (found) => (control = found),
  )) {
    paths.push(entry.path);
    await drain(content);
  }
  return { control, paths };
}

/** A package of a control segment and a data segment as they are given. */
function pack(info: string | undefined, data: Buffer, more: Parameters<typeof cutTar>[0] = []): Buffer {
  const text = info?.replace("HASH", sha256(data));
  const control = gzipSync(cutTar([...(text === undefined ? [] : [{ path: ".PKGINFO", content: text }]), ...more]));
  return Buffer.concat([signatureOf(control, key), control, data]);
}

const INFO = "pkgname = a\npkgver = 1.0-r0\narch = x86_64\ndatahash = HASH\n";
const data = gzipSync(makeTar([{ path: "usr/bin/a", content: "a" }]));
const flipped = (at: number): Buffer => {
  const copy = Buffer.from(good);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

describe("a package", () => {
  it.each([1, 7, 100_000])("is read in pieces of %i bytes, with the checksum that an index has", async (pieceBytes) => {
    const { control, paths } = await read(good, pieceBytes);
    expect(paths).toEqual(["usr", "usr/bin", "usr/bin/a", "b"]);
    expect(makeApk(wanted, key).record).toContain(`C:${control?.checksum}`);
  });

  it("needs no signature of its own, and its data may be several members", async () => {
    const whole = makeTar([{ path: "x", content: "y".repeat(5000) }]);
    const members = Buffer.concat([gzipSync(whole.subarray(0, 1000)), gzipSync(whole.subarray(1000))]);
    expect((await read(pack(INFO, members))).paths).toEqual(["x"]);
    expect((await read(makeApk(wanted).bytes)).paths).toHaveLength(4);
  });

  const cases: readonly { summary: string; bytes: Buffer; code: string }[] = [
    { summary: "nothing", bytes: Buffer.alloc(0), code: "APK_INVALID" },
    { summary: "a page", bytes: Buffer.from("<html>nothing here</html>"), code: "APK_INVALID" },
    { summary: "an end in the signature", bytes: good.subarray(0, 100), code: "APK_INVALID" },
    { summary: "a signature alone", bytes: signatureOf(data, key), code: "APK_INVALID" },
    {
      summary: "an end in the control segment",
      bytes: pack(INFO, Buffer.alloc(0)).subarray(0, -30),
      code: "APK_INVALID",
    },
    { summary: "no data segment", bytes: pack(INFO, Buffer.alloc(0)), code: "GZIP_INVALID" },
    { summary: "an end in the data segment", bytes: good.subarray(0, -30), code: "GZIP_INVALID" },
    {
      summary: "one byte changed in the control segment",
      bytes: flipped(signatureOf(data, key).length + 40),
      code: "APK_INVALID",
    },
    {
      summary: "a data segment with another hash",
      bytes: pack(INFO.replace("HASH", "0".repeat(64)), data),
      code: "APK_INVALID",
    },
    { summary: "something behind its data", bytes: Buffer.concat([good, data]), code: "APK_INVALID" },
    { summary: "zeros behind its data", bytes: Buffer.concat([good, Buffer.alloc(10)]), code: "APK_INVALID" },
    { summary: "a page behind its data", bytes: Buffer.concat([good, Buffer.from("<html>")]), code: "GZIP_INVALID" },
    { summary: "no .PKGINFO", bytes: pack(undefined, data), code: "APK_INVALID" },
    { summary: "an empty .PKGINFO", bytes: pack("", data), code: "APK_INVALID" },
    { summary: "two signatures", bytes: Buffer.concat([signatureOf(good, key), good]), code: "APK_INVALID" },
    { summary: "no hash of its data", bytes: pack(INFO.replace("datahash = HASH\n", ""), data), code: "APK_INVALID" },
    { summary: "a short hash of its data", bytes: pack(INFO.replace("HASH", "abc"), data), code: "APK_INVALID" },
    {
      summary: "two hashes of its data",
      bytes: pack(`${INFO}datahash = ${"0".repeat(64)}\n`, data),
      code: "APK_INVALID",
    },
    { summary: "two names", bytes: pack(`${INFO}pkgname = b\n`, data), code: "APK_INVALID" },
    { summary: "no name", bytes: pack(INFO.replace("pkgname = a\n", ""), data), code: "APK_INVALID" },
    { summary: "a name that is a path", bytes: pack(INFO.replace("= a\n", "= ../a\n"), data), code: "APK_INVALID" },
    { summary: "a version that is none", bytes: pack(INFO.replace("1.0-r0", "one"), data), code: "APK_INVALID" },
    {
      summary: "an architecture that is a path",
      bytes: pack(INFO.replace("x86_64", "/etc"), data),
      code: "APK_INVALID",
    },
    { summary: "a line of no kind", bytes: pack(`${INFO}Evil: yes\n`, data), code: "APK_INVALID" },
    { summary: "a dependency that is none", bytes: pack(`${INFO}depend = >=\n`, data), code: "APK_INVALID" },
    { summary: "a provision that is none", bytes: pack(`${INFO}provides = a<2\n`, data), code: "APK_INVALID" },
    {
      summary: "a control segment without an end",
      bytes: pack(INFO, data, [{ path: ".pre-install", content: Buffer.alloc(9_000_000) }]),
      code: "SIZE_LIMIT_EXCEEDED",
    },
    {
      summary: "a control segment that cannot be packed",
      bytes: pack(INFO, data, [{ path: ".x", content: noise(9_000_000) }]),
      code: "SIZE_LIMIT_EXCEEDED",
    },
    {
      summary: "a control segment that is no tar",
      bytes: Buffer.concat([gzipSync("x".repeat(700)), data]),
      code: "TAR_INVALID",
    },
    { summary: "data that are no tar", bytes: pack(INFO, gzipSync("x".repeat(700))), code: "TAR_INVALID" },
    {
      summary: "data that are not compressed",
      bytes: pack(INFO, makeTar([{ path: "x", content: "y" }])),
      code: "GZIP_INVALID",
    },
    {
      summary: "a path that leaves the root",
      bytes: pack(INFO, gzipSync(rawTarEntry({ name: "../../etc/passwd" }, "x"))),
      code: "TAR_PATH_UNSAFE",
    },
    {
      summary: "an absolute path",
      bytes: pack(INFO, gzipSync(rawTarEntry({ name: "/etc/passwd" }, "x"))),
      code: "TAR_PATH_UNSAFE",
    },
    {
      summary: "a hard link that leaves the root",
      bytes: pack(INFO, gzipSync(rawTarEntry({ name: "x", flag: "1", target: "../y" }))),
      code: "TAR_PATH_UNSAFE",
    },
    {
      summary: "a file with another checksum",
      bytes: pack(
        INFO,
        gzipSync(Buffer.concat([checksumHeader("0".repeat(40)), makeTar([{ path: "x", content: "y" }])])),
      ),
      code: "APK_INVALID",
    },
    {
      summary: "a file whose checksum is no number",
      bytes: pack(INFO, gzipSync(Buffer.concat([checksumHeader("evil"), makeTar([{ path: "x", content: "y" }])]))),
      code: "APK_INVALID",
    },
    {
      summary: "a sparse file",
      bytes: pack(INFO, gzipSync(rawTarEntry({ name: "x", flag: "S" }, "y"))),
      code: "TAR_UNSUPPORTED",
    },
    {
      summary: "a header with a wrong checksum",
      bytes: pack(INFO, gzipSync(rawTarEntry({ name: "x", checksum: "000000\0 " }, "y"))),
      code: "TAR_INVALID",
    },
    {
      summary: "a file that is longer than the archive",
      bytes: pack(INFO, gzipSync(rawTarEntry({ name: "x", size: "77777777777\0" }, "y"))),
      code: "TAR_INVALID",
    },
    {
      summary: "a gzip header with a comment without an end",
      bytes: Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 16, 0, 0, 0, 0, 0, 3]), Buffer.alloc(200, 65)]),
      code: "APK_INVALID",
    },
    {
      summary: "a member that is no deflate",
      bytes: Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]), Buffer.alloc(200, 0xff)]),
      code: "APK_INVALID",
    },
  ];
  it.each(cases)("with $summary is refused", async ({ bytes, code }) => {
    expect(await codeOf(() => read(bytes, 65_536))).toBe(code);
  });

  it("is an error wherever it is cut, and wherever one bit of what counts is another", async () => {
    for (let at = 0; at < good.length; at += 17)
      expect(await codeOf(() => read(good.subarray(0, at), 4096)), `cut at ${at}`).toBeDefined();
    const start = signatureOf(data, key).length;
    for (let at = start + 12; at < good.length; at += 13) {
      const { checksum } = (await read(good)).control!;
      const changed = await read(flipped(at), 4096).catch(() => undefined);
      // What gzip itself does not look at in its header changes the checksum, which the index has.
      if (changed !== undefined) expect(changed.control?.checksum, `bit of byte ${at}`).not.toBe(checksum);
    }
  });
});

function noise(sizeBytes: number): Buffer {
  const parts = Array.from({ length: Math.ceil(sizeBytes / 32) }, (_, index) =>
    createHash("sha256").update(String(index)).digest(),
  );
  return Buffer.concat(parts);
}
