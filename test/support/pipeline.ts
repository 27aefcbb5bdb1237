// SPDX-License-Identifier: Apache-2.0
import type { Definition } from "../../src/definition/index.js";
import type { Host } from "../../src/host/host.js";
import { build, type BuildOptions, type BuiltImage } from "../../src/pipeline.js";
import { openStore, type Store } from "../../src/store/index.js";
import { startMirror, type MirrorOptions, type TestMirror } from "./debian-mirror.js";
import type { TestPackage } from "./deb.js";
import { testDefinition } from "./definitions.js";
import { testHost, type TestHostOptions } from "./host.js";
import { testSigner } from "./signer.js";

/** What the mirror has, unless a test says otherwise. */
export const PACKAGES: readonly TestPackage[] = [
  {
    name: "base-files",
    architecture: "all",
    fields: { Depends: "awk" },
    files: [
      { path: "etc/issue", content: "hello\n" },
      { path: "usr/lib/os-release", content: "ID=debian\n" },
    ],
  },
  { name: "mawk", fields: { Provides: "awk" }, files: [{ path: "usr/bin/mawk", content: "awk", mode: 0o755 }] },
  {
    name: "tool",
    version: "2.0-1",
    fields: { Depends: "libtool", Source: "toolset (2.0)" },
    files: [{ path: "usr/bin/tool", content: "x".repeat(300_000), mode: 0o755 }],
  },
  { name: "libtool", files: [{ path: "usr/lib/libtool.so.1", content: "lib" }], compression: "gz" },
];
export const signer = testSigner();
/** Parts of the definition, unless a test says otherwise. */
export const PARTS = { tags: ["2", "2.0"], contents: { packages: ["!mawk", "base-files", "tool"] } };

/** A mirror and a definition that builds from it. */
export interface World {
  readonly mirror: TestMirror;
  readonly definition: Definition;
}

export async function world(
  options: Partial<MirrorOptions> = {},
  parts: Readonly<Record<string, unknown>> = PARTS,
): Promise<World> {
  return { mirror: await startMirror({ packages: PACKAGES, ...options }), definition: await testDefinition(parts) };
}

export function hostFor({ mirror }: World, options: TestHostOptions = {}): Host {
  return testHost({ trust: mirror.trust, ...options, env: { BASALT_DEBIAN_MIRROR: mirror.url, ...options.env } });
}

export async function withStore<T>(host: Host, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(host);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Builds as the command line does. */
export async function run(
  host: Host,
  definition: Definition,
  options: Partial<BuildOptions> = {},
): Promise<BuiltImage> {
  return withStore(host, (store) =>
    build(
      definition,
      { builderId: "urn:test", version: "0.0.0", onEvent: () => undefined, ...options },
      { host, store, signer },
    ),
  );
}
