// SPDX-License-Identifier: Apache-2.0
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { distroOf, type ResolveRequest } from "../src/distro/index.js";
import { parseApkKey } from "../src/formats/apk/signed.js";
import { parseRepositoryName } from "../src/formats/image-reference.js";
import { createHost, type Host } from "../src/host/host.js";
import { packageRoot } from "../src/host/paths.js";
import { loadInventory } from "../src/inventory/index.js";
import { loadManifest } from "../src/store/index.js";
import { codeOf } from "./support/bytes.js";
import { testDefinition } from "./support/definitions.js";
import { testHost } from "./support/host.js";
import { startHttp } from "./support/http-server.js";
import { run, withStore } from "./support/pipeline.js";
import { temporaryFolder } from "./support/temporary.js";

/** Indexes and packages of Alpine, melange and Wolfi, beside the repository; other machines do not have them. */
const FOLDER = join(import.meta.dirname, "../../shared/apk");
const alpine = distroOf("alpine");

/** Serves files of a folder. */
async function serve(folder: string): Promise<string> {
  const server = await startHttp((request, response) => {
    const path = join(folder, decodeURIComponent(request.url ?? ""));
    if (existsSync(path)) response.end(readFileSync(path));
    else response.writeHead(404).end();
  });
  return server.url;
}

/** A mirror whose main of 3.17 is the real index of aarch64, and whose community is empty of packages for it. */
async function realMirror(): Promise<Host> {
  const root = temporaryFolder();
  const main = join(root, "v3.17/main/aarch64");
  mkdirSync(main, { recursive: true });
  cpSync(join(FOLDER, "alpine-3.17/APKINDEX.tar.gz"), join(main, "APKINDEX.tar.gz"));
  return testHost({ env: { BASALT_ALPINE_MIRROR: await serve(root) }, trust: createHost().trust });
}

const MAIN = ["https://dl-cdn.alpinelinux.org/alpine/v3.17/main"];
const REQUEST = { release: { versionId: "3.17" }, architecture: "arm64", repositories: MAIN, masks: [] } as const;

describe.runIf(existsSync(FOLDER))("Alpine's own index of 3.17", () => {
  it("is signed by the key that is shipped, under the name that the signature gives", async () => {
    const shipped = readdirSync(join(packageRoot(), "trust/alpine"));
    for (const name of shipped) {
      const [ours, theirs] = [join(packageRoot(), "trust/alpine", name), join(FOLDER, "alpine-3.17", name)].map(
        (path) => parseApkKey(name, readFileSync(path)),
      );
      expect(ours?.fingerprint).toBe(theirs?.fingerprint);
    }
    expect(shipped).toHaveLength(2);
    const host = await realMirror();
    const found = await alpine.versionsOf("musl", REQUEST, host);
    expect(found).toEqual([{ version: "1.2.3-r5", suite: "v3.17" }]);
  });

  it("explains what brings a package in", async () => {
    const host = await realMirror();
    const request: ResolveRequest = { ...REQUEST, packages: [{ name: "alpine-base" }] };
    expect(await alpine.explain(request, "zlib", host)).toMatchObject({
      kind: "present",
      paths: [
        [
          { package: "alpine-base", metBy: "apk-tools" },
          { dependency: "so:libz.so.1", metBy: "zlib" },
        ],
      ],
    });
    expect(await alpine.explain(request, "ssl_client", host)).toMatchObject({ kind: "present", isRequested: false });
    expect(await alpine.explain(request, "dash-binsh", host)).toMatchObject({
      kind: "absent",
      reasons: expect.arrayContaining([
        expect.objectContaining({ kind: "alternative", metBy: "busybox-binsh" }),
      ]) as unknown,
    });
  });

  it("every package of it can be had alone but one, whose dependency lies in community", async () => {
    const { readIndexArchive } = await import("../src/formats/apk/index-archive.js");
    const { openApkIndex } = await import("../src/formats/apk/packages-index.js");
    const { joinUniverse } = await import("../src/distro/alpine/universe.js");
    const { solve } = await import("../src/distro/alpine/solver.js");
    const { ownKeys } = await import("../src/distro/alpine/trust.js");
    const bytes = readFileSync(join(FOLDER, "alpine-3.17/APKINDEX.tar.gz"));
    const archive = await readIndexArchive(bytes, { keys: await ownKeys(createHost()), name: "main" });
    const index = openApkIndex(archive.text, "main");
    const place = { repository: "alpine", suite: "v3.17", title: "v3.17/main", folder: "", rank: 0 };
    const universe = joinUniverse("v3.17", [{ place, index, evidence: {} as never }]);
    const failed: string[] = [];
    const names = [...index.names()];
    for (const name of names) {
      try {
        solve({ packages: [{ name }], masks: [] }, universe);
      } catch (error) {
        failed.push((error as Error).message);
      }
    }
    expect(names).toHaveLength(5004);
    expect(failed).toEqual([expect.stringMatching(/^tiny-cloud-aws .* depends on nvme-cli, and nothing in v3\.17/)]);
  }, 60_000);
});

/** An image of the two repositories, each with a key of its own. */
async function buildMelange(
  packages: readonly string[],
  change: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const url = await serve(FOLDER);
  const definition = await testDefinition({
    platforms: ["linux/amd64"],
    contents: {
      repositories: [url.replace(/\/$/, ""), `${url}private`],
      keyring: [`${url}melange.rsa.pub`, `${url}private/private_pkg_key.rsa.pub`],
      packages,
      ...change,
    },
    "os-release": { name: "Test", id: "alpine", "version-id": "3.24" },
  });
  const host = testHost({ trust: createHost().trust });
  const built = await run(host, definition);
  return withStore(host, async (store) => {
    const index = await loadManifest(store.db, store.blobs, parseRepositoryName("test"), built.digest);
    const [platform] = index.kind === "index" ? index.value.manifests : [];
    return (await loadInventory(store.db, platform!.digest))?.packages.map(({ purl }) => purl);
  });
}

describe.runIf(existsSync(FOLDER))("repositories made by melange", () => {
  it("become an image whose database lists what came from both", async () => {
    expect(await buildMelange(["package-y", "custom-ca-certs-1"])).toEqual([
      "pkg:apk/alpine/custom-ca-certs-1@1.0.0-r0?arch=x86_64&distro=alpine-3.24",
      "pkg:apk/alpine/package-x@1.0.0-r0?arch=x86_64&distro=alpine-3.24",
      "pkg:apk/alpine/package-y@1.0.0-r0?arch=x86_64&distro=alpine-3.24",
      "pkg:apk/alpine/pretend-baselayout@1.0.0-r0?arch=x86_64&distro=alpine-3.24",
    ]);
  });

  it("a package that replaces another's file has it", async () => {
    expect(await buildMelange(["replayout"])).toHaveLength(2);
  });

  it("are refused without the key of one of them", async () => {
    const url = await serve(FOLDER);
    expect(await codeOf(() => buildMelange(["package-y"], { keyring: [`${url}melange.rsa.pub`] }))).toBe(
      "SIGNATURE_INVALID",
    );
  });
});
