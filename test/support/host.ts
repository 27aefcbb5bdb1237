// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import type { ByteStream } from "../../src/formats/bytes.js";
import type { CachedFile, ContentCache } from "../../src/host/content-cache.js";
import { createHost, type Host, type TrustedKeys } from "../../src/host/host.js";
import { homeAt } from "../../src/host/paths.js";
import { temporaryFolder } from "./temporary.js";

export interface TestHostOptions {
  /** @default a fresh folder */
  readonly home?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly offline?: boolean;
  readonly trust?: TrustedKeys;
  /** @default 2026-11-20T12:00:00Z, always */
  readonly now?: () => Date;
}

/** The moment at which tests take place. */
export const TEST_NOW = new Date("2026-11-20T12:00:00Z");

/** A host that knows nothing of the machine: no apt sources, no Docker configuration, no network but what the test names. */
export function testHost(options: TestHostOptions = {}): Host {
  const home = options.home ?? temporaryFolder();
  return createHost({
    env: {
      BASALT_APT_DIR: join(home, "no-apt"),
      BASALT_CLAMSCAN: "none",
      BASALT_SNAPSHOT_MIRROR: "none",
      DOCKER_CONFIG: join(home, "no-docker"),
      DOCKER_HOST: `unix://${home}/no.sock`,
      PATH: process.env["PATH"] ?? "",
      ...options.env,
    },
    home: homeAt(home),
    retry: { attempts: 3, backoffMs: 1 },
    now: options.now ?? (() => TEST_NOW),
    ...(options.offline === undefined ? {} : { offline: options.offline }),
    ...(options.trust === undefined ? {} : { trust: options.trust }),
  });
}

/** Stores a stream in the cache. */
export async function putInCache(cache: ContentCache, source: ByteStream): Promise<CachedFile> {
  const keeping = cache.keep(source);
  for (;;) {
    const step = await keeping.next();
    if (step.done === true) return step.value;
  }
}
