// SPDX-License-Identifier: Apache-2.0
import { availableParallelism } from "node:os";
import { ContentCache } from "./content-cache.js";
import { createHttpClient, OFFLINE_CLIENT, type HttpClient } from "./http.js";
import { homeOf, type Home } from "./paths.js";

/** What the stages may ask of the machine. Made once, by the command line or by a test. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: Home;
  readonly cache: ContentCache;
  readonly http: HttpClient;
  readonly now: () => Date;
  /** As `process.version`. */
  readonly nodeVersion: string;
  /** How many things may be done at once. */
  readonly concurrency: number;
}

export interface HostOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly home?: Home;
  readonly offline?: boolean;
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
    now: options.now ?? (() => new Date()),
    nodeVersion: process.version,
    concurrency: Math.max(2, availableParallelism()),
  };
}
