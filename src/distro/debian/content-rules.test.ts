// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { isKept, mergedLinks, mergedPath } from "./content-rules.js";

const paths = [
  { path: "bin/ls", expected: "usr/bin/ls" },
  { path: "lib64/ld-linux-x86-64.so.2", expected: "usr/lib64/ld-linux-x86-64.so.2" },
  { path: "sbin", expected: "usr/sbin" },
  { path: "usr/bin/ls", expected: "usr/bin/ls" },
  { path: "library/x", expected: "library/x" },
  { path: "etc/bin/x", expected: "etc/bin/x" },
];
it.each(paths)("$path stands at $expected", ({ path, expected }) => {
  expect(mergedPath(path)).toBe(expected);
});

const kept = [
  { path: "usr/share/doc/bash/copyright", kind: "file", expected: true },
  { path: "usr/share/doc/bash/changelog.Debian.gz", kind: "file", expected: false },
  { path: "usr/share/doc/bash", kind: "directory", expected: true },
  { path: "usr/share/doc/libgcc-s1", kind: "symlink", expected: true },
  { path: "usr/share/doc/README", kind: "file", expected: false },
  { path: "usr/share/doc/bash/examples/copyright", kind: "file", expected: false },
  { path: "usr/share/man/man1/ls.1.gz", kind: "file", expected: false },
  { path: "usr/share/manners/x", kind: "file", expected: true },
  { path: "usr/share/locale/de/LC_MESSAGES/x.mo", kind: "file", expected: false },
  { path: "usr/share/locale", kind: "directory", expected: false },
  { path: "usr/share/localedata", kind: "directory", expected: true },
  { path: "usr/bin/man", kind: "file", expected: true },
] as const;
it.each(kept)("whether an image keeps the $kind $path: $expected", ({ path, kind, expected }) => {
  expect(isKept(path, kind)).toBe(expected);
});

it("links are made for the merged folders that exist and that no package brings", () => {
  const present = new Set(["usr/bin", "usr/lib", "lib"]);
  expect(mergedLinks((path) => present.has(path))).toEqual([{ path: "bin", target: "usr/bin" }]);
});
