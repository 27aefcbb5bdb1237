// SPDX-License-Identifier: Apache-2.0
import type { SignaturePin } from "../definition/index.js";
import { bytesOf } from "../formats/bytes.js";
import { findChecksum, isClearsigned } from "../formats/checksum-file.js";
import { parseIntegrity, type Integrity } from "../formats/integrity.js";
import { verifyClearsigned, verifyDetached, type VerifyOptions } from "../formats/openpgp.js";
import { sha256Hex } from "../formats/digest.js";
import type { CachedFile } from "../host/content-cache.js";
import type { Host } from "../host/host.js";
import { getBytesSafely, redactUrl } from "../host/http.js";
import { fileNameOf } from "./checksums.js";

const MAX_SIGNATURE_BYTES = 4 * 1024 * 1024; // a clear-signed list of a whole release stays below 100 KiB
const MAX_KEY_BYTES = 4 * 1024 * 1024; // keys with thousands of signatures by others
const MAX_SIGNED_BYTES = 256 * 1024 * 1024; // the library for OpenPGP wants it in memory

/** What a signature vouches for. */
export interface SignedDownload {
  readonly integrity: Integrity;
  /** Where the signature is over the download itself, which was needed to verify it. */
  readonly file?: CachedFile;
  /** Fingerprints of the primary keys whose signatures are good. */
  readonly signedBy: readonly string[];
}

/**
 * Verifies the signature of a download with keys whose fingerprints are pinned. It is detached, or stands around a file of
 * checksums that names the download. @throws BasaltError `SIGNATURE_INVALID`, `KEY_INVALID`, `CHECKSUM_FILE_INVALID`, `HTTP_STATUS`, `SIZE_LIMIT_EXCEEDED`
 */
export async function fetchSigned(
  url: string,
  pin: SignaturePin,
  host: Host,
  { signal }: { readonly signal?: AbortSignal },
): Promise<SignedDownload> {
  const stop = signal === undefined ? {} : { signal };
  const get = (address: string, maxBytes: number): Promise<Buffer> =>
    getBytesSafely(host.http, new URL(address), { maxBytes, ...stop });
  const signature = await get(pin.url, MAX_SIGNATURE_BYTES);
  const source = redactUrl(new URL(pin.url));
  const keys: Buffer[] = [];
  for (const key of pin.keys) keys.push("text" in key ? Buffer.from(key.text) : await get(key.url, MAX_KEY_BYTES));
  const verify = (name: string): VerifyOptions => ({ keys, fingerprints: pin.fingerprints, now: host.now(), name });
  const text = signature.toString("utf8");
  if (isClearsigned(text)) {
    const { text: signed, signedBy } = await verifyClearsigned(text, verify(source));
    return { integrity: findChecksum(signed, fileNameOf(url), source), signedBy };
  }
  const bytes = await get(url, MAX_SIGNED_BYTES);
  const { signedBy } = await verifyDetached(bytes, signature, verify(redactUrl(new URL(url))));
  const file = await host.cache.store(bytesOf(bytes));
  return { integrity: parseIntegrity(`sha256:${sha256Hex(bytes)}`), file, signedBy };
}

/** A download that is looked at later, or its signature. @throws BasaltError `HTTP_STATUS`, `SIZE_LIMIT_EXCEEDED` */
export async function fetchUnpinned(
  url: string,
  host: Host,
  { signal }: { readonly signal?: AbortSignal },
): Promise<CachedFile> {
  const options = { maxBytes: MAX_SIGNED_BYTES, ...(signal === undefined ? {} : { signal }) };
  return host.cache.store(bytesOf(await getBytesSafely(host.http, new URL(url), options)));
}
