// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { gunzip } from "../archive/gzip.js";
import { readTar } from "../archive/tar-reader.js";
import { ByteReader, bytesOf, collect, limited } from "../bytes.js";
import { MemberReader } from "./members.js";
import { verifyApkSignature, type ApkKey } from "./signed.js";

/** A verified index. */
export interface ApkIndexArchive {
  /** The file APKINDEX. */
  readonly text: string;
  /** What the repository says of itself, e.g. `v3.24.1-23-g0123abc`. */
  readonly description: string;
  /** Modification time of the file APKINDEX: when it was made, in seconds since 1970. */
  readonly madeAtSeconds: number;
  /** Fingerprints of the keys that signed it. */
  readonly signedBy: readonly string[];
}

const MiB = 1024 * 1024;
const MAX_SIGNATURE_BYTES = MiB;
const MAX_INDEX_BYTES = 300 * MiB; // as for Debian; Alpine's community has 12 MiB
const MAX_DESCRIPTION_BYTES = 64 * 1024;

/**
 * Verifies and reads an APKINDEX.tar.gz: the first gzip member is the signature, all bytes after it are what is signed.
 * @throws BasaltError `SIGNATURE_INVALID`, `APKINDEX_INVALID`, `GZIP_INVALID`, `SIZE_LIMIT_EXCEEDED` and those of tar
 */
export async function readIndexArchive(
  bytes: Buffer,
  { keys, name }: { readonly keys: readonly ApkKey[]; readonly name: string },
): Promise<ApkIndexArchive> {
  const limits = {
    code: "APKINDEX_INVALID",
    name,
    maxBytes: MAX_SIGNATURE_BYTES,
    maxContentBytes: MAX_SIGNATURE_BYTES,
  } as const;
  const members = new MemberReader(new ByteReader(bytesOf(bytes), limits), limits);
  const segment = await members.next();
  if (segment === undefined) throw new BasaltError("APKINDEX_INVALID", `${name} is empty`);
  const signed = bytes.subarray(segment.raw.length);
  if (signed.length === 0) throw new BasaltError("SIGNATURE_INVALID", `${name} has nothing that is signed`);
  const signedBy = await verifyApkSignature(segment.content, signed, { keys, name });
  let index: { readonly text: string; readonly madeAtSeconds: number } | undefined;
  let description = "";
  const unpacked = limited(gunzip(bytesOf(signed), name), { maxBytes: MAX_INDEX_BYTES, name });
  for await (const { entry, content } of readTar(unpacked, { name })) {
    if (entry.kind !== "file") continue;
    if (entry.path === "APKINDEX") {
      const text = (await collect(content, { maxBytes: MAX_INDEX_BYTES, name })).toString("utf8");
      index = { text, madeAtSeconds: entry.mtimeSeconds };
    } else if (entry.path === "DESCRIPTION")
      description = (await collect(content, { maxBytes: MAX_DESCRIPTION_BYTES, name })).toString("utf8").trim();
  }
  if (index === undefined) throw new BasaltError("APKINDEX_INVALID", `${name} has no file APKINDEX`);
  return { ...index, description, signedBy };
}
