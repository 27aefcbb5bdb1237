// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { formatTarHeader, TAR_END, tarPaddingBytes, type WritableEntry } from "../../src/formats/archive/tar-writer.js";

/** An entry as tests write it: what is left out is root's, mode 0644 or 0755, from the year 2026. */
export type TestEntry = {
  readonly path: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtimeSeconds?: number;
  readonly xattrs?: ReadonlyMap<string, Buffer>;
} & (
  | { readonly kind?: "file"; readonly content: string | Buffer }
  | { readonly kind: "directory" }
  | { readonly kind: "symlink"; readonly target: string }
  | { readonly kind: "hardlink"; readonly target: string }
);

const MTIME_SECONDS = 1_770_000_000;

/** A tar archive of these entries. */
export function makeTar(entries: readonly TestEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap((entry) => [...tarEntry(entry)]), TAR_END]);
}

function tarEntry(entry: TestEntry): readonly Buffer[] {
  const { path, mode, uid = 0, gid = 0, mtimeSeconds = MTIME_SECONDS } = entry;
  const common = { path, uid, gid, mtimeSeconds, ...(entry.xattrs === undefined ? {} : { xattrs: entry.xattrs }) };
  if ("content" in entry) {
    const content = Buffer.from(entry.content);
    const header: WritableEntry = { ...common, kind: "file", mode: mode ?? 0o644, sizeBytes: content.length };
    return [formatTarHeader(header), content, tarPaddingBytes(content.length)];
  }
  if (entry.kind === "directory") return [formatTarHeader({ ...common, kind: "directory", mode: mode ?? 0o755 })];
  return [formatTarHeader({ ...common, kind: entry.kind, mode: mode ?? 0o777, target: entry.target })];
}

/** An ar archive as dpkg-deb writes it. */
export function makeAr(members: readonly (readonly [name: string, content: Buffer])[]): Buffer {
  const parts = members.flatMap(([name, content]) => {
    const header = `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}${String(content.length).padEnd(10)}\`\n`;
    return [Buffer.from(header, "latin1"), content, Buffer.from(content.length % 2 === 1 ? "\n" : "")];
  });
  return Buffer.concat([Buffer.from("!<arch>\n"), ...parts]);
}

/**
 * The bytes as an xz file whose blocks are stored, not compressed: nothing on a machine with Node.js alone compresses xz.
 * Source: The .xz File Format 1.2.1; LZMA2 chunks of type 1.
 */
export function storeXz(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let offset = 0; offset < bytes.length; offset += 65_536) {
    const part = bytes.subarray(offset, offset + 65_536);
    const head = Buffer.alloc(3);
    head[0] = offset === 0 ? 1 : 2;
    head.writeUInt16BE(part.length - 1, 1);
    chunks.push(head, part);
  }
  const data = Buffer.concat([...chunks, Buffer.from([0])]);
  const flags = Buffer.from([0, 1]); // check: CRC32
  const streamHeader = Buffer.concat([Buffer.from("fd377a585a00", "hex"), flags, crc(flags)]);
  const blockHead = Buffer.from([2, 0, 0x21, 1, 0x16, 0, 0, 0]); // one filter, LZMA2, dictionary of 8 MiB
  const blockHeader = Buffer.concat([blockHead, crc(blockHead)]);
  const check = crc(bytes);
  const unpaddedSize = blockHeader.length + data.length + check.length;
  const block = Buffer.concat([blockHeader, data, Buffer.alloc((4 - (data.length % 4)) % 4), check]);
  const records = Buffer.concat([Buffer.from([0, 1]), vli(unpaddedSize), vli(bytes.length)]);
  const indexBody = Buffer.concat([records, Buffer.alloc((4 - (records.length % 4)) % 4)]);
  const index = Buffer.concat([indexBody, crc(indexBody)]);
  const backward = Buffer.alloc(6);
  backward.writeUInt32LE(index.length / 4 - 1, 0);
  flags.copy(backward, 4);
  return Buffer.concat([streamHeader, block, index, crc(backward), backward, Buffer.from("YZ")]);
}

function crc(bytes: Buffer): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(crc32(bytes), 0);
  return out;
}

function vli(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

export function sha256(bytes: Buffer | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
