// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { BasaltError, type ErrorCode } from "../../errors.js";
import { isDebianRepository, parseAptSource } from "../../formats/debian/apt-source.js";
import { parseKeyAddress, type RepositoryKeys } from "../../formats/debian/repository-keys.js";
import { prettyJson } from "../../formats/canonical-json.js";
import { sha256Hex } from "../../formats/digest.js";
import type { LockedKeyring } from "../../formats/lock.js";
import { readKeyring } from "../../formats/openpgp-keyring.js";
import type { Architecture } from "../../formats/platform.js";
import { readTextIfAny, writeFileAtomic } from "../../host/files.js";
import { getBytes, getBytesSafely, isSafeOrigin, redactUrl } from "../../host/http.js";
import type { Host } from "../../host/host.js";
import type { SuiteSource } from "./repositories.js";

const MAX_KEYRING_BYTES = 256 * 1024; // real ones have 1 to 20 KiB; they stand in locks and images

/** Repositories of others that a definition names. */
export interface ForeignSources {
  /** Those that the architecture takes packages from, in the definition's order. */
  readonly sources: readonly SuiteSource[];
  readonly keyrings: readonly LockedKeyring[];
}

export interface ForeignRequest {
  readonly repositories?: readonly string[];
  readonly repositoryKeys?: RepositoryKeys;
  readonly architecture: Architecture;
  readonly signal?: AbortSignal;
}

/** Gets the keys of all repositories that are not Debian's own. @throws BasaltError `REPOSITORY_INVALID`, `REPOSITORY_KEY`, `KEY_INVALID` and network errors */
export async function foreignSources(request: ForeignRequest, host: Host): Promise<ForeignSources> {
  const { repositories = [], repositoryKeys = {}, architecture } = request;
  const sources: SuiteSource[] = [];
  const keyrings = new Map<string, LockedKeyring>();
  for (const line of repositories) {
    const { type, url, suite, components, architectures } = parseAptSource(line);
    if (isDebianRepository(url)) continue;
    const address = repositoryKeys[line];
    if (address === undefined)
      throw new BasaltError("REPOSITORY_KEY", `${JSON.stringify(line)} has no key`, { action: howToGoOn(url) });
    const keyring = keyrings.get(address) ?? (await explained(url, () => loadKeyring(address, host, request)));
    keyrings.set(address, keyring);
    if (type !== "deb" || architectures?.includes(architecture) === false) continue;
    const { fingerprints, keys } = keyring;
    sources.push({ repository: url.href, suite, components, fingerprints, keys: [Buffer.from(keys, "base64")] });
  }
  return { sources, keyrings: [...keyrings.values()] };
}

function howToGoOn(url: URL): string {
  return `add its key under keyring, or build without the repository: --map-repository ${url.href}=debian`;
}

const OWN_ADVICE: ReadonlySet<ErrorCode> = new Set([
  "HTTP_STATUS",
  "NETWORK_UNREACHABLE",
  "SIGNATURE_INVALID",
  "KEY_INVALID",
  "RELEASE_EXPIRED",
  "RELEASE_MISMATCH",
]);

/** Errors of a repository that is not Debian's say what can be done about it. */
export async function explained<T>(root: URL, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BasaltError) || !OWN_ADVICE.has(error.code)) throw error;
    const action = `check the repository and its entry under keyring, or build without it: --map-repository ${root.href}=debian`;
    throw new BasaltError(error.code, error.message, { action, cause: error });
  }
}

/**
 * The keys at an address. Only pinned ones may come by a way on which others could change them; all keys that are pinned must be
 * there. Offline, what was there before is used.
 */
async function loadKeyring(
  address: string,
  host: Host,
  { signal }: { readonly signal?: AbortSignal },
): Promise<LockedKeyring> {
  const { url, fingerprints: pinned } = parseKeyAddress(address);
  const name = redactUrl(url);
  if (pinned.length === 0 && !isSafeOrigin(url))
    throw new BasaltError("REPOSITORY_KEY", `${name} is not HTTPS, and no fingerprint says which key it must be`, {
      action: `write ${url.href}#FINGERPRINT under keyring`,
    });
  const get = isSafeOrigin(url) ? getBytesSafely : getBytes;
  const limits = { maxBytes: MAX_KEYRING_BYTES, ...(signal === undefined ? {} : { signal }) };
  const memory = join(host.home.cache, "keyrings", `${sha256Hex(url.href)}.json`);
  const file = await get(host.http, url, limits).catch(async (error: unknown) => {
    const known = await recall(memory, error);
    if (known === undefined) throw error;
    return known;
  });
  const { fingerprints, bytes } = await readKeyring(file, name);
  const missing = pinned.find((fingerprint) => !fingerprints.includes(fingerprint));
  if (missing !== undefined)
    throw new BasaltError(
      "REPOSITORY_KEY",
      `${name} does not hold the key ${missing}, but ${fingerprints.join(", ")}`,
      {
        action:
          "find out from its owner whether the key was replaced before anything else; then change the fingerprint in the definition",
      },
    );
  await writeFileAtomic(memory, prettyJson({ keys: bytes.toString("base64") }));
  return { url: address, fingerprints: pinned.length === 0 ? fingerprints : pinned, keys: bytes.toString("base64") };
}

async function recall(memory: string, error: unknown): Promise<Buffer | undefined> {
  if (!(error instanceof BasaltError) || error.code !== "NETWORK_OFFLINE") return undefined;
  const text = await readTextIfAny(memory);
  if (text === undefined) return undefined;
  const { keys } = JSON.parse(text) as { readonly keys?: unknown };
  return typeof keys === "string" ? Buffer.from(keys, "base64") : undefined;
}
