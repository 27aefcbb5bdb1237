// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { startRegistry } from "../../../test/support/registry.js";
import { sha256Digest } from "../../formats/digest.js";
import { findRoute } from "./routes.js";

const DIGEST = sha256Digest("x");

describe("paths", () => {
  it.each([
    { path: "app/manifests/1.0", repository: "app", reference: "1.0" },
    { path: `team/app/manifests/${DIGEST}`, repository: "team/app", reference: DIGEST },
    { path: `a/b/c/d/blobs/${DIGEST}`, repository: "a/b/c/d", reference: DIGEST },
    { path: "app/blobs/uploads/", repository: "app", reference: "" },
    { path: "app/blobs/uploads", repository: "app", reference: "" },
    { path: "app/blobs/uploads/id", repository: "app", reference: "id" },
    { path: "app/tags/list", repository: "app", reference: "" },
    { path: `app/referrers/${DIGEST}`, repository: "app", reference: DIGEST },
    { path: "tags/list/tags/list", repository: "tags/list", reference: "" },
    { path: "blobs/uploads/manifests/1.0", repository: "blobs/uploads", reference: "1.0" },
    { path: "manifests/manifests/manifests", repository: "manifests", reference: "manifests" },
  ])("$path is of $repository", ({ path, repository, reference }) => {
    expect(findRoute(path)).toMatchObject({ repository, reference });
  });

  it.each([
    "",
    "app",
    "app/",
    "manifests/1.0",
    "app/manifests",
    "app/manifests/",
    "app/tags",
    "app/tags/list/",
    "app/x/y",
  ])("%j leads nowhere", (path) => {
    expect(findRoute(path)).toBeUndefined();
  });

  it.each([
    { method: "GET", path: "app/manifests/1.0", action: "pull" },
    { method: "HEAD", path: "app/manifests/1.0", action: "pull" },
    { method: "PUT", path: "app/manifests/1.0", action: "push" },
    { method: "DELETE", path: "app/manifests/1.0", action: "delete" },
    { method: "DELETE", path: `app/blobs/${DIGEST}`, action: "delete" },
    { method: "GET", path: "app/blobs/uploads/id", action: "push" },
    { method: "DELETE", path: "app/blobs/uploads/id", action: "push" },
    { method: "DELETE", path: "a/blobs/uploads/b/manifests/1.0", action: "delete" },
    { method: "GET", path: "a/blobs/uploads/b/manifests/1.0", action: "pull" },
  ] as const)("$method $path is to $action", ({ method, path, action }) => {
    expect(findRoute(path)?.methods[method]?.action).toBe(action);
  });
});

describe("methods", () => {
  it.each([
    { method: "PUT", path: "/v2/app/tags/list", allow: ["GET", "HEAD"] },
    { method: "DELETE", path: `/v2/app/referrers/${DIGEST}`, allow: ["GET", "HEAD"] },
    { method: "POST", path: "/v2/app/manifests/1.0", allow: ["DELETE", "GET", "HEAD", "PUT"] },
    { method: "PATCH", path: `/v2/app/blobs/${DIGEST}`, allow: ["DELETE", "GET", "HEAD"] },
    { method: "GET", path: "/v2/app/blobs/uploads/", allow: ["POST"] },
  ])("$method $path is not possible, and the answer says what is", async ({ method, path, allow }) => {
    const registry = await startRegistry();
    const answer = await registry.admin(method, path);
    expect([answer.status, answer.code]).toEqual([405, "UNSUPPORTED"]);
    expect(answer.headers["allow"]?.split(/,\s*/).toSorted()).toEqual(allow);
  });

  it.each(["/v2/app/tags/list", `/v2/app/referrers/${DIGEST}`, "/v2/_catalog"])(
    "HEAD %s answers as GET does, without a body",
    async (path) => {
      const registry = await startRegistry();
      const { store } = registry;
      await store.db
        .insertInto("tags")
        .values({ repository: "app", name: "1.0", digest: DIGEST, updated_at: "" })
        .execute();
      const whole = await registry.admin("GET", path);
      const head = await registry.admin("HEAD", path);
      expect([whole.status, head.status]).toEqual([200, 200]);
      expect(head.headers["content-type"]).toBe(whole.headers["content-type"]);
      expect(head.body.length).toBe(0);
    },
  );

  it.each([
    "/v2/app",
    "/v2/app/",
    "/v2/app/unknown",
    "/v2/app/manifests",
    "/v2/app/tags/list/",
    "/v2/_catalog/x",
    "/v2//",
  ])("there is nothing at %s", async (path) => {
    const registry = await startRegistry();
    expect((await registry.writer("GET", path)).status).toBe(404);
  });
});

describe("names that nobody should use", () => {
  it.each([
    { summary: "a parent folder", path: raw("a/../b"), status: [400] },
    { summary: "a parent folder at the beginning", path: raw("../etc"), status: [400] },
    { summary: "an encoded parent folder", path: raw("a/%2e%2e/b"), status: [400] },
    { summary: "an encoded parent folder with encoded slashes", path: raw("..%2f..%2fetc"), status: [400] },
    { summary: "an encoding of an encoding", path: raw("a%252fb"), status: [400] },
    { summary: "this folder", path: raw("a/./b"), status: [400] },
    { summary: "upper case", path: raw("Team/App"), status: [400] },
    { summary: "encoded upper case", path: raw("%41pp"), status: [400] },
    { summary: "two slashes", path: raw("a//b"), status: [400] },
    { summary: "a slash in front", path: raw("/a"), status: [400, 404] },
    { summary: "300 characters", path: raw("a".repeat(300)), status: [400] },
    { summary: "300 characters in parts", path: raw("abcd/".repeat(60).slice(0, -1)), status: [400] },
    { summary: "10,000 characters", path: raw("a".repeat(10_000)), status: [400, 404, 414] },
    { summary: "a zero byte", path: raw("a%00b"), status: [400] },
    { summary: "a line break", path: raw("app%0a"), status: [400, 404] },
    { summary: "white space", path: raw("a%20b"), status: [400] },
    { summary: "letters of other scripts", path: raw("%d0%b0pp"), status: [400] },
    { summary: "a colon", path: raw("a:b"), status: [400] },
    { summary: "an at sign", path: raw("a@b"), status: [400] },
    { summary: "a dash in front", path: raw("-a"), status: [400] },
    { summary: "two dots within", path: raw("a..b"), status: [400] },
    { summary: "an encoding that is broken", path: raw("a%zzb"), status: [400] },
    { summary: "an encoding that is no UTF-8", path: raw("a%ffb"), status: [400] },
  ])("$summary is refused", async ({ path, status }) => {
    const registry = await startRegistry();
    for (const send of [registry.nobody, registry.admin]) {
      const answer = await send("GET", path);
      expect(status).toContain(answer.status);
      if (answer.status === 400) expect(answer.code).toBe("NAME_INVALID");
      const push = await send("PUT", path, { body: "{}" });
      expect(status).toContain(push.status);
    }
    expect(await registry.store.db.selectFrom("manifests").selectAll().execute()).toEqual([]);
  });

  it.each([
    { summary: "255 characters", name: `${"a/".repeat(100)}${"b".repeat(55)}` },
    { summary: "dots, underscores and dashes", name: "a.b/c_d/e__f/g-h/i---j" },
    { summary: "words that routes use", name: "blobs/uploads/manifests/tags/list/referrers" },
    { summary: "digits", name: "0/1/2" },
  ])("$summary are fine", async ({ name }) => {
    const registry = await startRegistry();
    const answer = await registry.writer("POST", `/v2/${name}/blobs/uploads/`);
    expect(answer.status).toBe(202);
    expect((await registry.writer("GET", answer.headers.location ?? "")).status).toBe(204);
  });

  it.each(["..", "%2e%2e", "a%2fb", "-1", ".1", "a".repeat(129), "a%00", "sha256:abc", "sha256:", "md5:00", "%zz"])(
    "%s is no tag and no digest",
    async (reference) => {
      const registry = await startRegistry();
      for (const method of ["GET", "PUT", "DELETE"]) {
        const answer = await registry.admin(method, `/v2/app/manifests/${reference}`, { body: "{}" });
        expect([400, 404]).toContain(answer.status);
        expect(answer.code).toBeDefined();
      }
    },
  );
});

/** The path of a manifest of whatever name. */
function raw(name: string): string {
  return `/v2/${name}/manifests/1.0`;
}
