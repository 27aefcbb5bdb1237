// SPDX-License-Identifier: Apache-2.0
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { ContentCache } from "./content-cache.js";
import { createHttpClient, OFFLINE_CLIENT, type HttpClient } from "./http.js";
import { homeOf, packageRoot, type Home } from "./paths.js";

/** What the stages may ask of the machine. Made once, by the command line or by a test. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: Home;
  readonly cache: ContentCache;
  readonly http: HttpClient;
  readonly retry: RetryPolicy;
  readonly trust: TrustedKeys;
  readonly now: () => Date;
  /** As `process.version`. */
  readonly nodeVersion: string;
  /** How many things may be done at once. */
  readonly concurrency: number;
}

/** How often a request that failed on the way is sent again. */
export interface RetryPolicy {
  /** Tries in total, including the first. */
  readonly attempts: number;
  /** Wait before the second try, in milliseconds; doubles each time. */
  readonly backoffMs: number;
}

/** Chosen, not measured: four seconds bridge the restart of a mirror's front end. */
const RETRY: RetryPolicy = { attempts: 4, backoffMs: 500 };

/** Which keys repositories must be signed with. */
export interface TrustedKeys {
  /** Folder with one armoured public key for each fingerprint, below a folder for each distribution. */
  readonly folder: string;
  /** Fingerprints in place of those that are pinned in the program, by repository: for tests, which sign their own. */
  readonly pins?: Readonly<Record<string, readonly string[]>>;
}

export interface HostOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly home?: Home;
  readonly offline?: boolean;
  readonly trust?: TrustedKeys;
  readonly retry?: RetryPolicy;
  readonly now?: () => Date;
}

export function createHost(options: HostOptions = {}): Host {
  const env = options.env ?? process.env;
  const home = options.home ?? homeOf(env);
  return {
    env,
    home,
    cache: new ContentCache(home.cache),
    http: options.offline === true ? OFFLINE_CLIENT : createHttpClient(),
    retry: options.retry ?? RETRY,
    trust: options.trust ?? { folder: join(packageRoot(), "trust") },
    now: options.now ?? (() => new Date()),
    nodeVersion: process.version,
    concurrency: Math.max(2, availableParallelism()),
  };
}
