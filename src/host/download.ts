// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from "node:crypto";
import { BasaltError } from "../errors.js";
import { parseSha256 } from "../formats/digest.js";
import { integrityHash, type Integrity } from "../formats/integrity.js";
import type { CachedFile, ContentCache } from "./content-cache.js";
import { appendToFile, hasErrno, removeTree, statIfAny, streamFile, type TemporaryFile } from "./files.js";
import { redactUrl, type HttpClient, type HttpResponse } from "./http.js";
import { acquireFileLock } from "./file-lock.js";
import type { RetryPolicy } from "./host.js";
import { wait } from "./wait.js";

export interface Download {
  /** Where the file may be had; tried in order, each as often as `attempts` says. */
  readonly urls: readonly URL[];
  readonly integrity: Integrity;
  /** Size that the index or the lock promises; without it `maxBytes` bounds the download. */
  readonly sizeBytes?: number;
  readonly maxBytes?: number;
  /** Name for messages. */
  readonly name: string;
}

export interface DownloadOptions {
  readonly http: HttpClient;
  readonly cache: ContentCache;
  readonly signal?: AbortSignal;
  readonly onProgress?: (receivedBytes: number) => void;
  /** For each URL. */
  readonly retry: RetryPolicy;
}

const MAX_BYTES = 4 * 1024 ** 3; // for downloads without a promised size

/**
 * Finds a file in the cache or downloads it. A download that broke off is continued where it ended, by this run or the
 * next; nothing is put into the cache before its hash was checked.
 * @throws BasaltError `FETCH_DIGEST_MISMATCH`, `FETCH_SIZE_MISMATCH`, `HTTP_STATUS`, `NETWORK_UNREACHABLE`, `NETWORK_OFFLINE`, `DISK_FULL`
 */
export async function download(file: Download, options: DownloadOptions): Promise<CachedFile> {
  const cached = await options.cache.findByIntegrity(file.integrity);
  if (cached !== undefined && (file.sizeBytes === undefined || cached.sizeBytes === file.sizeBytes)) return cached;
  const partial = options.cache.partialPath(file.integrity);
  const lock = await acquireFileLock(`${partial}.lock`);
  // Another process is loading the same file: load it beside that one rather than wait.
  const path = lock === undefined ? `${partial}.${randomBytes(4).toString("hex")}` : partial;
  try {
    return await tryAll(file, path, options);
  } finally {
    if (lock === undefined) await removeTree(path);
    await lock?.release();
  }
}

async function tryAll(file: Download, path: string, options: DownloadOptions): Promise<CachedFile> {
  const failures: Error[] = [];
  for (const url of file.urls) {
    const found = await tryOne(url, file, path, options);
    if (!(found instanceof Error)) return found;
    failures.push(found);
  }
  throw failureOf(failures);
}

/** The file, or why this address does not have it. */
async function tryOne(url: URL, file: Download, path: string, options: DownloadOptions): Promise<CachedFile | Error> {
  const { attempts, backoffMs } = options.retry;
  let failure = new Error("internal: a download without attempts");
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const isResumed = (await statIfAny(path)) !== undefined;
    try {
      await receive(url, file, path, options);
      return await adopt(url, file, path, options);
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      if (isHopeless(error)) throw error;
      // The beginning may stem from another file: then the whole from this address is worth a try.
      if (isWrongFile(error) && isResumed) continue;
      if (isWrongFile(error) || isMissing(error)) return failure;
      if (attempt + 1 < attempts) await wait(backoffMs * 2 ** attempt, options.signal);
    }
  }
  return failure;
}

/** Where all addresses fail: the code of the first, which is the best one, and what each of them said. */
function failureOf(failures: readonly Error[]): Error {
  const [first] = failures;
  if (first === undefined) return new Error("internal: a download without URLs");
  if (!(first instanceof BasaltError) || failures.length === 1) return first;
  const told = [...new Set(failures.map(({ message }) => message))];
  return new BasaltError(first.code, told.join("; "), { cause: first });
}

/** Adds what is missing to the partial file. */
async function receive(url: URL, file: Download, path: string, options: DownloadOptions): Promise<void> {
  const present = await statIfAny(path);
  if (present !== undefined && present.sizeBytes === file.sizeBytes) return;
  const presentBytes = present?.sizeBytes ?? 0;
  const headers = presentBytes > 0 ? { range: `bytes=${presentBytes}-` } : {};
  const response = await options.http.request(url, {
    headers,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (response.status === 416) {
    await response.cancel();
    await removeTree(path);
    throw new BasaltError(
      "NETWORK_UNREACHABLE",
      `${redactUrl(url)} does not continue a download at byte ${presentBytes}`,
    );
  }
  if (response.status !== 200 && response.status !== 206) {
    await response.cancel();
    throw statusError(url, response);
  }
  if (response.status === 200 && presentBytes > 0) await removeTree(path);
  const target = await appendToFile(path);
  try {
    await writeBounded(target, response, {
      url,
      file,
      startBytes: response.status === 206 ? presentBytes : 0,
      options,
    });
  } finally {
    await target.close();
  }
}

interface WriteContext {
  readonly url: URL;
  readonly file: Download;
  readonly startBytes: number;
  readonly options: DownloadOptions;
}

async function writeBounded(target: TemporaryFile, response: HttpResponse, context: WriteContext): Promise<void> {
  const { url, file, options } = context;
  const maxBytes = file.sizeBytes ?? file.maxBytes ?? MAX_BYTES;
  let receivedBytes = context.startBytes;
  for await (const chunk of response.body) {
    receivedBytes += chunk.byteLength;
    if (receivedBytes > maxBytes) {
      await target.discard();
      throw new BasaltError(
        "FETCH_SIZE_MISMATCH",
        `${redactUrl(url)} sends more than the ${maxBytes} bytes of ${file.name}`,
      );
    }
    await target.write(chunk);
    options.onProgress?.(receivedBytes);
  }
  if (file.sizeBytes !== undefined && receivedBytes < file.sizeBytes) {
    await target.discard(); // the server ended in good order, so it has a shorter file
    throw new BasaltError(
      "FETCH_SIZE_MISMATCH",
      `${redactUrl(url)} sent ${receivedBytes} of the ${file.sizeBytes} bytes of ${file.name}`,
    );
  }
}

/** Hashes the whole file, since part of it may stem from an earlier run, and moves it into the cache. */
async function adopt(url: URL, file: Download, path: string, options: DownloadOptions): Promise<CachedFile> {
  const expected = integrityHash(file.integrity);
  const sha256 = createHash("sha256");
  let sizeBytes = 0;
  for await (const chunk of streamFile(path)) {
    expected.update(chunk);
    sha256.update(chunk);
    sizeBytes += chunk.length;
  }
  if (!expected.matches()) {
    await removeTree(path);
    throw new BasaltError(
      "FETCH_DIGEST_MISMATCH",
      `${redactUrl(url)} is not the ${file.name} that was asked for: its hash is not ${file.integrity}`,
    );
  }
  return options.cache.adopt(path, { sha256: parseSha256(sha256.digest("hex")), sizeBytes, integrity: file.integrity });
}

function statusError(url: URL, response: HttpResponse): BasaltError {
  const isBusy = response.status === 429 || response.status >= 500;
  const message = `${redactUrl(url)} answered ${response.status}`;
  return isBusy ? new BasaltError("NETWORK_UNREACHABLE", message) : new BasaltError("HTTP_STATUS", message);
}

/** The server has something else under that address; what was received is gone. */
function isWrongFile(error: unknown): boolean {
  return (
    error instanceof BasaltError && (error.code === "FETCH_DIGEST_MISMATCH" || error.code === "FETCH_SIZE_MISMATCH")
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof BasaltError && error.code === "HTTP_STATUS";
}

/** Errors that another try cannot mend. */
function isHopeless(error: unknown): boolean {
  if (!(error instanceof BasaltError)) return !hasErrno(error, "ECONNRESET", "EPIPE");
  return (
    error.code === "CANCELLED" ||
    error.code === "NETWORK_OFFLINE" ||
    error.code === "DISK_FULL" ||
    error.code === "FILE_UNREADABLE"
  );
}
