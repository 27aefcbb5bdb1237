// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { debianCodename, debianEcosystem } from "./releases.js";

describe("the codename of a version", () => {
  const cases = [
    { version: "13", codename: "trixie" },
    { version: "10", codename: "buster" },
    { version: "13.1", codename: undefined },
    { version: "9", codename: undefined },
    { version: "", codename: undefined },
    { version: "constructor", codename: undefined },
  ];
  it.each(cases)("$version is $codename", ({ version, codename }) => {
    expect(debianCodename(version)).toBe(codename);
  });
});

describe("the name that advisory data use", () => {
  const cases = [
    { release: "trixie", ecosystem: "debian:13" },
    { release: "13", ecosystem: "debian:13" },
    { release: "12.11", ecosystem: "debian:12" },
    { release: "sid", ecosystem: "debian:sid" },
    { release: "", ecosystem: "debian:" },
    { release: "constructor", ecosystem: "debian:constructor" },
    { release: "__proto__", ecosystem: "debian:__proto__" },
  ];
  it.each(cases)("of $release is $ecosystem", ({ release, ecosystem }) => {
    expect(debianEcosystem(release)).toBe(ecosystem);
  });
});
