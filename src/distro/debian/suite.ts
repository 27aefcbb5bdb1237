// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { BasaltError } from "../../errors.js";
import { collect } from "../../formats/bytes.js";
import { prettyJson } from "../../formats/canonical-json.js";
import { parseRelease, type Release } from "../../formats/debian/release.js";
import { sha256Hex, type Sha256 } from "../../formats/digest.js";
import { verifyClearsigned, verifyDetached, type VerifiedText, type VerifyOptions } from "../../formats/openpgp.js";
import { readBytes, readTextIfAny, writeFileAtomic } from "../../host/files.js";
import { redactUrl } from "../../host/http.js";
import type { Host } from "../../host/host.js";
import { wait } from "../../host/wait.js";
import type { SuiteSource } from "./repositories.js";

/** A suite whose Release file was verified. */
export interface VerifiedSuite {
  readonly source: SuiteSource;
  /** Root of the repository. */
  readonly mirror: URL;
  readonly release: Release;
  readonly releaseSha256: Sha256;
  readonly signedBy: readonly string[];
}

/** What is remembered of a Release file, so that an unchanged one is neither sent nor verified again. */
interface RememberedRelease {
  readonly etag?: string;
  readonly lastModified?: string;
  /** Of the whole InRelease file. */
  readonly sha256: Sha256;
  /** The signed part only. */
  readonly text: string;
  readonly signedBy: readonly string[];
  /** The pinned keys at that time; with others it is verified again. */
  readonly fingerprints: readonly string[];
}

const MAX_RELEASE_BYTES = 16 * 1024 * 1024; // real ones have 35 to 200 KiB
const FUTURE_TOLERANCE_MS = 24 * 3600 * 1000; // clocks of mirrors and time zones of careless machines

/**
 * Fetches and verifies a suite's InRelease file; asks only whether it changed when it is known.
 * @throws BasaltError `SIGNATURE_INVALID`, `RELEASE_EXPIRED`, `RELEASE_MISMATCH`, and network errors
 */
export async function loadSuite(
  source: SuiteSource,
  mirror: URL,
  host: Host,
  signal?: AbortSignal,
): Promise<VerifiedSuite> {
  const url = new URL("InRelease", suiteFolder(source, mirror));
  const memory = join(host.home.cache, "releases", `${sha256Hex(url.href)}.json`);
  await host.cache.use(memory);
  const known = await recall(memory, source);
  const current = await refresh({ url, source, memory, host, ...(signal === undefined ? {} : { signal }) }, known);
  const release = parseRelease(current.text, redactUrl(url));
  if (!isFlat(source) && release.codename !== source.suite && release.suite !== source.suite) {
    const described = release.codename || release.suite || "no suite";
    throw new BasaltError("RELEASE_MISMATCH", `${redactUrl(url)} describes ${described}, not ${source.suite}`);
  }
  requireValidTime(release, url, host.now());
  return { source, mirror, release, releaseSha256: current.sha256, signedBy: current.signedBy };
}

/** A flat repository has its indexes beside its Release file. Source: Debian wiki, "DebianRepository/Format", "Flat Repository Format". */
export function isFlat({ suite }: Pick<SuiteSource, "suite">): boolean {
  return suite.endsWith("/");
}

/** Where a suite's Release file is, and below it its indexes. */
export function suiteFolder(source: Pick<SuiteSource, "suite">, mirror: URL): URL {
  return new URL(isFlat(source) ? source.suite : `dists/${source.suite}/`, mirror);
}

interface RefreshContext {
  readonly url: URL;
  readonly source: SuiteSource;
  readonly memory: string;
  readonly host: Host;
  readonly signal?: AbortSignal;
}

async function refresh(context: RefreshContext, known: RememberedRelease | undefined): Promise<RememberedRelease> {
  const { retry } = context.host;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask(context, known);
    } catch (error) {
      if (!(error instanceof BasaltError) || error.code !== "NETWORK_UNREACHABLE" || attempt === retry.attempts)
        throw error;
      await wait(retry.backoffMs * 2 ** (attempt - 1), context.signal);
    }
  }
}

/** Asks for the file, or whether it changed. */
async function ask(context: RefreshContext, known: RememberedRelease | undefined): Promise<RememberedRelease> {
  const { url, host } = context;
  const headers = {
    ...(known?.etag === undefined ? {} : { "if-none-match": known.etag }),
    ...(known?.lastModified === undefined ? {} : { "if-modified-since": known.lastModified }),
  };
  const request = { headers, ...(context.signal === undefined ? {} : { signal: context.signal }) };
  const response = await host.http.request(url, request).catch((error: unknown) => {
    // Offline, a Release that was verified before and has not expired is as good as it was.
    if (known !== undefined && error instanceof BasaltError && error.code === "NETWORK_OFFLINE") return undefined;
    throw error;
  });
  if (response === undefined && known !== undefined) return known;
  if (response?.status === 304 && known !== undefined) {
    await response.cancel();
    return known;
  }
  if (response?.status === 404 && context.source.keys !== undefined) {
    await response.cancel();
    return askInTwo(context);
  }
  if (response?.status !== 200) {
    await response?.cancel();
    throw statusError(url, response?.status ?? 0);
  }
  const bytes = await collect(response.body, { maxBytes: MAX_RELEASE_BYTES, name: redactUrl(url) });
  const etag = response.header("etag");
  const lastModified = response.header("last-modified");
  const remembered = {
    ...(await verify(bytes, context)),
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
  };
  await writeFileAtomic(context.memory, prettyJson(remembered));
  return remembered;
}

/** The older form, which other repositories may have: the file, and its signature beside it. */
async function askInTwo(context: RefreshContext): Promise<RememberedRelease> {
  const get = async (name: string): Promise<Buffer> => {
    const url = new URL(name, context.url);
    const request = context.signal === undefined ? {} : { signal: context.signal };
    const response = await context.host.http.request(url, request);
    if (response.status !== 200) {
      await response.cancel();
      throw statusError(url, response.status);
    }
    return collect(response.body, { maxBytes: MAX_RELEASE_BYTES, name: redactUrl(url) });
  };
  const bytes = await get("Release");
  const signature = await get("Release.gpg");
  const check = (options: VerifyOptions): Promise<VerifiedText> => verifyDetached(bytes, signature, options);
  const remembered = await verify(bytes, { ...context, url: new URL("Release", context.url) }, check);
  await writeFileAtomic(context.memory, prettyJson(remembered));
  return remembered;
}

function statusError(url: URL, status: number): BasaltError {
  const isBusy = status === 429 || status >= 500;
  return new BasaltError(isBusy ? "NETWORK_UNREACHABLE" : "HTTP_STATUS", `${redactUrl(url)} answered ${status}`);
}

async function verify(
  bytes: Buffer,
  { url, source, host }: RefreshContext,
  check: (options: VerifyOptions) => Promise<VerifiedText> = (options) =>
    verifyClearsigned(bytes.toString("utf8"), options),
): Promise<RememberedRelease> {
  const keys =
    source.keys ??
    (await Promise.all(
      source.fingerprints.map((fingerprint) => readBytes(join(host.trust.folder, "debian", `${fingerprint}.asc`))),
    ));
  const options = { keys, fingerprints: source.fingerprints, now: host.now(), name: redactUrl(url) };
  const { text, signedBy } = await check(options);
  return { sha256: sha256Hex(bytes), text, signedBy, fingerprints: source.fingerprints };
}

async function recall(path: string, source: SuiteSource): Promise<RememberedRelease | undefined> {
  const text = await readTextIfAny(path);
  if (text === undefined) return undefined;
  try {
    const remembered = JSON.parse(text) as RememberedRelease;
    return remembered.fingerprints.join() === source.fingerprints.join() ? remembered : undefined;
  } catch {
    return undefined; // a damaged cache entry is fetched again
  }
}

function requireValidTime(release: Release, url: URL, now: Date): void {
  if (release.validUntil !== undefined && release.validUntil < now) {
    throw new BasaltError(
      "RELEASE_EXPIRED",
      `${redactUrl(url)} was valid until ${release.validUntil.toISOString()}, and it is ${now.toISOString()}`,
    );
  }
  if (release.publishedAt.getTime() > now.getTime() + FUTURE_TOLERANCE_MS) {
    throw new BasaltError(
      "RELEASE_EXPIRED",
      `${redactUrl(url)} is from ${release.publishedAt.toISOString()}, and it is ${now.toISOString()}`,
    );
  }
}
