// SPDX-License-Identifier: Apache-2.0
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { makeAr, makeTar, storeXz, type TestEntry } from "../../../test/support/archives.js";
import { bytesOfStream, codeOf, inPieces } from "../../../test/support/bytes.js";
import { controlText, makeDeb } from "../../../test/support/deb.js";
import { gunzip } from "../archive/gzip.js";
import { unzstd } from "../archive/zstd.js";
import { unxz } from "../archive/xz.js";
import { readDeb, type DebControl, type DebReadOptions } from "./deb.js";

const MiB = 1024 * 1024;
const OPTIONS: DebReadOptions = {
  name: "hello 1.0-1",
  decompress: (source, compression, name) => {
    if (compression === "gzip") return gunzip(source, name);
    if (compression === "zstd") return unzstd(source, name);
    return compression === "xz" ? unxz(source, name) : source;
  },
};

interface ReadDeb {
  readonly control: DebControl | undefined;
  readonly entries: readonly string[];
}

async function readAll(bytes: Buffer, pieceBytes = 4096): Promise<ReadDeb> {
  let control: DebControl | undefined;
  const entries: string[] = [];
  const items = readDeb(inPieces(bytes, pieceBytes), OPTIONS, (found) => (control = found));
  for await (const { entry, content } of items) {
    expect(control).toBeDefined(); // the control data come before the first entry
    entries.push(`${entry.kind} ${entry.path} ${(await bytesOfStream(content)).length}`);
  }
  return { control, entries };
}

const CONTROL = controlText({ name: "hello" });
const VERSION = ["debian-binary", Buffer.from("2.0\n")] as const;

function controlMember(entries: readonly TestEntry[]): readonly [string, Buffer] {
  return ["control.tar", makeTar(entries)];
}

/** A package whose members stand as given; what is left out is as it should be. */
function debOf(parts: {
  readonly version?: readonly [string, Buffer];
  readonly control?: readonly [string, Buffer];
  readonly data?: readonly [string, Buffer];
  readonly more?: readonly (readonly [string, Buffer])[];
}): Buffer {
  const {
    version = VERSION,
    control = controlMember([{ path: "control", content: CONTROL }]),
    data = ["data.tar", makeTar([{ path: "a", content: "hi" }])],
    more = [],
  } = parts;
  return makeAr([version, control, data, ...more]);
}

describe("a package", () => {
  const wanted = {
    name: "hello",
    fields: { Depends: "libc6 (>= 2.36)" },
    files: [{ path: "usr/bin/hello", content: "hi", mode: 0o755 }],
    control: { postinst: "#!/bin/sh\n" },
  } as const;
  const compressions = ["none", "gz", "xz"] as const;

  it.each(compressions)("compressed with %s is read in one pass", async (compression) => {
    const { control, entries } = await readAll(makeDeb({ ...wanted, compression }), 333);
    expect(entries).toEqual(["directory usr 0", "directory usr/bin 0", "file usr/bin/hello 2"]);
    expect(control?.fields.get("depends")).toBe("libc6 (>= 2.36)");
    expect(control?.text).toBe(controlText(wanted));
    expect([...(control?.files.keys() ?? [])].toSorted()).toEqual(["md5sums", "postinst"]);
  });

  const cases = [
    {
      summary: "a later minor version of the format",
      bytes: debOf({ version: ["debian-binary", Buffer.from("2.1\nmore\n")] }),
    },
    {
      summary: "members whose names begin with an underscore",
      bytes: debOf({ more: [["_gpgorigin", Buffer.from("x")]] }),
    },
    { summary: "members after the data", bytes: debOf({ more: [["unknown", Buffer.from("x")]] }) },
    {
      summary: "names that begin with ./",
      bytes: debOf({
        control: controlMember([
          { kind: "directory", path: "." },
          { path: "./control", content: CONTROL },
        ]),
      }),
    },
  ];
  it.each(cases)("may have $summary", async ({ bytes }) => {
    expect(await readAll(bytes)).toMatchObject({ entries: ["file a 2"], control: { text: CONTROL } });
  });

  it("may have no files", async () => {
    expect((await readAll(makeDeb({ name: "empty" }))).entries).toEqual([]);
  });
});

function evil(path: string): Buffer {
  return makeTar([{ path, content: "x" }]);
}

describe("hostile packages are refused", () => {
  const good = makeDeb({ name: "hello", files: [{ path: "a", content: "x".repeat(2000) }], compression: "none" });
  const compressed = ["control.tar.gz", gzipSync(makeTar([{ path: "control", content: CONTROL }]))] as const;
  const cases = [
    { summary: "nothing", bytes: Buffer.alloc(0), code: "AR_INVALID" },
    { summary: "garbage", bytes: Buffer.alloc(500, 0xa5), code: "AR_INVALID" },
    { summary: "a file that is cut", bytes: good.subarray(0, -600), code: "AR_INVALID" },
    { summary: "no members", bytes: makeAr([]), code: "DEB_INVALID" },
    { summary: "only a version", bytes: makeAr([VERSION]), code: "DEB_INVALID" },
    {
      summary: "no data",
      bytes: makeAr([VERSION, controlMember([{ path: "control", content: CONTROL }])]),
      code: "DEB_INVALID",
    },
    { summary: "format 3", bytes: debOf({ version: ["debian-binary", Buffer.from("3.0\n")] }), code: "DEB_INVALID" },
    { summary: "format 20", bytes: debOf({ version: ["debian-binary", Buffer.from("20.0\n")] }), code: "DEB_INVALID" },
    {
      summary: "a version without an end of line",
      bytes: debOf({ version: ["debian-binary", Buffer.from("2.0")] }),
      code: "DEB_INVALID",
    },
    {
      summary: "another first member",
      bytes: debOf({ version: ["debian", Buffer.from("2.0\n")] }),
      code: "DEB_INVALID",
    },
    {
      summary: "a version of a kilobyte",
      bytes: debOf({ version: ["debian-binary", Buffer.alloc(1000, "2.0\n")] }),
      code: "SIZE_LIMIT_EXCEEDED",
    },
    {
      summary: "data before control",
      bytes: debOf({ control: ["data.tar", evil("a")], data: ["control.tar", evil("a")] }),
      code: "DEB_INVALID",
    },
    { summary: "bzip2", bytes: debOf({ data: ["data.tar.bz2", Buffer.from("BZh9")] }), code: "DEB_INVALID" },
    { summary: "lzma", bytes: debOf({ control: ["control.tar.lzma", Buffer.from("]")] }), code: "DEB_INVALID" },
    {
      summary: "a compression that every object has",
      bytes: debOf({ data: ["data.tartoString", evil("a")] }),
      code: "DEB_INVALID",
    },
    {
      summary: "a member name that only begins as it should",
      bytes: debOf({ data: ["data.target", evil("a")] }),
      code: "DEB_INVALID",
    },
    {
      summary: "no control file",
      bytes: debOf({ control: controlMember([{ path: "md5sums", content: "" }]) }),
      code: "DEB_INVALID",
    },
    {
      summary: "an empty control file",
      bytes: debOf({ control: controlMember([{ path: "control", content: "" }]) }),
      code: "DEB_INVALID",
    },
    {
      summary: "a control file that is a link",
      bytes: debOf({ control: controlMember([{ kind: "symlink", path: "control", target: "/etc/passwd" }]) }),
      code: "DEB_INVALID",
    },
    {
      summary: "a broken control file",
      bytes: debOf({ control: controlMember([{ path: "control", content: "Package\n" }]) }),
      code: "CONTROL_INVALID",
    },
    {
      summary: "a control file of two packages",
      bytes: debOf({
        control: controlMember([{ path: "control", content: `${CONTROL}\n${controlText({ name: "evil" })}` }]),
      }),
      code: "CONTROL_INVALID",
    },
    {
      summary: "a control archive that goes up",
      bytes: debOf({ control: ["control.tar", evil("../control")] }),
      code: "TAR_PATH_UNSAFE",
    },
    { summary: "data that go up", bytes: debOf({ data: ["data.tar", evil("a/../../b")] }), code: "TAR_PATH_UNSAFE" },
    { summary: "absolute data", bytes: debOf({ data: ["data.tar", evil("/etc/passwd")] }), code: "TAR_PATH_UNSAFE" },
    {
      summary: "a control archive that is no tar",
      bytes: debOf({ control: ["control.tar", Buffer.from("x".repeat(600))] }),
      code: "TAR_INVALID",
    },
    {
      summary: "data that are cut within",
      bytes: debOf({ data: ["data.tar", evil("a").subarray(0, 600)] }),
      code: "TAR_INVALID",
    },
    {
      summary: "gzip that is cut",
      bytes: debOf({ control: [compressed[0], compressed[1].subarray(0, -10)] }),
      code: "GZIP_INVALID",
    },
    {
      summary: "gzip that is xz",
      bytes: debOf({ control: ["control.tar.gz", storeXz(Buffer.from("x"))] }),
      code: "GZIP_INVALID",
    },
    { summary: "xz that is gzip", bytes: debOf({ control: ["control.tar.xz", compressed[1]] }), code: "XZ_INVALID" },
    {
      summary: "a control archive that is a bomb",
      bytes: debOf({ control: ["control.tar.gz", gzipSync(Buffer.alloc(11 * MiB))] }),
      code: "SIZE_LIMIT_EXCEEDED",
    },
    {
      summary: "a control file of the fields of nobody",
      bytes: debOf({ control: controlMember([{ path: "control", content: "\n\n" }]) }),
      code: "DEB_INVALID",
    },
    {
      summary: "a control file with a field twice",
      bytes: debOf({ control: controlMember([{ path: "control", content: `${CONTROL}package: evil\n` }]) }),
      code: "CONTROL_INVALID",
    },
    {
      summary: "a control file that begins with a continuation",
      bytes: debOf({ control: controlMember([{ path: "control", content: ` x\n${CONTROL}` }]) }),
      code: "CONTROL_INVALID",
    },
    {
      summary: "a control file in a folder of another name",
      bytes: debOf({ control: controlMember([{ path: "DEBIAN/control", content: CONTROL }]) }),
      code: "DEB_INVALID",
    },
    {
      summary: "a control file that is a folder",
      bytes: debOf({ control: controlMember([{ kind: "directory", path: "control" }]) }),
      code: "DEB_INVALID",
    },
    {
      summary: "a control archive that is absolute",
      bytes: debOf({ control: ["control.tar", evil("/control")] }),
      code: "TAR_PATH_UNSAFE",
    },
    { summary: "an empty version", bytes: debOf({ version: ["debian-binary", Buffer.alloc(0)] }), code: "DEB_INVALID" },
    {
      summary: "a version that is text",
      bytes: debOf({ version: ["debian-binary", Buffer.from("two\n")] }),
      code: "DEB_INVALID",
    },
    {
      summary: "a space before the version",
      bytes: debOf({ version: ["debian-binary", Buffer.from(" 2.0\n")] }),
      code: "DEB_INVALID",
    },
    {
      summary: "control in capitals",
      bytes: debOf({ control: ["CONTROL.TAR", evil("control")] }),
      code: "DEB_INVALID",
    },
    {
      summary: "control twice and no data",
      bytes: debOf({ data: controlMember([{ path: "control", content: CONTROL }]) }),
      code: "DEB_INVALID",
    },
    { summary: "no data in data", bytes: debOf({ data: ["data.tar.gz", Buffer.alloc(0)] }), code: "GZIP_INVALID" },
    { summary: "xz without anything", bytes: debOf({ data: ["data.tar.xz", Buffer.alloc(0)] }), code: "XZ_INVALID" },
    {
      summary: "zstd that is gzip",
      bytes: debOf({ data: ["data.tar.zst", compressed[1]] }),
      code: "ZSTD_INVALID",
    },
    {
      summary: "xz that is cut",
      bytes: debOf({ data: ["data.tar.xz", storeXz(evil("a")).subarray(0, -10)] }),
      code: "XZ_INVALID",
    },
    {
      summary: "gzip with a wrong checksum",
      bytes: debOf({ data: ["data.tar.gz", Buffer.concat([gzipSync(makeTar([])).subarray(0, -8), Buffer.alloc(8)])] }),
      code: "GZIP_INVALID",
    },
    {
      summary: "garbage behind the end of compressed data",
      bytes: debOf({ data: ["data.tar.gz", Buffer.concat([gzipSync(makeTar([])), Buffer.from("garbage")])] }),
      code: "GZIP_INVALID",
    },
  ];
  it.each(cases)("$summary", async ({ bytes, code }) => {
    expect(await codeOf(() => readAll(bytes))).toBe(code);
  });

  it("cut at any place", async () => {
    for (let length = 0; length < good.length - 1; length += 61) {
      const code = (await codeOf(() => readAll(good.subarray(0, length)))) ?? "none";
      expect([length, ["AR_INVALID", "DEB_INVALID"].includes(code)]).toEqual([length, true]);
    }
  });
});

it("a reader that stops early stops the source", async () => {
  let isStopped = false;
  const source = (async function* () {
    try {
      yield* inPieces(makeDeb({ name: "hello", files: [{ path: "a", content: "x".repeat(100_000) }] }), 500);
    } finally {
      isStopped = true;
    }
  })();
  for await (const item of readDeb(source, OPTIONS, () => undefined)) if (item.entry.path === "a") break;
  expect(isStopped).toBe(true);
});
