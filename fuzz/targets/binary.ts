// SPDX-License-Identifier: Apache-2.0
import { gzipSync } from "node:zlib";
import { makeDeb } from "../../test/support/deb.js";
import { makeAr, makeTar, storeXz } from "../../test/support/archives.js";
import { readAr } from "../../src/formats/archive/ar.js";
import { gunzip } from "../../src/formats/archive/gzip.js";
import { readTar } from "../../src/formats/archive/tar-reader.js";
import { unxz } from "../../src/formats/archive/xz.js";
import { unzstd } from "../../src/formats/archive/zstd.js";
import { limited, type ByteStream } from "../../src/formats/bytes.js";
import { readDeb } from "../../src/formats/debian/deb.js";
import { GitBlobReader, parseGitTree } from "../../src/formats/git-tree.js";
import type { Random } from "../random.js";
import { drain, pieces, type FuzzTarget } from "../target.js";

const BLOCK_BYTES = 512;
/** As callers bound what unpacks, only smaller. */
const MAX_UNPACKED = { maxBytes: 16 * 1024 * 1024, name: "fuzz" };

export const TAR_SEEDS = [
  makeTar([
    { kind: "directory", path: "usr/bin" },
    { path: "usr/bin/tool", content: "x".repeat(700), mode: 0o4755 },
    { kind: "symlink", path: "bin", target: "usr/bin" },
    { kind: "hardlink", path: "usr/bin/other", target: "usr/bin/tool" },
  ]),
  makeTar([
    { path: `${"long/".repeat(60)}name`, content: "pax" },
    { path: "x", content: "", xattrs: new Map([["security.capability", Buffer.from([1, 0, 0, 2, 0, 4])]]) },
    { kind: "symlink", path: "l", target: "t".repeat(200) },
  ]),
];

/** Gives most headers a right checksum again, as whoever attacks would. */
export function repairTar(bytes: Buffer, random: Random): Buffer {
  for (let at = 0; at + BLOCK_BYTES <= bytes.length; at += BLOCK_BYTES) {
    const header = bytes.subarray(at, at + BLOCK_BYTES);
    const isHeader = header.toString("latin1", 257, 262) === "ustar";
    if (!isHeader || random.isOneIn(10)) continue;
    let sum = 8 * 0x20;
    for (const [index, byte] of header.entries()) if (index < 148 || index >= 156) sum += byte;
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  }
  return bytes;
}

async function readWhole(source: ReturnType<typeof readTar>): Promise<void> {
  for await (const { content } of source) await drain(content);
}

const CONTROL = "Package: a\nVersion: 1\nArchitecture: amd64\nMaintainer: m\nDescription: d\n";
const CONTROL_SEEDS = TAR_SEEDS.map((tar) =>
  Buffer.concat([makeTar([{ path: "control", content: CONTROL }]).subarray(0, -1024), tar]),
);
const DEB_SEEDS = [
  makeDeb({ name: "a", compression: "none", files: [{ path: "usr/bin/a", content: "hello" }] }),
  makeDeb({ name: "b", compression: "gz", control: { postinst: "#!/bin/sh\nset -e\n", conffiles: "/etc/b\n" } }),
  makeDeb({ name: "c", compression: "xz", files: [{ path: "etc/c", content: "c" }] }),
];

function wrapDeb(bytes: Buffer, random: Random): Buffer {
  const tar = repairTar(bytes, random);
  const control = makeTar([{ path: "control", content: CONTROL }]);
  const isControl = random.isOneIn(2);
  const suffix = random.pick(["", ".gz", ".xz"]);
  const pack = { "": (raw: Buffer) => raw, ".gz": (raw: Buffer) => gzipSync(raw, { level: 1 }), ".xz": storeXz }[
    suffix
  ];
  if (pack === undefined) throw new Error("internal: no such suffix");
  return makeAr([
    ["debian-binary", Buffer.from("2.0\n")],
    [`control.tar${suffix}`, pack(isControl ? tar : control)],
    [`data.tar${suffix}`, pack(isControl ? control : tar)],
  ]);
}

function decompress(source: ByteStream, compression: "none" | "gzip" | "xz" | "zstd", name: string): ByteStream {
  switch (compression) {
    case "none":
      return source;
    case "gzip":
      return gunzip(source, name);
    case "xz":
      return unxz(source, name);
    case "zstd":
      return unzstd(source, name);
  }
}

function readWholeDeb(bytes: Buffer): Promise<void> {
  return readWhole(readDeb(pieces(bytes), { name: "fuzz.deb", decompress }, () => undefined));
}

async function readBlobs(bytes: Buffer): Promise<void> {
  const blobs = new GitBlobReader(pieces(bytes), "fuzz");
  try {
    for (let count = 0; count < 3; count += 1) await drain((await blobs.next("ab".repeat(20))).content);
  } finally {
    await blobs.close();
  }
}

const ZSTD = Buffer.from("28b52ffd200529000068656c6c6f", "hex");

export const BINARY_TARGETS: readonly FuzzTarget[] = [
  {
    name: "ar",
    group: "binary",
    seeds: () => [
      makeAr([
        ["a", Buffer.from("1")],
        ["bb/", Buffer.alloc(200)],
      ]),
      makeAr([]),
    ],
    tokens: ["!<arch>\n", "`\n", "debian-binary"],
    run: async (bytes) => {
      for await (const { content } of readAr(pieces(bytes), "fuzz")) await drain(content);
    },
  },
  {
    name: "tar",
    group: "binary",
    seeds: () => TAR_SEEDS,
    tokens: ["ustar\0", "ustar  \0", "././@LongLink", "30 mtime=1.5\n", "path=", "size=", "GNU.sparse.major"],
    repair: repairTar,
    run: (bytes) => readWhole(readTar(limited(pieces(bytes), MAX_UNPACKED), { name: "fuzz", absolute: "relative" })),
  },
  {
    name: "gzip",
    group: "binary",
    seeds: () => [gzipSync("hello"), gzipSync(Buffer.alloc(100_000)), Buffer.concat([gzipSync("a"), gzipSync("b")])],
    run: (bytes) => drain(limited(gunzip(pieces(bytes), "fuzz"), MAX_UNPACKED)),
  },
  {
    name: "xz",
    group: "binary",
    seeds: () => [storeXz(Buffer.from("hello")), storeXz(Buffer.alloc(70_000, 1))],
    run: (bytes) => drain(limited(unxz(pieces(bytes), "fuzz"), MAX_UNPACKED)),
  },
  {
    name: "zstd",
    group: "binary",
    seeds: () => [ZSTD],
    run: (bytes) => drain(limited(unzstd(pieces(bytes), "fuzz"), MAX_UNPACKED)),
  },
  {
    name: "deb",
    group: "binary",
    seeds: () => DEB_SEEDS,
    tokens: ["data.tar", "control.tar", ".zst"],
    run: readWholeDeb,
  },
  { name: "deb-tar", group: "binary", seeds: () => CONTROL_SEEDS, repair: wrapDeb, run: readWholeDeb },
  {
    name: "git-tree",
    group: "binary",
    seeds: () => [Buffer.from(`100644 blob ${"ab".repeat(20)}\ta\u0000160000 commit ${"cd".repeat(20)}\tsub\u0000`)],
    tokens: [".git", "120000", "040000 tree"],
    run: (bytes) => drain(parseGitTree(pieces(bytes), "fuzz")),
  },
  {
    name: "git-blobs",
    group: "binary",
    seeds: () => [Buffer.from(`${"ab".repeat(20)} blob 5\nhello\n`.repeat(3))],
    tokens: [" missing\n"],
    run: readBlobs,
  },
];
