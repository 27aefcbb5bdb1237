// SPDX-License-Identifier: Apache-2.0
import fastify, { type FastifyInstance, type LightMyRequestResponse } from "fastify";
import { onTestFinished } from "vitest";
import type { Advisories } from "../../src/advisories/index.js";
import { apiPlugin } from "../../src/catalog/index.js";
import { createGate } from "../../src/registry/index.js";
import { createMemoryBlobStore, type Store } from "../../src/store/index.js";
import { testClock, type TestClock } from "./clock.js";
import { advisoriesOf, kevText } from "./feed-files.js";
import { testHost } from "./host.js";
import { testStore } from "./store.js";

export interface CatalogAppOptions {
  /** @default true */
  readonly anonymousPull?: boolean;
  /** @default one that knows nothing */
  readonly advisories?: Advisories;
}

export interface CatalogApp {
  readonly app: FastifyInstance;
  readonly store: Store;
  readonly clock: TestClock;
  readonly get: (path: string, authorization?: string) => Promise<LightMyRequestResponse>;
  /** The body of a good answer. */
  readonly json: <T>(path: string, authorization?: string) => Promise<T>;
  /** Status, and the code of the error in the body. */
  readonly failure: (path: string, authorization?: string) => Promise<readonly [number, string | undefined]>;
}

/** The catalogue's API over a fresh store; it ends with the running test. */
export async function catalogApp(options: CatalogAppOptions = {}): Promise<CatalogApp> {
  const clock = testClock();
  const store = { ...(await testStore(testHost({ now: clock.now }))), blobs: createMemoryBlobStore(clock.now) };
  const advisories = options.advisories ?? (await advisoriesOf([kevText([])]));
  const gate = await createGate(store.db, { anonymousPull: options.anonymousPull ?? true, now: clock.now });
  const app = fastify({ routerOptions: { maxParamLength: 512 } });
  await app.register(apiPlugin, {
    store,
    gate,
    version: "1.2.3",
    advisories: () => Promise.resolve(advisories),
    publicHost: () => "registry.test:5050",
    publicUrl: () => new URL("http://registry.test:5050/"),
    registries: () => ["registry.test:5050", "mirror.test/basalt"],
    publicKey: () => Promise.resolve("-----BEGIN PUBLIC KEY-----\n"),
  });
  onTestFinished(() => app.close());
  const get: CatalogApp["get"] = (path, authorization) =>
    app.inject({ url: `/api/v1/${path}`, headers: authorization === undefined ? {} : { authorization } });
  return {
    app,
    store,
    clock,
    get,
    json: async <T>(path: string, authorization?: string) => {
      const answer = await get(path, authorization);
      if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode} ${answer.body}`);
      return answer.json<T>();
    },
    failure: async (path, authorization) => {
      const answer = await get(path, authorization);
      return [answer.statusCode, answer.json<{ readonly error?: { readonly code: string } }>().error?.code];
    },
  };
}
