// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { readApk, type ApkControl } from "../../formats/apk/apk.js";
import { drain, limited } from "../../formats/bytes.js";
import type { CachedFile } from "../../host/content-cache.js";
import { redactUrl } from "../../host/http.js";
import type { Host } from "../../host/host.js";
import { wait } from "../../host/wait.js";
import type { OfferedPackage } from "./universe.js";

/**
 * Gets a package of an index and finds its SHA-256: an index names the SHA-1 of the control segment only, that the SHA-256 of the data
 * segment, and nothing names the signature segment, so that the hash of the whole is known when all of it was seen and verified.
 * What was seen once is found again by what the index says.
 * @throws BasaltError `FETCH_DIGEST_MISMATCH`, `FETCH_SIZE_MISMATCH`, `HTTP_STATUS`, and as `readApk` and `HttpClient` do
 */
export async function fetchPackage(
  offered: OfferedPackage,
  url: URL,
  host: Host,
  { signal }: { readonly signal?: AbortSignal },
): Promise<CachedFile> {
  const sha1 = Buffer.from(offered.checksum.slice(2), "base64").toString("hex");
  const key = `apk-${sha1}-${offered.sizeBytes}`;
  const known = await host.cache.recall(key);
  if (known?.sizeBytes === offered.sizeBytes) return known;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const file = await load(offered, url, host, signal);
      await verifyPackage(offered, file, host);
      await host.cache.remember(key, file);
      return file;
    } catch (error) {
      if (!(error instanceof BasaltError) || error.code !== "NETWORK_UNREACHABLE" || attempt === host.retry.attempts)
        throw error;
      await wait(host.retry.backoffMs * 2 ** (attempt - 1), signal);
    }
  }
}

async function load(
  offered: OfferedPackage,
  url: URL,
  host: Host,
  signal: AbortSignal | undefined,
): Promise<CachedFile> {
  const response = await host.http.request(url, signal === undefined ? {} : { signal });
  if (response.status !== 200) {
    await response.cancel();
    const isBusy = response.status === 429 || response.status >= 500;
    throw new BasaltError(
      isBusy ? "NETWORK_UNREACHABLE" : "HTTP_STATUS",
      `${redactUrl(url)} answered ${response.status}`,
    );
  }
  const file = await host.cache.store(limited(response.body, { maxBytes: offered.sizeBytes, name: redactUrl(url) }));
  if (file.sizeBytes !== offered.sizeBytes)
    throw new BasaltError(
      "FETCH_SIZE_MISMATCH",
      `${redactUrl(url)} has ${file.sizeBytes} bytes, and the index names ${offered.sizeBytes}`,
    );
  return file;
}

async function verifyPackage(offered: OfferedPackage, file: CachedFile, host: Host): Promise<void> {
  const name = `${offered.name} ${offered.version}`;
  const requireSame = ({ checksum }: ApkControl): void => {
    if (checksum === offered.checksum) return;
    throw new BasaltError(
      "FETCH_DIGEST_MISMATCH",
      `${name} from ${offered.place.title} has the control checksum ${checksum}, and the index names ${offered.checksum}`,
    );
  };
  for await (const { content } of readApk(host.cache.read(file), { name }, requireSame)) await drain(content);
}
