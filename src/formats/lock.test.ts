// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { formatLock, parseLock, type Lock } from "./lock.js";

const SHA256 = "0123456789abcdef".repeat(4);
const INTEGRITY = `sha256-${Buffer.from(SHA256, "hex").toString("base64")}`;

const PACKAGE = {
  name: "libc6",
  version: "2.41-12",
  architecture: "amd64",
  source: "glibc",
  sourceVersion: "2.41-12",
  repository: "debian",
  suite: "trixie",
  path: "pool/main/g/glibc/libc6_2.41-12_amd64.deb",
  sizeBytes: 2_847_000,
  sha256: SHA256,
};
const ARTIFACT = { url: "npm:npm@11.0.0", integrity: INTEGRITY, sha256: SHA256, sizeBytes: 7 };
const GIT = { ...ARTIFACT, url: "git+https://a.test/x.git#v1", commit: "a".repeat(40) };
const LISTED = { ...ARTIFACT, url: "https://a.test/x.tar", checksumUrl: "https://a.test/x.tar.sha256" };
const SIGNED = {
  ...ARTIFACT,
  url: "https://a.test/y.tar",
  signature: { url: "https://a.test/y.tar.sig", signedBy: ["A".repeat(40)] },
};
const INDEX = {
  repository: "debian",
  suite: "trixie",
  component: "main",
  architecture: "amd64",
  releaseSha256: SHA256,
  releasedAt: "2025-11-15T09:59:01Z",
  indexSha256: SHA256,
  signedBy: ["A".repeat(40)],
};
const PLATFORM = {
  packages: [PACKAGE],
  artifacts: [GIT, LISTED, SIGNED, ARTIFACT],
  dropped: [{ package: "a", dependency: "b | c" }],
  keyrings: [{ url: "https://a.test/key", fingerprints: ["A".repeat(40)], keys: "a2V5cw==" }],
};
const LOCK = {
  lockVersion: 1,
  rules: { tar: 1 },
  compressor: "gzip-6-zlib",
  definition: { path: "images/test.yaml", sha256: SHA256 },
  mapping: { repositories: { "http://a.test": "debian" }, packages: { a: "b" }, pins: "ignore" },
  platforms: { "linux/amd64": PLATFORM },
  evidence: { indexes: [INDEX] },
};

/** The lock with one value replaced; a path such as `platforms.linux/amd64.packages.0.name`. */
function withValue(path: string, value: unknown): string {
  const copy = JSON.parse(JSON.stringify(LOCK)) as Record<string, unknown>;
  const keys = path.split(".");
  let at = copy;
  for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>;
  at[keys.at(-1) ?? ""] = value;
  return JSON.stringify(copy);
}

describe("a lock", () => {
  it("is read as it was written", () => {
    expect(parseLock(JSON.stringify(LOCK), "test.lock")).toEqual(LOCK);
    expect(parseLock(formatLock(parseLock(JSON.stringify(LOCK), "test.lock")), "test.lock")).toEqual(LOCK);
  });

  it("without a mapping has none", () => {
    const { mapping: _mapping, ...plain } = LOCK;
    expect(parseLock(JSON.stringify(plain), "test.lock")).toEqual(plain);
  });

  it("loses what is not part of it", () => {
    const more = withValue("platforms.linux/amd64.packages.0.comment", "x");
    expect(parseLock(more, "test.lock")).toEqual(LOCK);
  });

  it("may lack its evidence, which does not decide anything", () => {
    expect(parseLock(withValue("evidence", undefined), "test.lock").evidence).toEqual({ indexes: [] });
  });

  it("has sorted keys and lists, and ends in a line break", () => {
    const names = ["b", "a", "c"];
    const platform = {
      packages: names.map((name) => ({ ...PACKAGE, name })),
      artifacts: names.map((url) => ({ ...ARTIFACT, url })),
      dropped: names.map((dependency) => ({ package: "x", dependency })),
    };
    const indexes = names.map((suite) => ({ ...INDEX, suite }));
    const unsorted = { ...LOCK, platforms: { "linux/amd64": platform }, evidence: { indexes } };
    const text = formatLock(parseLock(JSON.stringify(unsorted), "test.lock"));
    const sorted = parseLock(text, "test.lock");
    expect(sorted.platforms["linux/amd64"]?.packages.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(sorted.platforms["linux/amd64"]?.artifacts.map(({ url }) => url)).toEqual(["a", "b", "c"]);
    expect(sorted.platforms["linux/amd64"]?.dropped.map(({ dependency }) => dependency)).toEqual(["a", "b", "c"]);
    expect(sorted.evidence.indexes.map(({ suite }) => suite)).toEqual(["a", "b", "c"]);
    expect(Object.keys(JSON.parse(text) as object)).toEqual([
      "compressor",
      "definition",
      "evidence",
      "lockVersion",
      "mapping",
      "platforms",
      "rules",
    ]);
    expect(text.endsWith("}\n")).toBe(true);
  });
});

describe("hostile locks are refused", () => {
  const AT = "platforms.linux/amd64";
  const cases = [
    { summary: "nothing", text: "" },
    { summary: "half a lock", text: JSON.stringify(LOCK).slice(0, 300) },
    { summary: "garbage", text: "\u00a5".repeat(1000) },
    { summary: "a byte order mark", text: `\ufeff${JSON.stringify(LOCK)}` },
    { summary: "null", text: "null" },
    { summary: "a number", text: "1" },
    { summary: "a text", text: '"lock"' },
    { summary: "a list", text: JSON.stringify([LOCK]) },
    { summary: "an empty object", text: "{}" },
    { summary: "a later version", text: withValue("lockVersion", 2) },
    { summary: "a version as text", text: withValue("lockVersion", "1") },
    { summary: "rules that are null", text: withValue("rules", null) },
    { summary: "rules that are a list", text: withValue("rules", [1]) },
    { summary: "a rule version as text", text: withValue("rules.tar", "1") },
    { summary: "a rule version with a fraction", text: withValue("rules.tar", 1.5) },
    { summary: "a negative rule version", text: withValue("rules.tar", -1) },
    { summary: "a compressor that is no text", text: withValue("compressor", 6) },
    { summary: "an empty compressor", text: withValue("compressor", "") },
    { summary: "a definition that is a text", text: withValue("definition", "x") },
    { summary: "a definition without a hash", text: withValue("definition.sha256", undefined) },
    { summary: "a definition with a hash in capitals", text: withValue("definition.sha256", SHA256.toUpperCase()) },
    { summary: "platforms that are a list", text: withValue("platforms", []) },
    { summary: "an unknown platform", text: withValue("platforms", { "linux/386": PLATFORM }) },
    { summary: "a platform that is null", text: withValue(AT, null) },
    {
      summary: "one platform in two spellings",
      text: withValue("platforms", { "linux/arm64": PLATFORM, "linux/arm64/v8": { ...PLATFORM, packages: [] } }),
    },
    { summary: "keyrings that are an object", text: withValue(`${AT}.keyrings`, {}) },
    { summary: "a keyring without keys", text: withValue(`${AT}.keyrings.0.keys`, undefined) },
    { summary: "a keyring that is not base64", text: withValue(`${AT}.keyrings.0.keys`, "a2V5cw==\n") },
    { summary: "a keyring without fingerprints", text: withValue(`${AT}.keyrings.0.fingerprints`, null) },
    { summary: "packages that are an object", text: withValue(`${AT}.packages`, {}) },
    { summary: "packages that are not there", text: withValue(`${AT}.packages`, undefined) },
    { summary: "a package that is null", text: withValue(`${AT}.packages.0`, null) },
    { summary: "a package that is a list", text: withValue(`${AT}.packages.0`, []) },
    ...Object.keys(PACKAGE).flatMap((key) => [
      { summary: `a package without ${key}`, text: withValue(`${AT}.packages.0.${key}`, undefined) },
      { summary: `a package whose ${key} is an object`, text: withValue(`${AT}.packages.0.${key}`, {}) },
      { summary: `a package whose ${key} is empty`, text: withValue(`${AT}.packages.0.${key}`, "") },
    ]),
    { summary: "an absolute path", text: withValue(`${AT}.packages.0.path`, "/etc/passwd") },
    { summary: "another host", text: withValue(`${AT}.packages.0.path`, "//evil.test/a.deb") },
    { summary: "a whole URL", text: withValue(`${AT}.packages.0.path`, "https://evil.test/a.deb") },
    { summary: "a path that goes up", text: withValue(`${AT}.packages.0.path`, "pool/../../a.deb") },
    {
      summary: "a path that goes up with backslashes",
      text: withValue(`${AT}.packages.0.path`, "pool\\..\\..\\a.deb"),
    },
    {
      summary: "a path that goes up in percent signs",
      text: withValue(`${AT}.packages.0.path`, "pool/%2e%2e/%2E%2E/a.deb"),
    },
    { summary: "a path with a NUL", text: withValue(`${AT}.packages.0.path`, "pool/a\0.deb") },
    { summary: "a size as text", text: withValue(`${AT}.packages.0.sizeBytes`, "5") },
    { summary: "a negative size", text: withValue(`${AT}.packages.0.sizeBytes`, -1) },
    { summary: "a size with a fraction", text: withValue(`${AT}.packages.0.sizeBytes`, 1.5) },
    { summary: "a size above 2^53", text: withValue(`${AT}.packages.0.sizeBytes`, 1e300) },
    { summary: "a hash with a prefix", text: withValue(`${AT}.packages.0.sha256`, `sha256:${SHA256}`) },
    { summary: "artifacts that are null", text: withValue(`${AT}.artifacts`, null) },
    { summary: "an artifact that is a text", text: withValue(`${AT}.artifacts.0`, "npm:npm") },
    { summary: "an artifact without a URL", text: withValue(`${AT}.artifacts.0.url`, undefined) },
    { summary: "an artifact with a broken checksum", text: withValue(`${AT}.artifacts.0.integrity`, "sha1-x") },
    { summary: "git without a commit", text: withValue(`${AT}.artifacts.0.commit`, undefined) },
    { summary: "a commit that is short", text: withValue(`${AT}.artifacts.0.commit`, "a".repeat(39)) },
    { summary: "a commit that is an option", text: withValue(`${AT}.artifacts.0.commit`, "--upload-pack=x") },
    { summary: "a commit of what is not git", text: withValue(`${AT}.artifacts.1.commit`, "a".repeat(40)) },
    { summary: "an address of checksums that is a number", text: withValue(`${AT}.artifacts.1.checksumUrl`, 1) },
    { summary: "a signature that is a text", text: withValue(`${AT}.artifacts.2.signature`, "x") },
    { summary: "a signature by nobody", text: withValue(`${AT}.artifacts.2.signature.signedBy`, null) },
    { summary: "a signature without an address", text: withValue(`${AT}.artifacts.2.signature.url`, undefined) },
    { summary: "dropped that is a text", text: withValue(`${AT}.dropped`, "x") },
    { summary: "a dropped dependency that is null", text: withValue(`${AT}.dropped.0`, null) },
    { summary: "a dropped dependency of no package", text: withValue(`${AT}.dropped.0.package`, 5) },
    { summary: "evidence that is a list", text: withValue("evidence", []) },
    { summary: "evidence without indexes", text: withValue("evidence", {}) },
    { summary: "an index that is null", text: withValue("evidence.indexes.0", null) },
    { summary: "an index that is a text", text: withValue("evidence.indexes.0", "trixie") },
    { summary: "an index with a broken hash", text: withValue("evidence.indexes.0.indexSha256", 5) },
    { summary: "an index that nobody in particular signed", text: withValue("evidence.indexes.0.signedBy", "me") },
    { summary: "lists in lists without an end", text: "[".repeat(1_000_000) },
    {
      summary: "a value of a hundred thousand lists in lists",
      text: `{"lockVersion":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
    },
  ];
  it.each(cases)("$summary", async ({ text }) => {
    expect(await codeOf(() => parseLock(text, "test.lock"))).toBe("LOCK_INVALID");
  });
});

it("a lock whose keys are those of a prototype is only a lock", () => {
  const text = JSON.stringify(LOCK).replace('"rules":{', '"__proto__":{"polluted":1},"rules":{"__proto__":1,');
  const lock = parseLock(text, "test.lock");
  expect([Object.keys(lock.rules), "polluted" in lock]).toEqual([["__proto__", "tar"], false]);
});

const text = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" });
const hash = fc.stringMatching(/^[0-9a-f]{64}$/);
const lockedPackage = fc.record({
  name: text,
  version: text,
  architecture: text,
  source: text,
  sourceVersion: text,
  repository: text,
  suite: text,
  path: fc.stringMatching(/^[a-z0-9]{1,5}(\/[a-z0-9+~_.-]{3,9}){0,3}$/).filter((path) => !path.includes("..")),
  sizeBytes: fc.maxSafeNat(),
  sha256: hash,
});
const artifact = fc.record({
  url: text,
  integrity: hash.map((hex) => `sha256-${Buffer.from(hex, "hex").toString("base64")}`),
  sha256: hash,
  sizeBytes: fc.maxSafeNat(),
});
const platform = fc.record({
  packages: fc.uniqueArray(lockedPackage, { selector: ({ name }) => name, maxLength: 4 }),
  artifacts: fc.uniqueArray(artifact, { selector: ({ url }) => url, maxLength: 3 }),
  dropped: fc.uniqueArray(fc.record({ package: text, dependency: text }), {
    selector: (item) => JSON.stringify(item),
    maxLength: 3,
  }),
});
const lock = fc
  .record({
    rules: fc.dictionary(text, fc.maxSafeNat(), { maxKeys: 4, noNullPrototype: true }),
    compressor: text,
    path: text,
    sha256: hash,
    platforms: fc.record({ "linux/amd64": platform, "linux/arm64": platform }, { requiredKeys: [] }),
  })
  .map(({ rules, compressor, path, sha256, platforms }) => {
    const value = {
      lockVersion: 1,
      rules,
      compressor,
      definition: { path, sha256 },
      platforms: { ...platforms },
      evidence: { indexes: [INDEX] },
    };
    return value as unknown as Lock;
  });

it("a lock that is formatted is read back, and formatted to the same bytes", () => {
  fc.assert(
    fc.property(lock, (wanted) => {
      const formatted = formatLock(wanted);
      const found = parseLock(formatted, "test.lock");
      expect(found).toEqual(JSON.parse(formatted));
      expect(formatLock(found)).toBe(formatted);
      expect(found.platforms["linux/amd64"]?.packages.length).toBe(wanted.platforms["linux/amd64"]?.packages.length);
    }),
  );
});

it("a lock with its lists in another order is the same bytes", () => {
  fc.assert(
    fc.property(lock, (wanted) => {
      const turned = Object.entries(wanted.platforms).map(([name, { packages, artifacts, dropped }]) => [
        name,
        { packages: packages.toReversed(), artifacts: artifacts.toReversed(), dropped: dropped.toReversed() },
      ]);
      expect(formatLock({ ...wanted, platforms: Object.fromEntries(turned) as Lock["platforms"] })).toBe(
        formatLock(wanted),
      );
    }),
  );
});
