// SPDX-License-Identifier: Apache-2.0
import type { LightMyRequestResponse } from "fastify";
import { describe, expect, it } from "vitest";
import { bytesOfStream, streamOf } from "../../test/support/bytes.js";
import { catalogApp, type CatalogApp } from "../../test/support/catalog-app.js";
import { makeImage, repository } from "../../test/support/images.js";
import { putImage } from "../../test/support/store.js";
import { gunzip } from "../formats/archive/gzip.js";
import { readTar } from "../formats/archive/tar-reader.js";
import type { VexDocument } from "../formats/openvex.js";
import { saveVex } from "../vex/index.js";

const DOCUMENT: VexDocument = {
  "@context": "https://openvex.dev/ns/v0.2.0",
  "@id": "urn:x",
  author: "Ann",
  timestamp: "2026-01-01T00:00:00Z",
  version: 1,
  tooling: "test",
  statements: [
    {
      vulnerability: { name: "CVE-1" },
      timestamp: "2026-01-01T00:00:00Z",
      products: [{ "@id": "pkg:deb/debian/bash" }],
      status: "fixed",
    },
  ],
};

/** A catalogue with a statement about `team/node:1`, one about what has no tag, and nothing about `bare:1`. */
async function served(anonymousPull = true): Promise<CatalogApp> {
  const app = await catalogApp({ anonymousPull });
  const image = makeImage();
  await putImage(app.store, "team/node", image, ["1"]);
  await putImage(app.store, "bare", image, ["1"]);
  const name = repository("team/node");
  const said = { repository: name, digest: image.root.digest, stated: [], document: DOCUMENT };
  await saveVex(app.store.db, said, new Date("2026-01-02T00:00:00Z"));
  const untagged = { ...said, repository: repository("gone") };
  await saveVex(app.store.db, untagged, new Date("2026-01-03T00:00:00Z"));
  return app;
}

/** Files of an archive, by path. */
async function filesOf(archive: Buffer): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {};
  for await (const { entry, content } of readTar(gunzip(streamOf(archive), "archive"), { name: "archive" }))
    files[entry.path] = (await bytesOfStream(content)).toString();
  return files;
}

describe("the feed of statements", () => {
  it("is a VEX repository, whichever of its addresses a tool is given", async () => {
    const { app } = await served();
    for (const path of ["/.well-known/vex-repository.json", "/vex/.well-known/vex-repository.json"]) {
      const answer = await app.inject({ url: path });
      expect(answer.json()).toEqual({
        name: "Basalt at registry.test:5050",
        description: expect.any(String) as string,
        versions: [
          {
            spec_version: "0.1",
            locations: [{ url: "http://registry.test:5050/vex/archive.tar.gz" }],
            update_interval: "24h",
          },
        ],
      });
    }
  });

  it("has an index by the names of each registry, as tools spell them, and a document a repository", async () => {
    const { app } = await served();
    const index = (await app.inject({ url: "/vex/index.json" })).json<object>();
    const entry = { location: "oci/team/node.vex.json", format: "openvex" };
    expect(index).toEqual({
      updated_at: "2026-01-02T00:00:00.000Z",
      packages: [
        { id: "pkg:oci/node?repository_url=registry.test%3A5050%2Fteam%2Fnode", ...entry },
        { id: "pkg:oci/node?repository_url=registry.test:5050%2Fteam%2Fnode", ...entry },
        { id: "pkg:oci/node?repository_url=mirror.test%2Fbasalt%2Fteam%2Fnode", ...entry },
      ],
    });
    const document = (await app.inject({ url: "/vex/oci/team/node.vex.json" })).json<VexDocument>();
    expect(document.statements).toEqual(DOCUMENT.statements);
    const archive = await app.inject({ url: "/vex/archive.tar.gz" });
    const files = await filesOf(archive.rawPayload);
    expect(Object.keys(files)).toEqual(["index.json", "oci/team/node.vex.json"]);
    expect(JSON.parse(files["index.json"] ?? "")).toEqual(index);
    expect(JSON.parse(files["oci/team/node.vex.json"] ?? "")).toEqual(document);
  });

  it("is not sent again while nothing changes", async () => {
    const { app, store } = await served();
    const { etag } = (await app.inject({ url: "/vex/archive.tar.gz" })).headers;
    const again = (): Promise<LightMyRequestResponse> =>
      app.inject({ url: "/vex/archive.tar.gz", headers: { "if-none-match": String(etag) } });
    expect((await again()).statusCode).toBe(304);
    const bare = { repository: repository("bare"), digest: makeImage().root.digest, stated: [], document: DOCUMENT };
    await saveVex(store.db, bare, new Date("2026-01-04T00:00:00Z"));
    expect((await again()).statusCode).toBe(200);
  });

  it("has nothing that whoever asks may not pull", async () => {
    const { app } = await served(false);
    for (const path of ["/vex/index.json", "/vex/archive.tar.gz", "/vex/oci/team/node.vex.json"])
      expect([path, (await app.inject({ url: path })).statusCode]).toEqual([path, 401]);
  });

  it("says so where nothing is stated", async () => {
    const { app } = await served();
    const answer = await app.inject({ url: "/vex/oci/bare.vex.json" });
    expect([answer.statusCode, answer.json<{ error: { code: string } }>().error.code]).toEqual([
      404,
      "REPOSITORY_UNKNOWN",
    ]);
  });
});
