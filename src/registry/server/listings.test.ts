// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  descriptorOfManifest,
  makeArtifact,
  makeCosignSignature,
  makeImage,
  repository,
  sha512Digest,
} from "../../../test/support/images.js";
import {
  addAccount,
  basic,
  bearer,
  pushImage,
  startRegistry,
  type Send,
  type TestRegistry,
} from "../../../test/support/registry.js";
import { sha256Digest } from "../../formats/digest.js";
import type { Tag } from "../../formats/image-reference.js";
import { MEDIA_TYPES } from "../../formats/oci/media-types.js";
import { recordTag } from "../../store/index.js";
import { addUser } from "../auth/accounts.js";

describe("tags", () => {
  it("are listed in order, with the repository's name", async () => {
    const registry = await withTags("2.0", "1.0", "1.10", "latest", "Beta", "_x");
    const answer = await registry.nobody("GET", "/v2/team/app/tags/list");
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toMatch(/^application\/json/);
    expect(answer.headers["link"]).toBeUndefined();
    expect(answer.json).toEqual({ name: "team/app", tags: ["1.0", "1.10", "2.0", "Beta", "_x", "latest"] });
  });

  it.each([
    { summary: "as many as there are", query: "n=3", tags: ["a", "b", "c"], next: undefined },
    { summary: "more than there are", query: "n=100", tags: ["a", "b", "c"], next: undefined },
    { summary: "fewer than there are", query: "n=2", tags: ["a", "b"], next: "n=2&last=b" },
    { summary: "none", query: "n=0", tags: [], next: undefined },
    { summary: "what follows a tag", query: "last=a", tags: ["b", "c"], next: undefined },
    { summary: "what follows a tag that is not there", query: "last=aa", tags: ["b", "c"], next: undefined },
    { summary: "what follows the last one", query: "last=c", tags: [], next: undefined },
    { summary: "one that follows", query: "n=1&last=a", tags: ["b"], next: "n=1&last=b" },
  ])("$summary can be asked for", async ({ query, tags, next }) => {
    const registry = await withTags("a", "b", "c");
    const answer = await registry.nobody("GET", `/v2/team/app/tags/list?${query}`);
    expect(answer.json).toEqual({ name: "team/app", tags });
    expect(answer.headers["link"]).toBe(
      next === undefined ? undefined : `</v2/team/app/tags/list?${next}>; rel="next"`,
    );
  });

  it("come all, each once, when one follows the links", async () => {
    const names = Array.from({ length: 25 }, (_, index) => `v${index}`);
    const registry = await withTags(...names);
    expect(await followLinks(registry.nobody, "/v2/team/app/tags/list?n=4", "tags")).toEqual(names.toSorted());
  });

  it.each(["n=-1", "n=x", "n=1.5", "n=", "n=99999999999999999999"])("%s is no number of tags", async (query) => {
    const registry = await withTags("a");
    expect((await registry.nobody("GET", `/v2/team/app/tags/list?${query}`)).status).toBe(400);
  });

  it("of a repository that is not there cannot be listed", async () => {
    const registry = await withTags("a");
    const answer = await registry.nobody("GET", "/v2/other/tags/list");
    expect([answer.status, answer.code]).toEqual([404, "NAME_UNKNOWN"]);
  });

  it("of a repository whose images have none are an empty list", async () => {
    const registry = await startRegistry();
    await pushImage(registry.writer, "team/app", makeImage());
    expect((await registry.nobody("GET", "/v2/team/app/tags/list")).json).toEqual({ name: "team/app", tags: [] });
  });
});

describe("repositories", () => {
  it("are listed in order, page by page", async () => {
    const registry = await startRegistry();
    const names = ["b", "a/b", "a", "c/d/e"];
    for (const name of names) await pushImage(registry.writer, name, makeImage());
    expect((await registry.writer("GET", "/v2/_catalog")).json).toEqual({ repositories: names.toSorted() });
    expect(await followLinks(registry.writer, "/v2/_catalog?n=1", "repositories")).toEqual(names.toSorted());
    expect((await registry.writer("GET", "/v2/_catalog?n=x")).status).toBe(400);
  });

  it("without an image are not listed", async () => {
    const registry = await startRegistry();
    await registry.writer("POST", `/v2/app/blobs/uploads/?digest=${sha256Digest("x")}`, { body: "x" });
    expect((await registry.writer("GET", "/v2/_catalog")).json).toEqual({ repositories: [] });
  });

  it("are listed for somebody who logged in only, and whoever has not is told what to ask for", async () => {
    const registry = await startRegistry();
    const answer = await registry.nobody("GET", "/v2/_catalog");
    expect([answer.status, answer.code]).toEqual([401, "UNAUTHORIZED"]);
    expect(answer.headers["www-authenticate"]).toContain('scope="registry:catalog:*"');
  });

  it("are listed as far as one may pull from them, whatever one shows", async () => {
    const registry = await startRegistry({ anonymousPull: false });
    for (const name of ["team/a", "team/b", "other"]) await pushImage(registry.writer, name, makeImage());
    const authorization = await addAccount(registry, { name: "ada", repositoryPattern: "team" });
    const token = await bearer(registry.as(authorization), "registry:catalog:*");
    for (const shown of [authorization, token]) {
      const answer = await registry.as(shown)("GET", "/v2/_catalog");
      expect(answer.json).toEqual({ repositories: ["team/a", "team/b"] });
    }
    const nobody = registry.as(await bearer(registry.nobody, "registry:catalog:*"));
    expect((await nobody("GET", "/v2/_catalog")).json).toEqual({ repositories: [] });
  });

  it("are all listed for an administrator with a password", async () => {
    const registry = await startRegistry({ anonymousPull: false });
    for (const name of ["team/a", "other"]) await pushImage(registry.writer, name, makeImage());
    const user = { name: "root", password: "correct horse", isAdmin: true };
    await addUser(registry.store.db, user, registry.clock.now());
    const send = registry.as(await bearer(registry.as(basic("root", "correct horse")), "registry:catalog:*"));
    expect((await send("GET", "/v2/_catalog")).json).toEqual({ repositories: ["other", "team/a"] });
  });
});

describe("referrers", () => {
  it("are an index of what refers to a manifest, oldest first", async () => {
    const registry = await startRegistry();
    const image = makeImage();
    await pushImage(registry.writer, "team/app", image, "1.0");
    const annotations = { key: "value" };
    const first = makeArtifact(image.root, { artifactType: "application/a", annotations, body: "1" });
    const second = makeArtifact(image.root, { artifactType: "application/b", body: "2" });
    await pushImage(registry.writer, "team/app", first);
    registry.clock.advance(1);
    await pushImage(registry.writer, "team/app", second);
    const answer = await registry.nobody("GET", referrersOf(image.root.digest));
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe(MEDIA_TYPES.index);
    expect(answer.headers["oci-filters-applied"]).toBeUndefined();
    expect(answer.json).toEqual({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.index,
      manifests: [
        { ...descriptorOfManifest(first.root), artifactType: "application/a", annotations },
        { ...descriptorOfManifest(second.root), artifactType: "application/b" },
      ],
    });
  });

  it.each([
    { summary: "one type", query: "?artifactType=application%2Fa", types: ["application/a"], isFiltered: true },
    { summary: "a type that nothing has", query: "?artifactType=application%2Fz", types: [], isFiltered: true },
    {
      summary: "a config's type",
      query: "?artifactType=application%2Fvnd.oci.empty.v1%2Bjson",
      types: [MEDIA_TYPES.empty],
      isFiltered: true,
    },
    { summary: "no type", query: "?artifactType=", types: ["application/a", MEDIA_TYPES.empty], isFiltered: false },
    { summary: "nothing", query: "", types: ["application/a", MEDIA_TYPES.empty], isFiltered: false },
  ])("can be filtered by $summary", async ({ query, types, isFiltered }) => {
    const registry = await startRegistry();
    const image = makeImage();
    await pushImage(registry.writer, "team/app", makeArtifact(image.root, { artifactType: "application/a" }));
    await pushImage(registry.writer, "team/app", makeArtifact(image.root, { body: "untyped" }));
    const answer = await registry.nobody("GET", `${referrersOf(image.root.digest)}${query}`);
    const { manifests } = answer.json as { readonly manifests: readonly { readonly artifactType: string }[] };
    expect(manifests.map((manifest) => manifest.artifactType).toSorted()).toEqual(types);
    expect(answer.headers["oci-filters-applied"]).toBe(isFiltered ? "artifactType" : undefined);
  });

  it.each([
    { summary: "a manifest that nothing refers to", digest: makeImage().root.digest },
    { summary: "a digest that nobody knows", digest: sha256Digest("unknown") },
    { summary: "a SHA-512 that nobody knows", digest: sha512Digest(Buffer.from("unknown")) },
  ])("of $summary are an empty index", async ({ digest }) => {
    const registry = await startRegistry();
    await pushImage(registry.writer, "team/app", makeImage(), "1.0");
    const answer = await registry.nobody("GET", referrersOf(digest));
    expect(answer.json).toEqual({ schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: [] });
  });

  it("of a repository that is not there are an empty index, too", async () => {
    const registry = await startRegistry();
    expect((await registry.nobody("GET", `/v2/other/referrers/${sha256Digest("x")}`)).json).toMatchObject({
      manifests: [],
    });
  });

  it.each(["1.0", "sha256:abc", "latest"])("of %s cannot be asked for", async (reference) => {
    const registry = await startRegistry();
    const answer = await registry.nobody("GET", referrersOf(reference));
    expect([answer.status, answer.code]).toEqual([400, "DIGEST_INVALID"]);
  });

  it("are found by a subject's SHA-512", async () => {
    const registry = await startRegistry();
    const image = makeImage();
    const digest = sha512Digest(image.root.bytes);
    const artifact = makeArtifact({ ...image.root, digest }, { artifactType: "application/a" });
    await pushImage(registry.writer, "team/app", artifact);
    expect((await registry.nobody("GET", referrersOf(digest))).json).toMatchObject({
      manifests: [{ digest: artifact.root.digest }],
    });
  });

  it("stay when their subject is deleted, and go when they are", async () => {
    const registry = await startRegistry();
    const image = makeImage();
    const artifact = makeArtifact(image.root, { artifactType: "application/a" });
    await pushImage(registry.writer, "team/app", artifact);
    await pushImage(registry.writer, "team/app", image, "1.0");
    await registry.admin("DELETE", `/v2/team/app/manifests/${image.root.digest}`);
    const count = async (): Promise<number> =>
      ((await registry.nobody("GET", referrersOf(image.root.digest))).json as { manifests: unknown[] }).manifests
        .length;
    expect(await count()).toBe(1);
    await registry.admin("DELETE", `/v2/team/app/manifests/${artifact.root.digest}`);
    expect(await count()).toBe(0);
  });

  it("do not include signatures that lie under tags", async () => {
    const registry = await startRegistry();
    const image = makeImage();
    const signature = makeCosignSignature(image.root);
    await pushImage(registry.writer, "team/app", image, "1.0");
    await pushImage(registry.writer, "team/app", signature.image, signature.tag);
    expect((await registry.nobody("GET", referrersOf(image.root.digest))).json).toMatchObject({ manifests: [] });
    expect((await registry.nobody("GET", `/v2/team/app/manifests/${signature.tag}`)).status).toBe(200);
  });
});

function referrersOf(digest: string): string {
  return `/v2/team/app/referrers/${digest}`;
}

async function withTags(...tags: readonly string[]): Promise<TestRegistry> {
  const registry = await startRegistry();
  const { store, clock } = registry;
  for (const tag of tags)
    await recordTag(store.db, repository("team/app"), tag as Tag, sha256Digest("image"), clock.now());
  return registry;
}

/** All names of a list that comes in pages. */
async function followLinks(send: Send, path: string, key: "tags" | "repositories"): Promise<readonly string[]> {
  const found: string[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const { json, headers } = await send("GET", next);
    found.push(...(json as Record<typeof key, readonly string[]>)[key]);
    next = /^<([^>]+)>; rel="next"$/.exec(String(headers["link"] ?? ""))?.[1];
  }
  return found;
}
