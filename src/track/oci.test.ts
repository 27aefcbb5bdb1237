// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { testHost } from "../../test/support/host.js";
import { startHttp } from "../../test/support/http-server.js";
import { makeImage, noise } from "../../test/support/images.js";
import { pushImage, startRegistry } from "../../test/support/registry.js";
import { track } from "../../test/support/tracking.js";

const ZERO = `sha256:${"0".repeat(64)}`;

/** A registry with two images: 1.9 alone, and 1.10 with more exact tags; `latest` and a release before its time. */
async function start(): Promise<{ readonly name: string; readonly old: string; readonly recent: string }> {
  const registry = await startRegistry();
  const [old, recent] = [makeImage({ annotations: { age: "old" } }), makeImage()];
  for (const tag of ["1.9"]) await pushImage(registry.writer, "team/tool", old, tag);
  for (const tag of ["1.10", "1.10.2", "1.10.2-debian13", "latest", "2.0-rc.1"])
    await pushImage(registry.writer, "team/tool", recent, tag);
  await pushImage(registry.writer, "team/tool", old, "1.10.1");
  return { name: `${registry.address}/team/tool`, old: old.root.digest, recent: recent.root.digest };
}

describe("oci_artifact", () => {
  it("digest, tag, and a reference with the longest tag of the same", async () => {
    const { name, recent } = await start();
    const set = [
      { var: "D", value: "digest" },
      { var: "T", value: "tag" },
      { var: "R", value: "reference" },
      { var: "E", value: "reference", selection: "exact" },
    ];
    const vars = { D: ZERO, T: "1.9", R: "x", E: "x" };
    const tracker = { type: "oci_artifact", name, match: String.raw`^[0-9]+\.[0-9]+$`, set };
    const result = await track(testHost(), { vars, track: [tracker] });
    expect(result.codes).toEqual([]);
    expect(result.lines).toEqual([
      `D ${ZERO} -> ${recent}`,
      "T 1.9 -> 1.10",
      `R x -> ${name}:1.10.2-debian13@${recent}`,
      `E x -> ${name}:1.10@${recent}`,
    ]);
  });

  const bad = [
    { summary: "nothing that matches", repository: "/team/tool", match: "^9", code: "TRACK_NOTHING" },
    { summary: "no such repository", repository: "/team/none", match: "^1", code: "REPOSITORY_UNKNOWN" },
    { summary: "a name with a tag", repository: "/team/tool:1.9", match: "^1", code: "TRACK_INVALID" },
    { summary: "no name", repository: "/Team", match: "^1", code: "REFERENCE_INVALID" },
  ];
  it.each(bad)("$summary", async ({ repository, match, code }) => {
    const { name } = await start();
    const set = [{ var: "V", value: "tag" }];
    const tracker = { type: "oci_artifact", name: name.replace("/team/tool", repository), match, set };
    expect(await track(testHost(), { vars: { V: "1" }, track: [tracker] })).toMatchObject({ lines: [], codes: [code] });
  });

  const hostile = [
    { summary: "tags that are no JSON", answer: "<html>", code: "TRACK_ANSWER" },
    { summary: "tags that are no list", answer: '{"tags":"1"}', code: "TRACK_ANSWER" },
    { summary: "null", answer: "null", code: "TRACK_NOTHING" },
    { summary: "tags that are no tags", answer: '{"tags":["../1",1,null,"1 2"]}', code: "TRACK_NOTHING" },
    { summary: "more than a page may have", answer: noise(5 * 1024 * 1024), code: "SIZE_LIMIT_EXCEEDED" },
    { summary: "pages without an end", answer: '{"tags":["1.1"]}', link: "tags/list?n=1", code: "SIZE_LIMIT_EXCEEDED" },
    {
      summary: "a next page elsewhere",
      answer: '{"tags":["1.1"]}',
      link: "http://example.test/",
      code: "REGISTRY_REFUSED",
    },
  ];
  it.each(hostile)("$summary", async ({ answer, link, code }) => {
    const server = await startHttp((request, response) => {
      if (link !== undefined) response.setHeader("link", `<${link}>; rel="next"`);
      response.end(request.url === "/v2/" ? "{}" : answer);
    });
    const set = [{ var: "V", value: "tag" }];
    const tracker = { type: "oci_artifact", name: `${new URL(server.url).host}/x`, match: "^1", set };
    expect((await track(testHost(), { vars: { V: "1" }, track: [tracker] })).codes).toEqual([code]);
  });
});
