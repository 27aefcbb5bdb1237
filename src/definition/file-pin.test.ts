// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { definitionText, testDefinition } from "../../test/support/definitions.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import type { BasaltError } from "../errors.js";
import { expandDefinition } from "./expand.js";
import { lintDefinition } from "./lint.js";
import type { FilePin } from "./model.js";
import { parseDefinition } from "./parse.js";
import { problemsOf } from "./problem.js";

type Parts = Readonly<Record<string, unknown>>;

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const GIT = "git+https://a.test/x.git";
const URL_ = "https://a.test/x-1.0.tar.gz";
const FINGERPRINT = "ABCDEF0123456789ABCDEF0123456789ABCDEF01";
const SIGNED = { checksum: `${URL_}.sig`, "signed-by": [FINGERPRINT], keys: ["https://a.test/keys.asc"] };

function file(parts: Parts): Parts {
  return { url: URL_, path: "/opt/a", ...parts };
}

async function pinOf(parts: Parts): Promise<FilePin | undefined> {
  const definition = await testDefinition({ contents: { files: [file(parts)] } });
  return expandDefinition(definition, "linux/amd64").files[0]?.pin;
}

async function codesOf(parts: Parts): Promise<readonly string[]> {
  const error = await pinOf(parts).catch((cause: unknown) => cause);
  return problemsOf(error as BasaltError, "").map(({ code }) => code);
}

describe("what pins a download:", () => {
  const commit = { kind: "commit", repository: "https://a.test/x.git", reference: "v1", commit: COMMIT };
  const signature = {
    kind: "signature",
    url: `${URL_}.sig`,
    fingerprints: [FINGERPRINT],
    keys: [{ url: "https://a.test/keys.asc" }],
  };
  const cases = [
    { summary: "a commit", parts: { url: `${GIT}#v1`, checksum: COMMIT }, expected: commit },
    {
      summary: "a commit of SHA-256",
      parts: { url: `${GIT}#v1`, checksum: "ab".repeat(32) },
      expected: { ...commit, commit: "ab".repeat(32) },
    },
    {
      summary: "a commit as reference",
      parts: { url: `${GIT}#${COMMIT}` },
      expected: { ...commit, reference: COMMIT },
    },
    { summary: "the newest commit", parts: { url: GIT, checksum: COMMIT }, expected: { ...commit, reference: "HEAD" } },
    {
      summary: "a file of checksums",
      parts: { checksum: `${URL_}.sha256` },
      expected: { kind: "checksum-file", url: `${URL_}.sha256` },
    },
    {
      summary: "a file of checksums that is clear-signed",
      parts: { checksum: "https://a.test/SHA256SUMS.asc" },
      expected: { kind: "checksum-file", url: "https://a.test/SHA256SUMS.asc" },
    },
    { summary: "a signature", parts: SIGNED, expected: signature },
    {
      summary: "a fingerprint in small letters",
      parts: { ...SIGNED, "signed-by": [FINGERPRINT.toLowerCase()] },
      expected: signature,
    },
  ];
  it.each(cases)("$summary", async ({ parts, expected }) => {
    expect(await pinOf(parts)).toEqual(expected);
  });

  it("the key of a signature may lie in the catalogue", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "keys"));
    writeFileSync(join(folder, "keys", "x.asc"), "a key");
    const text = definitionText({ contents: { files: [file({ ...SIGNED, keys: ["keys/x.asc"] })] } });
    const definition = await parseDefinition(text, join(folder, "a.yaml"));
    expect(expandDefinition(definition, "linux/amd64").files[0]?.pin).toMatchObject({
      keys: [{ path: "keys/x.asc", text: "a key" }],
    });
  });
});

describe("refused:", () => {
  const cases = [
    { summary: "a branch without a commit", parts: { url: `${GIT}#main` }, expected: ["DEFINITION_UNPINNED"] },
    { summary: "a short commit alone", parts: { url: `${GIT}#0123456` }, expected: ["DEFINITION_UNPINNED"] },
    { summary: "a tag as commit", parts: { url: `${GIT}#v1`, checksum: "v1" }, expected: ["DEFINITION_CHECKSUM"] },
    {
      summary: "a hash of an archive of git",
      parts: { url: `${GIT}#v1`, checksum: `sha256:${"0".repeat(64)}` },
      expected: ["DEFINITION_CHECKSUM"],
    },
    {
      summary: "an option as reference",
      parts: { url: `${GIT}#--x`, checksum: COMMIT },
      expected: ["DEFINITION_FILE"],
    },
    { summary: "ssh", parts: { url: "git+ssh://a.test/x", checksum: COMMIT }, expected: ["DEFINITION_FILE"] },
    {
      summary: "git without TLS",
      parts: { url: "git+http://a.test/x", checksum: COMMIT },
      expected: ["DEFINITION_FILE"],
    },
    {
      summary: "a password in an address",
      parts: { url: "git+https://u:p@a.test/x", checksum: COMMIT },
      expected: ["DEFINITION_FILE"],
    },
    {
      summary: "checksums without TLS",
      parts: { checksum: "http://a.test/sums" },
      expected: ["DEFINITION_CHECKSUM"],
    },
    { summary: "an address that is none", parts: { checksum: "https://" }, expected: ["DEFINITION_CHECKSUM"] },
    {
      summary: "checksums of an npm package",
      parts: { url: "npm:a@1.0.0", checksum: "https://a.test/sums" },
      expected: ["DEFINITION_CHECKSUM"],
    },
    { summary: "a signature without keys", parts: { checksum: `${URL_}.sig` }, expected: ["DEFINITION_CHECKSUM"] },
    { summary: "an armoured one", parts: { checksum: `${URL_}.asc` }, expected: ["DEFINITION_CHECKSUM"] },
    { summary: "fingerprints without keys", parts: { ...SIGNED, keys: undefined }, expected: ["DEFINITION_SIGNATURE"] },
    {
      summary: "keys without fingerprints",
      parts: { ...SIGNED, "signed-by": undefined },
      expected: ["DEFINITION_SIGNATURE"],
    },
    {
      summary: "keys beside a hash",
      parts: { ...SIGNED, checksum: `sha256:${"0".repeat(64)}` },
      expected: ["DEFINITION_SIGNATURE"],
    },
    {
      summary: "keys without TLS",
      parts: { ...SIGNED, keys: ["http://a.test/k"] },
      expected: ["DEFINITION_SIGNATURE"],
    },
    { summary: "keys of this machine", parts: { ...SIGNED, keys: ["file:///k"] }, expected: ["DEFINITION_SIGNATURE"] },
    {
      summary: "keys that leave the catalogue",
      parts: { ...SIGNED, keys: ["../../../etc/hostname"] },
      expected: ["DEFINITION_SOURCE"],
    },
    {
      summary: "keys that are not there",
      parts: { ...SIGNED, keys: ["keys/no.asc"] },
      expected: ["DEFINITION_SOURCE"],
    },
    { summary: "a signed commit", parts: { ...SIGNED, url: `${GIT}#v1` }, expected: ["DEFINITION_SIGNATURE"] },
    {
      summary: "a fingerprint that is short",
      parts: { ...SIGNED, "signed-by": [FINGERPRINT.slice(8)] },
      expected: ["SCHEMA_PATTERN"],
    },
  ];
  it.each(cases)("$summary", async ({ parts, expected }) => {
    expect(await codesOf(parts)).toEqual(expected);
  });
});

it("lint says nothing of what is found by an address, in stages neither", async () => {
  const files = [file({ checksum: `${URL_}.sha256` }), file({ url: `${GIT}#${COMMIT}` }), file(SIGNED)];
  const builds = [{ name: "s", contents: { files }, pipeline: [{ runs: "true" }], outputs: [] }];
  const definition = await testDefinition({ contents: { packages: ["base-files"], files, builds } });
  expect(lintDefinition(definition, { today: "2026-11-24" })).toEqual([]);
});
