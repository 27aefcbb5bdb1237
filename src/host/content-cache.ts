// SPDX-License-Identifier: Apache-2.0
import { createHash, type Hash } from "node:crypto";
import { join } from "node:path";
import { BasaltError } from "../errors.js";
import { isSha256, parseSha256, type Sha256 } from "../formats/digest.js";
import { integrityAlgorithm, integrityHex, type Integrity } from "../formats/integrity.js";
import {
  createTemporaryFile,
  listNames,
  moveFile,
  readTextIfAny,
  removeTree,
  statIfAny,
  streamFile,
  writeFileAtomic,
  type FileFacts,
} from "./files.js";
import { enterCache, leaveCache, useCacheEntry } from "./cache-use.js";
import type { ByteStream } from "../formats/bytes.js";

/** A verified file in the cache. */
export interface CachedFile {
  readonly path: string;
  readonly sha256: Sha256;
  readonly sizeBytes: number;
}

/**
 * Downloads by content: a file stands under its SHA-256 only after its hash was checked, so what is found can be used.
 * Several processes may use one cache: files appear by rename and are never changed.
 */
export class ContentCache {
  readonly #folder: string;
  readonly #root: string;

  constructor(cacheFolder: string) {
    this.#folder = cacheFolder;
    this.#root = join(cacheFolder, "content");
  }

  /**
   * Notes that a file or folder anywhere in the cache's folder is used, so that nobody prunes it while this process runs; answers what it
   * is, or undefined where there is none.
   */
  async use(path: string): Promise<FileFacts | undefined> {
    return useCacheEntry(this.#folder, path);
  }

  /** Ends what `use` and `find` began: what this process used may be pruned. The end of the process does so, too. */
  async leave(): Promise<void> {
    await leaveCache(this.#folder);
  }

  async find(sha256: Sha256): Promise<CachedFile | undefined> {
    const path = this.pathOf(sha256);
    const facts = await this.use(path);
    return facts?.kind === "file" ? { path, sha256, sizeBytes: facts.sizeBytes } : undefined;
  }

  /** Finds a file by another hash, under which it was once put. */
  async findByIntegrity(integrity: Integrity): Promise<CachedFile | undefined> {
    if (integrityAlgorithm(integrity) === "sha256") return this.find(parseSha256(integrityHex(integrity)));
    const name = (await readTextIfAny(this.#aliasOf(integrity)))?.trim();
    // An alias that was damaged on the disk is as good as none: the file is loaded again.
    return name !== undefined && isSha256(name) ? this.find(name) : undefined;
  }

  /** Where a download in progress is kept, so that a later run can go on with it. */
  partialPath(integrity: Integrity): string {
    return join(this.#root, "partial", `${integrityAlgorithm(integrity)}-${integrityHex(integrity).slice(0, 64)}`);
  }

  /** Takes a file whose content was already checked against `integrity`. */
  async adopt(
    path: string,
    found: { readonly sha256: Sha256; readonly sizeBytes: number; readonly integrity: Integrity },
  ): Promise<CachedFile> {
    const target = this.pathOf(found.sha256);
    await moveFile(path, target);
    if (integrityAlgorithm(found.integrity) !== "sha256")
      await writeFileAtomic(this.#aliasOf(found.integrity), `${found.sha256}\n`);
    return { path: target, sha256: found.sha256, sizeBytes: found.sizeBytes };
  }

  /** Passes bytes made on this machine through; when all went by, they are stored under their hash. */
  async *keep(source: ByteStream): AsyncGenerator<Uint8Array, CachedFile> {
    await enterCache(this.#folder);
    const file = await createTemporaryFile(join(this.#root, "partial"));
    const hash = createHash("sha256");
    let sizeBytes = 0;
    try {
      for await (const chunk of source) {
        hash.update(chunk);
        sizeBytes += chunk.byteLength;
        await file.write(chunk);
        yield chunk;
      }
      await file.close();
      const sha256 = parseSha256(hash.digest("hex"));
      await moveFile(file.path, this.pathOf(sha256));
      return { path: this.pathOf(sha256), sha256, sizeBytes };
    } finally {
      await file.discard();
    }
  }

  /** As `keep`, for what nobody reads on the way. */
  async store(source: ByteStream): Promise<CachedFile> {
    const keeping = this.keep(source);
    for (;;) {
      const step = await keeping.next();
      if (step.done === true) return step.value;
    }
  }

  /** Notes a file as the outcome of some work, which `key` names: letters, digits, dashes. */
  async remember(key: string, file: CachedFile): Promise<void> {
    await writeFileAtomic(this.#noteOf(key), `${file.sha256}\n`);
  }

  async recall(key: string): Promise<CachedFile | undefined> {
    const name = (await readTextIfAny(this.#noteOf(key)))?.trim();
    return name !== undefined && isSha256(name) ? this.find(name) : undefined;
  }

  /**
   * Reads a file and checks it once more, all of it, also where the reader stops earlier. One that was damaged on the disk is
   * forgotten, so that the next run loads it again. @throws BasaltError `CACHE_DAMAGED` at the end
   */
  async *read(file: CachedFile): AsyncGenerator<Buffer> {
    const hash = createHash("sha256");
    let readBytes = 0;
    let isWhole = false;
    try {
      for await (const chunk of streamFile(file.path)) {
        hash.update(chunk);
        readBytes += chunk.length;
        yield chunk;
      }
      isWhole = true;
    } finally {
      // A file that was read to its end may be gone by now: the cache can be deleted at any time.
      if (!isWhole) for await (const chunk of streamFile(file.path, { offset: readBytes })) hash.update(chunk);
      await requireHash(file, hash);
    }
  }

  /** Every file that is complete. What others put into the folders is passed over. */
  async *list(): AsyncGenerator<CachedFile> {
    const root = join(this.#root, "sha256");
    for (const prefix of await listNames(root)) {
      for (const name of await listNames(join(root, prefix))) {
        const path = join(root, prefix, name);
        const facts = isSha256(name) ? await statIfAny(path) : undefined; // looking is no use
        if (facts?.kind === "file") yield { path, sha256: parseSha256(name), sizeBytes: facts.sizeBytes };
      }
    }
  }

  pathOf(sha256: Sha256): string {
    return join(this.#root, "sha256", sha256.slice(0, 2), sha256);
  }

  #noteOf(key: string): string {
    return join(this.#root, "by-work", key);
  }

  #aliasOf(integrity: Integrity): string {
    return join(this.#root, "by-integrity", `${integrityAlgorithm(integrity)}-${integrityHex(integrity)}`);
  }
}

async function requireHash(file: CachedFile, hash: Hash): Promise<void> {
  if (hash.digest("hex") === file.sha256) return;
  await removeTree(file.path);
  throw new BasaltError("CACHE_DAMAGED", `the cached file ${file.path} is not what it was, and was removed`);
}
