// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { BasaltError } from "../errors.js";
import { gunzip } from "../formats/archive/gzip.js";
import { bytesOf, collect } from "../formats/bytes.js";
import { redactUrl } from "../host/http.js";
import type { Host } from "../host/host.js";
import { MAX_FEED_BYTES, type FeedKind } from "./feed.js";
import { mergeByKind } from "./import-feeds.js";
import { readFeed } from "./read-feed.js";
import { writeFeeds, type FeedToWrite } from "./write.js";

/** A public feed. */
export interface FeedSource {
  readonly kind: FeedKind;
  readonly url: URL;
}

export interface Updated {
  readonly feeds: readonly { readonly title: string; readonly records: number }[];
  readonly failures: readonly { readonly source: FeedSource; readonly error: BasaltError }[];
}

const FIRST_NVD_YEAR = 2002; // NVD's first file holds that year and all before it

/** Where the feeds are published; `BASALT_FEED_MIRROR` names a server with copies under the same paths, below each host's name. */
export function feedSources(host: Host): readonly FeedSource[] {
  const sources: readonly (readonly [FeedKind, string])[] = [
    ["debian-tracker", "https://security-tracker.debian.org/tracker/data/json"],
    ["nodejs-core", "https://raw.githubusercontent.com/nodejs/security-wg/main/vuln/core/index.json"],
    ["kev", "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"],
    ...nvdYears(host.now()).map(
      (year) => ["nvd", `https://nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-${year}.json.gz`] as const,
    ),
  ];
  return sources.map(([kind, url]) => ({ kind, url: mirrored(new URL(url), host.env["BASALT_FEED_MIRROR"]) }));
}

/**
 * Fetches the public feeds. Feeds that cannot be had are reported and keep their old content; nothing is written when none can.
 * @throws BasaltError `FEEDS_UNREACHABLE` when there is not one
 */
export async function updateFeeds(
  sources: readonly FeedSource[],
  host: Host,
  options: { readonly signal?: AbortSignal; readonly onSource?: (source: FeedSource) => void },
): Promise<Updated> {
  const fetched: FeedToWrite[] = [];
  const failures: { source: FeedSource; error: BasaltError }[] = [];
  const unreachable = new Map<string, BasaltError>();
  for (const source of sources) {
    const unreachedBy = unreachable.get(source.url.host);
    if (unreachedBy !== undefined) {
      if (!failures.some((failure) => failure.source.kind === source.kind))
        failures.push({ source, error: unreachedBy });
      continue;
    }
    options.onSource?.(source);
    try {
      fetched.push(await fetchFeed(source, host, options.signal));
    } catch (error) {
      if (!(error instanceof BasaltError) || error.code === "CANCELLED") throw error;
      failures.push({ source, error });
      // A host that does not answer once will not answer for twenty further files.
      if (error.code === "NETWORK_UNREACHABLE" || error.code === "NETWORK_OFFLINE")
        unreachable.set(source.url.host, error);
    }
  }
  const failedKinds = new Set(failures.map((failure) => failure.source.kind));
  const whole = mergeByKind(fetched).filter(({ feed }) => !failedKinds.has(feed.kind));
  if (whole.length === 0) {
    const reasons = failures.map(({ error }) => error.message).join("; ");
    throw new BasaltError("FEEDS_UNREACHABLE", `no feed could be fetched: ${reasons}`, { cause: failures[0]?.error });
  }
  return { feeds: await writeFeeds(host.home.advisories, whole, host.now()), failures };
}

async function fetchFeed({ kind, url }: FeedSource, host: Host, signal: AbortSignal | undefined): Promise<FeedToWrite> {
  const name = redactUrl(url);
  const response = await host.http.request(url, signal === undefined ? {} : { signal });
  if (response.status !== 200) {
    await response.cancel();
    throw new BasaltError("HTTP_STATUS", `${name} answered ${response.status}`);
  }
  const raw = await collect(response.body, { maxBytes: MAX_FEED_BYTES, name });
  const isPacked = raw[0] === 0x1f && raw[1] === 0x8b;
  const bytes = isPacked ? await collect(gunzip(bytesOf(raw), name), { maxBytes: MAX_FEED_BYTES, name }) : raw;
  const feed = readFeed(bytes.toString("utf8"), { name, isComplete: true });
  if (feed?.kind !== kind) throw new BasaltError("FEED_INVALID", `${name} does not hold what it should (${kind})`);
  const modified = new Date(response.header("last-modified") ?? Number.NaN);
  const published = Number.isNaN(modified.getTime()) ? host.now() : modified;
  return {
    feed,
    source: name,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    asOf: published.toISOString(),
  };
}

function nvdYears(now: Date): readonly number[] {
  return Array.from({ length: now.getUTCFullYear() - FIRST_NVD_YEAR + 1 }, (_, index) => FIRST_NVD_YEAR + index);
}

function mirrored(url: URL, mirror: string | undefined): URL {
  if (mirror === undefined || mirror === "") return url;
  return new URL(`${url.host}${url.pathname}`, mirror.endsWith("/") ? mirror : `${mirror}/`);
}
