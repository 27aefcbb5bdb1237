// SPDX-License-Identifier: Apache-2.0
import { createHash, randomUUID, type Hash } from "node:crypto";
import { basename, join } from "node:path";
import { BasaltError } from "../errors.js";
import type { ByteStream } from "../formats/bytes.js";
import { digestOfHex, parseSha256, splitDigest, type Digest } from "../formats/digest.js";
import {
  appendToFile,
  createTemporaryFile,
  listNames,
  moveFileDurably,
  removeTree,
  statIfAny,
  streamFile,
  writeAll,
} from "../host/files.js";
import { acquireFileLock } from "../host/file-lock.js";
import type { BlobInfo, BlobStore, UploadStore } from "./blob-store.js";

const LOCK_SUFFIX = ".lock";
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
  const folders = { blobs: join(temporary, "blobs"), uploads: join(temporary, "uploads") };
  return {
    stat,
    read: async function* (digest, range) {
      if ((await stat(digest)) === undefined) throw new BasaltError("BLOB_UNKNOWN", `there is no blob ${digest}`);
      yield* streamFile(pathOf(digest), range);
    },
    put: async (source, expected) => {
      const hash = createHash(expected === undefined ? "sha256" : splitDigest(expected).algorithm);
      const file = await createTemporaryFile(folders.blobs);
      let sizeBytes = 0;
      try {
        for await (const chunk of source) {
          hash.update(chunk);
          sizeBytes += chunk.byteLength;
          await file.write(chunk);
        }
        const digest = checkDigest(hash, expected);
        await file.close();
        // Over one that is there as well: the new file is as young as its grace time must be.
        await moveFileDurably(file.path, pathOf(digest));
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
    uploads: createDiskUploads(folders, pathOf),
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

/** Where unfinished things lie: blobs that one process writes at once, and uploads that come in several requests. */
interface UnfinishedFolders {
  readonly blobs: string;
  readonly uploads: string;
}

function createDiskUploads(folders: UnfinishedFolders, pathOf: (digest: Digest) => string): UploadStore {
  const folder = folders.uploads;
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
    const lock = await acquireFileLock(lockOf(fileOf(id)));
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
          await moveFileDurably(fileOf(id), pathOf(digest));
        } finally {
          await abandon(id);
        }
        return { digest, sizeBytes: size };
      }),
    abandon,
    sweep: async (before, { isDryRun = false } = {}) => {
      const stale = [...(await listStale(folders.blobs, before)), ...(await listStale(folders.uploads, before))];
      if (!isDryRun) for (const path of stale) await Promise.all([removeTree(path), removeTree(lockOf(path))]);
      return stale.length;
    },
  };
}

/** Paths of files that were not touched since `before`; of one that is gone its lock may be left. */
async function listStale(folder: string, before: Date): Promise<readonly string[]> {
  const names = new Set((await listNames(folder)).map((name) => basename(name, LOCK_SUFFIX)));
  const stale: string[] = [];
  for (const path of [...names].map((name) => join(folder, name))) {
    const facts = (await statIfAny(path)) ?? (await statIfAny(lockOf(path)));
    if (facts !== undefined && facts.modifiedAt < before) stale.push(path);
  }
  return stale;
}

function lockOf(path: string): string {
  return `${path}${LOCK_SUFFIX}`;
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
