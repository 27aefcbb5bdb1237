// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { BasaltError } from "../../errors.js";
import { readIndexArchive } from "../../formats/apk/index-archive.js";
import { openApkIndex } from "../../formats/apk/packages-index.js";
import type { ApkKey } from "../../formats/apk/signed.js";
import { bytesOf, collect } from "../../formats/bytes.js";
import { prettyJson } from "../../formats/canonical-json.js";
import { isSha256, sha256Hex } from "../../formats/digest.js";
import { readTextIfAny, writeFileAtomic } from "../../host/files.js";
import { redactUrl, type HttpResponse } from "../../host/http.js";
import type { Host } from "../../host/host.js";
import { wait } from "../../host/wait.js";
import type { AlpineRepository } from "./repositories.js";
import type { UniversePart } from "./universe.js";

/** What is remembered of an index, so that an unchanged one is not sent again; its signature is verified at each use. */
interface RememberedIndex {
  readonly etag?: string;
  readonly lastModified?: string;
  /** Of the archive, which lies in the cache. */
  readonly sha256: string;
}

export interface IndexContext {
  readonly architecture: string;
  readonly keys: readonly ApkKey[];
  readonly host: Host;
  readonly signal?: AbortSignal;
}

const MAX_ARCHIVE_BYTES = 64 * 1024 * 1024; // community of 3.22 has 2.5 MiB

/**
 * Fetches an index, or asks whether it changed, and verifies it. @throws BasaltError `SIGNATURE_INVALID`, `APKINDEX_INVALID`, and
 * network errors
 */
export async function openIndex(repository: AlpineRepository, context: IndexContext): Promise<UniversePart> {
  const { architecture, host, keys } = context;
  const url = new URL(`${architecture}/APKINDEX.tar.gz`, repository.url);
  const name = redactUrl(url);
  const bytes = await refresh(url, context);
  const archive = await readIndexArchive(bytes, { keys, name });
  const madeAt = new Date(archive.madeAtSeconds * 1000);
  const text = Buffer.from(archive.text);
  return {
    place: { ...repository, folder: `${repository.folder}${architecture}/` },
    index: openApkIndex(archive.text, name),
    evidence: {
      repository: repository.repository,
      suite: repository.suite,
      component: repository.component,
      architecture,
      releaseSha256: sha256Hex(bytes),
      releasedAt: (Number.isNaN(madeAt.getTime()) ? host.now() : madeAt).toISOString(),
      indexSha256: sha256Hex(text),
      signedBy: archive.signedBy,
    },
  };
}

async function refresh(url: URL, context: IndexContext): Promise<Buffer> {
  const { host } = context;
  const memory = join(host.home.cache, "releases", `${sha256Hex(url.href)}.json`);
  const known = await recall(memory, host);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask({ url, memory, known }, context);
    } catch (error) {
      if (!(error instanceof BasaltError) || error.code !== "NETWORK_UNREACHABLE" || attempt === host.retry.attempts)
        throw error;
      await wait(host.retry.backoffMs * 2 ** (attempt - 1), context.signal);
    }
  }
}

type Known = RememberedIndex & { readonly bytes: Buffer };

async function ask(
  { url, memory, known }: { readonly url: URL; readonly memory: string; readonly known: Known | undefined },
  { host, signal, keys }: IndexContext,
): Promise<Buffer> {
  const headers = {
    ...(known?.etag === undefined ? {} : { "if-none-match": known.etag }),
    ...(known?.lastModified === undefined ? {} : { "if-modified-since": known.lastModified }),
  };
  const request = { headers, ...(signal === undefined ? {} : { signal }) };
  const response = await host.http.request(url, request).catch((error: unknown) => {
    // Offline, an index that was verified before is as good as it was.
    if (known !== undefined && error instanceof BasaltError && error.code === "NETWORK_OFFLINE") return undefined;
    throw error;
  });
  if (known !== undefined && (response === undefined || response.status === 304)) {
    await response?.cancel();
    return known.bytes;
  }
  const name = redactUrl(url);
  const bytes = await collect(await bodyOf(response, name), { maxBytes: MAX_ARCHIVE_BYTES, name });
  // Only what is good is remembered.
  await readIndexArchive(bytes, { keys, name });
  const file = await host.cache.store(bytesOf(bytes));
  const etag = response?.header("etag");
  const lastModified = response?.header("last-modified");
  const remembered: RememberedIndex = {
    sha256: file.sha256,
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
  };
  await writeFileAtomic(memory, prettyJson(remembered));
  return bytes;
}

async function bodyOf(response: HttpResponse | undefined, name: string): Promise<HttpResponse["body"]> {
  if (response?.status === 200) return response.body;
  await response?.cancel();
  const isBusy = response !== undefined && (response.status === 429 || response.status >= 500);
  throw new BasaltError(
    isBusy ? "NETWORK_UNREACHABLE" : "HTTP_STATUS",
    `${name} answered ${response?.status ?? "nothing"}`,
  );
}

async function recall(path: string, { cache }: Host): Promise<Known | undefined> {
  const text = await readTextIfAny(path);
  if (text === undefined) return undefined;
  try {
    const remembered = JSON.parse(text) as RememberedIndex;
    const file = isSha256(remembered.sha256) ? await cache.find(remembered.sha256) : undefined;
    if (file === undefined) return undefined;
    return { ...remembered, bytes: await collect(cache.read(file), { maxBytes: MAX_ARCHIVE_BYTES, name: path }) };
  } catch {
    return undefined; // a damaged cache entry is fetched again
  }
}
