// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { isReference, parseGitUrl, submoduleUrl } from "./git-url.js";

describe("a git URL", () => {
  const cases = [
    ["git+https://a.test/x.git#v1", "https://a.test/x.git", "v1"],
    ["git+https://a.test/x#refs/tags/v1", "https://a.test/x", "refs/tags/v1"],
    ["git+https://a.test/x#feature/a-b_c.d+e", "https://a.test/x", "feature/a-b_c.d+e"],
    ["git+https://a.test/x#a%2Bb", "https://a.test/x", "a+b"],
    ["git+https://a.test/x", "https://a.test/x", "HEAD"],
    ["git+http://127.0.0.1:80/x#v1", "http://127.0.0.1/x", "v1"],
  ] as const;
  it.each(cases)("%s", (text, repository, reference) => {
    const url = parseGitUrl(text);
    expect([url.repository.href, url.reference]).toEqual([repository, reference]);
  });

  const refused = [
    "https://a.test/x.git#v1",
    "git+",
    "git+https://",
    "git+http://a.test/x.git#v1",
    "git+ssh://git@a.test/x.git#v1",
    "git+file:///etc#v1",
    "git+ext::sh -c id",
    "git+https://u:p@a.test/x.git#v1",
    "git+https://u@a.test/x.git#v1",
    "git+https://a.test/x.git#-v1",
    "git+https://a.test/x.git#--upload-pack=id",
    "git+https://a.test/x.git#v1:folder",
    "git+https://a.test/x.git#v*",
    "git+https://a.test/x.git#a..b",
    "git+https://a.test/x.git#v1^{}",
    "git+https://a.test/x.git#a%20b",
    "git+https://a.test/x.git#a%00b",
  ];
  it.each(refused)("refused: %s", async (text) => {
    expect(await codeOf(() => parseGitUrl(text))).toBe("DEFINITION_INVALID");
  });

  it("a password in a URL is not in the message", () => {
    expect(() => parseGitUrl("git+https://user:secret@a.test/x.git#v1")).toThrow(/^(?!.*secret).*a\.test\/x\.git#v1/);
  });
});

it.each([
  "",
  "@",
  "/a",
  "a/",
  "a//b",
  ".a",
  "a/.b",
  "a.",
  "a.lock",
  "a.lock/b",
  "a@{1}",
  "a\\b",
  "a[b",
  "a?b",
  "a".repeat(251),
])("not a reference: %j", (text) => {
  expect(isReference(text)).toBe(false);
});

describe("a submodule", () => {
  const cases = [
    ["../y.git", "https://a.test/g/x.git", "https://a.test/g/y.git"],
    ["../../h/y.git", "https://a.test/g/x.git", "https://a.test/h/y.git"],
    ["../../../../../y.git", "https://a.test/g/x.git", "https://a.test/y.git"],
    ["./y", "https://a.test/g/x/", "https://a.test/g/x/y"],
    ["https://b.test/y.git", "https://a.test/g/x.git", "https://b.test/y.git"],
    ["http://127.0.0.1/y.git", "http://localhost/x.git", "http://127.0.0.1/y.git"],
  ] as const;
  it.each(cases)("%s of %s", (text, parent, expected) => {
    expect(submoduleUrl(text, new URL(parent)).href).toBe(expected);
  });

  const refused = [
    "",
    "y.git",
    "/y.git",
    "//b.test/y.git",
    "http://b.test/y.git",
    "http://127.0.0.1/y.git",
    "ssh://b.test/y.git",
    "git@b.test:y.git",
    "git://b.test/y.git",
    "file:///etc",
    "ext::sh -c id",
    "https://u:p@b.test/y.git",
    "https://",
    "-x",
  ];
  it.each(refused)("refused: %j", async (text) => {
    expect(await codeOf(() => submoduleUrl(text, new URL("https://a.test/x.git")))).toBe("GIT_CONTENT");
  });
});
