// SPDX-License-Identifier: Apache-2.0
import { createHash, randomUUID, type Hash } from "node:crypto";
import { join } from "node:path";
import { BasaltError } from "../errors.js";
import type { ByteStream } from "../formats/bytes.js";
import { digestOfHex, parseSha256, splitDigest, type Digest } from "../formats/digest.js";
import {
  appendToFile,
  createTemporaryFile,
  listNames,
  moveFile,
  removeTree,
  statIfAny,
  streamFile,
  writeAll,
} from "../host/files.js";
import { acquireFileLock } from "../host/file-lock.js";
import type { BlobInfo, BlobStore, UploadStore } from "./blob-store.js";

const UPLOAD_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Blobs as files: `ALGORITHM/FIRST TWO HEX DIGITS/HEX` below `root`; what is being written lies under `temporary`, on the same disk. */
export function createDiskBlobStore(root: string, temporary: string): BlobStore {
  const pathOf = (digest: Digest): string => {
    const { algorithm, hex } = splitDigest(digest);
    return join(root, algorithm, hex.slice(0, 2), hex);
  };
  const stat = async (digest: Digest): Promise<BlobInfo | undefined> => {
    const facts = await statIfAny(pathOf(digest));
    return facts?.kind === "file" ? { digest, sizeBytes: facts.sizeBytes } : undefined;
  };
  return {
    stat,
    read: async function* (digest, range) {
      if ((await stat(digest)) === undefined) throw new BasaltError("BLOB_UNKNOWN", `there is no blob ${digest}`);
      yield* streamFile(pathOf(digest), range);
    },
    put: async (source, expected) => {
      const hash = createHash(expected === undefined ? "sha256" : splitDigest(expected).algorithm);
      const file = await createTemporaryFile(join(temporary, "blobs"));
      let sizeBytes = 0;
      try {
        for await (const chunk of source) {
          hash.update(chunk);
          sizeBytes += chunk.byteLength;
          await file.write(chunk);
        }
        const digest = checkDigest(hash, expected);
        if ((await stat(digest)) === undefined) {
          await file.close();
          await moveFile(file.path, pathOf(digest));
        }
        return { digest, sizeBytes };
      } finally {
        await file.discard();
      }
    },
    remove: async (digest) => {
      const found = await stat(digest);
      if (found !== undefined) await removeTree(pathOf(digest));
      return found !== undefined;
    },
    list: async function* () {
      for (const algorithm of ["sha256", "sha512"]) {
        for (const prefix of await listNames(join(root, algorithm))) {
          for (const hex of await listNames(join(root, algorithm, prefix))) {
            const facts = await statIfAny(join(root, algorithm, prefix, hex));
            if (facts?.kind === "file")
              yield { digest: `${algorithm}:${hex}` as Digest, sizeBytes: facts.sizeBytes, storedAt: facts.modifiedAt };
          }
        }
      }
    },
    uploads: createDiskUploads(join(temporary, "uploads"), pathOf),
  };
}

function checkDigest(hash: Hash, expected: Digest | undefined): Digest {
  const hex = hash.digest("hex");
  if (expected === undefined) return digestOfHex(parseSha256(hex));
  if (splitDigest(expected).hex === hex) return expected;
  throw new BasaltError(
    "BLOB_DIGEST_MISMATCH",
    `expected the digest ${expected}, received bytes with ${splitDigest(expected).algorithm}:${hex}`,
  );
}

/** A running hash that is good as long as all chunks pass through this process. */
interface RunningHash {
  readonly hash: Hash;
  readonly sizeBytes: number;
}

function createDiskUploads(folder: string, pathOf: (digest: Digest) => string): UploadStore {
  const running = new Map<string, RunningHash>();
  const fileOf = (id: string): string => {
    if (!UPLOAD_ID.test(id)) throw new BasaltError("UPLOAD_UNKNOWN", `there is no upload ${JSON.stringify(id)}`);
    return join(folder, id);
  };
  const sizeBytes = async (id: string): Promise<number> => {
    const facts = await statIfAny(fileOf(id));
    if (facts === undefined) throw new BasaltError("UPLOAD_UNKNOWN", `there is no upload ${id}`);
    return facts.sizeBytes;
  };
  /** One request at a time: two writers to one upload would mix their bytes. */
  const locked = async <T>(id: string, work: () => Promise<T>): Promise<T> => {
    const lock = await acquireFileLock(`${fileOf(id)}.lock`);
    if (lock === undefined) throw new BasaltError("UPLOAD_OUT_OF_ORDER", `another request is writing to upload ${id}`);
    try {
      return await work();
    } finally {
      await lock.release();
    }
  };
  const abandon = async (id: string): Promise<void> => {
    running.delete(id);
    await removeTree(fileOf(id));
  };
  return {
    start: async () => {
      const id = randomUUID();
      const file = await appendToFile(join(folder, id));
      await file.close();
      running.set(id, { hash: createHash("sha256"), sizeBytes: 0 });
      return id;
    },
    sizeBytes,
    append: (id, offset, source) =>
      locked(id, () => append({ id, offset, source, path: fileOf(id), sizeBytes, running })),
    finish: (id, digest) =>
      locked(id, async () => {
        const size = await sizeBytes(id);
        const hash = await hashOf({ path: fileOf(id), sizeBytes: size, digest, known: running.get(id) });
        try {
          checkDigest(hash, digest);
          await moveFile(fileOf(id), pathOf(digest));
        } finally {
          await abandon(id);
        }
        return { digest, sizeBytes: size };
      }),
    abandon,
    sweep: async (before) => {
      const ids = (await listNames(folder)).filter((name) => UPLOAD_ID.test(name));
      const stale: string[] = [];
      for (const id of ids) {
        const facts = await statIfAny(join(folder, id));
        if (facts !== undefined && facts.modifiedAt < before) stale.push(id);
      }
      for (const id of stale) await abandon(id);
      return stale.length;
    },
  };
}

interface Append {
  readonly id: string;
  readonly offset: number | undefined;
  readonly source: ByteStream;
  readonly path: string;
  readonly sizeBytes: (id: string) => Promise<number>;
  readonly running: Map<string, RunningHash>;
}

async function append({ id, offset, source, path, sizeBytes, running }: Append): Promise<number> {
  const before = await sizeBytes(id);
  if (offset !== undefined && offset !== before)
    throw new BasaltError("UPLOAD_OUT_OF_ORDER", `the upload has ${before} bytes, and the chunk begins at ${offset}`);
  const known = running.get(id);
  const hash = known?.sizeBytes === before ? known.hash : undefined;
  running.delete(id);
  const file = await appendToFile(path);
  let size = before;
  try {
    await writeAll(
      file,
      (async function* () {
        for await (const chunk of source) {
          hash?.update(chunk);
          size += chunk.byteLength;
          yield chunk;
        }
      })(),
    );
  } finally {
    await file.close();
  }
  if (hash !== undefined) running.set(id, { hash, sizeBytes: size });
  return size;
}

interface WholeUpload {
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
  readonly known: RunningHash | undefined;
}

/** The hash that grew with the chunks, if it saw them all; else the file is read again. */
async function hashOf({ path, sizeBytes, digest, known }: WholeUpload): Promise<Hash> {
  const { algorithm } = splitDigest(digest);
  if (algorithm === "sha256" && known?.sizeBytes === sizeBytes) return known.hash;
  const hash = createHash(algorithm);
  for await (const chunk of streamFile(path)) hash.update(chunk);
  return hash;
}
