// SPDX-License-Identifier: Apache-2.0
import { findChecksum } from "../formats/checksum-file.js";
import type { Integrity } from "../formats/integrity.js";
import type { Host } from "../host/host.js";
import { getBytesSafely, redactUrl } from "../host/http.js";

const MAX_CHECKSUM_FILE_BYTES = 4 * 1024 * 1024; // those of whole releases stay below 100 KiB

/**
 * What a file of checksums says of a download, which it names as the last part of the download's own address.
 * @throws BasaltError `CHECKSUM_FILE_INVALID`, `HTTP_STATUS`, `SIZE_LIMIT_EXCEEDED`, and as `HttpClient` does
 */
export async function fetchChecksum(
  checksumUrl: string,
  url: string,
  host: Host,
  { signal }: { readonly signal?: AbortSignal },
): Promise<Integrity> {
  const address = new URL(checksumUrl);
  const options = { maxBytes: MAX_CHECKSUM_FILE_BYTES, ...(signal === undefined ? {} : { signal }) };
  const bytes = await getBytesSafely(host.http, address, options);
  return findChecksum(bytes.toString("utf8"), fileNameOf(url), redactUrl(address));
}

/** The last part of a URL's path, as a file would be called. */
export function fileNameOf(url: string): string {
  const name = new URL(url).pathname.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // a percent sign that escapes nothing is meant as it stands
  }
}
