// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { BasaltError } from "../../errors.js";
import { gunzip } from "../archive/gzip.js";
import { readTar, type TarItem } from "../archive/tar-reader.js";
import { ByteReader, bytesOf, collect, limited, type ByteStream } from "../bytes.js";
import { MemberReader, type GzipMember } from "./members.js";
import { parsePackageInfo, type ApkPackageInfo } from "./package-info.js";

/** What stands before the files of a package. */
export interface ApkControl {
  readonly info: ApkPackageInfo;
  /** Of the control segment: `Q1` and its SHA-1 in base64, as indexes have it. */
  readonly checksum: string;
  /** By name: `post-install`, `trigger`, and so on. */
  readonly scripts: ReadonlyMap<string, Buffer>;
}

/** A file of a package, with the checksum that the installed database keeps. */
export interface ApkItem extends TarItem {
  /** Of a file: `Q1` and the SHA-1 of its content in base64; of a link, of its target. Known once the content was read. */
  readonly checksum: () => string | undefined;
}

/** Scripts that apk knows. Source: apk-tools, src/package.c, apk_script_types. */
const SCRIPT = /^\.(?<name>(?:pre|post)-(?:install|upgrade|deinstall)|trigger)$/;
const FILE_CHECKSUM = "APK-TOOLS.checksum.SHA1";
const MiB = 1024 * 1024;
const MAX_CONTROL_BYTES = 8 * MiB; // real ones stay below 100 KiB
const MAX_DATA_BYTES = 8 * 1024 * MiB; // the largest of Alpine have 1 GiB

/**
 * Reads a package of format 2 in one pass: a signature segment, which the signed index makes needless, the control segment, and the
 * data segment. Calls `onControl` before the first file. The data segment must have the SHA-256 that the control segment names, and
 * each file the SHA-1 that its header does. Source: Alpine wiki, "Apk spec", "Package Format V2".
 * @throws BasaltError `APK_INVALID`, `GZIP_INVALID`, `SIZE_LIMIT_EXCEEDED` and those of tar
 */
export async function* readApk(
  source: ByteStream,
  { name }: { readonly name: string },
  onControl: (control: ApkControl) => void,
): AsyncGenerator<ApkItem> {
  const limits = {
    code: "APK_INVALID",
    name,
    maxBytes: MAX_CONTROL_BYTES,
    maxContentBytes: MAX_CONTROL_BYTES,
  } as const;
  const reader = new ByteReader(source, limits);
  try {
    const members = new MemberReader(reader, limits);
    const control = await readControl(members, name);
    onControl(control);
    const hash = createHash("sha256");
    const compressed = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of members.rest()) {
        hash.update(chunk);
        yield chunk;
      }
    };
    const unpacked = limited(gunzip(compressed(), name), { maxBytes: MAX_DATA_BYTES, name });
    for await (const item of readTar(unpacked, { name })) yield withChecksum(item, name);
    if (hash.digest("hex") !== control.info.dataHash)
      throw new BasaltError("APK_INVALID", `${name} has other files than its control segment names`);
  } finally {
    await reader.close();
  }
}

async function readControl(members: MemberReader, name: string): Promise<ApkControl> {
  let member = await nextMember(members, name);
  // Signatures come first where there are any; a control segment has no such file.
  if (await isSignature(member, name)) member = await nextMember(members, name);
  const scripts = new Map<string, Buffer>();
  let info: ApkPackageInfo | undefined;
  for await (const { entry, content } of readTar(bytesOf(member.content), { name: `${name} (control)` })) {
    if (entry.kind !== "file") continue;
    const script = SCRIPT.exec(entry.path)?.groups?.["name"];
    const bytes = await collect(content, { maxBytes: MAX_CONTROL_BYTES, name });
    if (script !== undefined) scripts.set(script, bytes);
    else if (entry.path === ".PKGINFO") info = parsePackageInfo(bytes.toString("utf8"), name);
  }
  if (info === undefined) throw new BasaltError("APK_INVALID", `${name} has no .PKGINFO`);
  return { info, scripts, checksum: q1(createHash("sha1").update(member.raw).digest()) };
}

async function nextMember(members: MemberReader, name: string): Promise<GzipMember> {
  const member = await members.next();
  if (member === undefined) throw new BasaltError("APK_INVALID", `${name} has no control segment`);
  return member;
}

async function isSignature({ content }: GzipMember, name: string): Promise<boolean> {
  for await (const { entry } of readTar(bytesOf(content), { name: `${name} (signature)` }))
    return entry.path.startsWith(".SIGN.");
  return false;
}

function withChecksum(item: TarItem, name: string): ApkItem {
  const { entry } = item;
  const promised = item.pax?.get(FILE_CHECKSUM)?.toString("latin1").toLowerCase();
  if (entry.kind === "symlink") {
    const found = createHash("sha1").update(entry.target).digest();
    return { ...item, checksum: () => q1(found) };
  }
  if (entry.kind !== "file")
    return { ...item, checksum: () => (promised === undefined ? undefined : q1(Buffer.from(promised, "hex"))) };
  const hash = createHash("sha1");
  let found: Buffer | undefined;
  const content = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of item.content) {
      hash.update(chunk);
      yield chunk;
    }
    found = hash.digest();
    if (promised !== undefined && found.toString("hex") !== promised)
      throw new BasaltError("APK_INVALID", `${name} has the file ${entry.path} with another content than it names`);
  };
  return { ...item, content: content(), checksum: () => (found === undefined ? undefined : q1(found)) };
}

/** How apk writes a SHA-1. */
function q1(sha1: Buffer): string {
  return `Q1${sha1.toString("base64")}`;
}
