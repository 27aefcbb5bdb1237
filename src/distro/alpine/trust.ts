// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { BasaltError } from "../../errors.js";
import { parseApkKey, type ApkKey } from "../../formats/apk/signed.js";
import { listNames, readBytes } from "../../host/files.js";
import { getBytesSafely, redactUrl } from "../../host/http.js";
import type { Host } from "../../host/host.js";
import { ownFingerprints } from "./repositories.js";

const MAX_KEY_BYTES = 64 * 1024; // one of 4096 bits has 800

/** Alpine's own keys, those whose fingerprints are pinned. @throws BasaltError `KEY_INVALID` */
export async function ownKeys({ trust }: Pick<Host, "trust">): Promise<readonly ApkKey[]> {
  const folder = join(trust.folder, "alpine");
  const pinned = ownFingerprints(trust);
  const names = (await listNames(folder)).filter((name) => name.endsWith(".rsa.pub"));
  const keys = await Promise.all(names.map(async (name) => parseApkKey(name, await readBytes(join(folder, name)))));
  return keys.filter(({ fingerprint }) => pinned.includes(fingerprint));
}

/**
 * Keys of other repositories, from addresses that the definition gives; loaded over HTTPS. `#` and the SHA-256 of the key as DER in
 * hex pin it. @throws BasaltError `KEY_INVALID`, `HTTP_STATUS`, and as `HttpClient` does
 */
export async function fetchKeys(
  urls: readonly string[],
  host: Host,
  { signal }: { readonly signal?: AbortSignal },
): Promise<readonly ApkKey[]> {
  const keys: ApkKey[] = [];
  for (const text of new Set(urls)) {
    const url = new URL(text);
    const pin = url.hash.slice(1).toLowerCase();
    url.hash = "";
    const options = { maxBytes: MAX_KEY_BYTES, ...(signal === undefined ? {} : { signal }) };
    const key = parseApkKey(nameOf(url), await getBytesSafely(host.http, url, options));
    if (pin !== "" && pin !== key.fingerprint)
      throw new BasaltError("KEY_INVALID", `${redactUrl(url)} has the fingerprint ${key.fingerprint}, not ${pin}`);
    keys.push(key);
  }
  return keys;
}

/** The last part of the path: signatures name keys by it. */
function nameOf(url: URL): string {
  const name = url.pathname.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
