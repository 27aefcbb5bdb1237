// SPDX-License-Identifier: Apache-2.0
// Downloads whose pin is not their own hash: files of a git commit, and hashes that a server tells.
import { describe, expect, it } from "vitest";
import { gunzip } from "../src/formats/archive/gzip.js";
import { readTar } from "../src/formats/archive/tar-reader.js";
import { sha256Hex, type Digest } from "../src/formats/digest.js";
import { parseRepositoryName } from "../src/formats/image-reference.js";
import { PREDICATE_TYPES, type Statement } from "../src/formats/in-toto.js";
import { formatLock, parseLock } from "../src/formats/lock.js";
import type { ResourceDescriptor, SlsaProvenance } from "../src/formats/slsa.js";
import type { SpdxDocument, SpdxPackage } from "../src/formats/spdx.js";
import type { Host } from "../src/host/host.js";
import type { BuiltImage } from "../src/pipeline.js";
import { listReferrers, loadManifest } from "../src/store/index.js";
import { bytesOfStream, codeOf } from "./support/bytes.js";
import { HAS_GIT } from "./support/git.js";
import { startRepositories } from "./support/git-repositories.js";
import { startHttp } from "./support/http-server.js";
import { hostFor, run, withStore, world } from "./support/pipeline.js";

const TOOL = Buffer.from("a tool");

/** What an image has below `opt`, and what is said about it. */
interface Look {
  readonly files: readonly string[];
  readonly dependencies: readonly ResourceDescriptor[];
  readonly packages: readonly SpdxPackage[];
}

async function look(host: Host, built: BuiltImage): Promise<Look> {
  return withStore(host, async ({ db, blobs }) => {
    const name = parseRepositoryName("test");
    const layersOf = async (digest: Digest): Promise<readonly Digest[]> => {
      const manifest = await loadManifest(db, blobs, name, digest);
      return manifest.kind === "image" ? manifest.value.layers.map((layer) => layer.digest) : [];
    };
    const index = await loadManifest(db, blobs, name, built.digest);
    const digest = (index.kind === "index" ? index.value.manifests : [])[0]?.digest ?? built.digest;
    const files: string[] = [];
    for (const layer of await layersOf(digest))
      for await (const { entry, content } of readTar(gunzip(blobs.read(layer), layer), { name: layer })) {
        if (!entry.path.startsWith("opt/")) continue;
        const text = entry.kind === "file" ? (await bytesOfStream(content)).toString().trim() : "";
        files.push(`${entry.kind} ${entry.path} ${entry.mode.toString(8)} ${entry.uid} ${text}`.trim());
      }
    const predicates: Record<string, unknown> = {};
    for (const referrer of await listReferrers(db, name, digest)) {
      if (referrer.artifactType !== "application/vnd.in-toto+json") continue;
      for (const layer of await layersOf(referrer.digest)) {
        const statement = JSON.parse((await bytesOfStream(blobs.read(layer))).toString()) as Statement;
        predicates[statement.predicateType] = statement.predicate;
      }
    }
    const provenance = predicates[PREDICATE_TYPES.slsaProvenance] as SlsaProvenance;
    const { packages } = predicates[PREDICATE_TYPES.spdx] as SpdxDocument;
    return { files, packages, dependencies: provenance.buildDefinition.resolvedDependencies };
  });
}

describe.runIf(HAS_GIT)("an image of files from git and of a download with a file of checksums", () => {
  it("is built, is the same from its lock on another machine, and its evidence names where all of it is from", async () => {
    const server = await startRepositories("smart");
    const commit = server.commit("x", {
      README: "read\n",
      "bin/run": { mode: "100755", text: "#!/bin/sh\n" },
      "doc/a": "a",
    });
    server.refer("x", "refs/tags/v1", commit);
    const web = await startHttp((request, response) => {
      if (request.url === "/tool") response.end(TOOL);
      else if (request.url === "/SHA256SUMS") response.end(`${sha256Hex(TOOL)}  tool\n${"0".repeat(64)}  other\n`);
      else response.writeHead(404).end();
    });
    const files = [
      {
        url: `git+${server.url}x.git#v1`,
        checksum: commit,
        path: "/opt/x/",
        excludes: ["doc"],
        uid: 7,
        spdx: { name: "x", version: "1", packages: [{ name: "x", purl: "pkg:github/x/x@1" }] },
      },
      { url: `${web.url}tool`, checksum: `${web.url}SHA256SUMS`, path: "/opt/tool", mode: "0755" },
    ];
    const contents = { packages: ["!mawk", "base-files"], files };
    const here = await world({}, { tags: ["1"], platforms: ["linux/amd64"], contents });
    const host = hostFor(here);
    const built = await run(host, here.definition);
    const found = await look(host, built);
    expect(found.files).toEqual([
      "directory opt/x 755 0",
      "file opt/x/README 644 7 read",
      "directory opt/x/bin 755 7",
      "file opt/x/bin/run 755 7 #!/bin/sh",
      "file opt/tool 755 0 a tool",
    ]);
    const locked = built.lock.platforms["linux/amd64"]?.artifacts.find((item) => item.commit !== undefined);
    expect(found.dependencies).toContainEqual({
      name: `git+${server.url}x.git#v1`,
      uri: `git+${server.url}x.git@v1`,
      digest: { gitCommit: commit },
      annotations: { archiveSha256: locked?.sha256, trust: "commit pinned in the definition" },
    });
    expect(found.dependencies).toContainEqual({
      name: `${web.url}tool`,
      uri: `${web.url}tool`,
      digest: { sha256: sha256Hex(TOOL) },
      annotations: { trust: "checksum of its server, pinned by the lock", checksumUrl: `${web.url}SHA256SUMS` },
    });
    expect(found.packages.find((item) => item.name === "x")).toMatchObject({
      downloadLocation: `git+${server.url}x.git@${commit}`,
      externalRefs: [expect.objectContaining({ referenceLocator: "pkg:github/x/x@1" })],
    });
    // Nothing of this machine.
    expect(JSON.stringify([found.dependencies, found.packages, built.lock])).not.toContain(host.home.root);

    const lock = parseLock(formatLock(built.lock), "lock");
    server.refer("x", "refs/tags/v1", server.commit("x", { README: "evil" }));
    const again = await run(hostFor(here), here.definition, { lock });
    expect(again.digest).toBe(built.digest);
    expect(web.requests.filter((line) => line.includes("SHA256SUMS"))).toHaveLength(1);
    expect(await codeOf(() => run(hostFor(here), here.definition))).toBe("GIT_REFERENCE_MOVED");
    const offline = hostFor(here, { home: host.home.root, offline: true });
    expect((await run(offline, here.definition, { lock })).digest).toBe(built.digest);
  });
});

it.runIf(HAS_GIT)("what a definition pins and a lock has must be the same", async () => {
  const server = await startRepositories("smart");
  const commit = server.commit("x", { a: "a" });
  server.refer("x", "refs/tags/v1", commit);
  const contents = {
    packages: ["!mawk", "base-files"],
    files: [{ url: `git+${server.url}x.git#${commit}`, path: "/opt" }],
  };
  const here = await world({}, { platforms: ["linux/amd64"], contents });
  const { lock } = await run(hostFor(here), here.definition);
  const other = formatLock(lock).replaceAll(`"commit": "${commit}"`, `"commit": "${"1".repeat(40)}"`);
  expect(await codeOf(() => run(hostFor(here), here.definition, { lock: parseLock(other, "lock") }))).toBe(
    "LOCK_MISMATCH",
  );
});
