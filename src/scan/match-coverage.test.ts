// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { advisoriesOf, kevText, nodejsText, trackerText } from "../../test/support/feed-files.js";
import { deb, debianInventory, linesOf, nodejs, npm } from "../../test/support/scans.js";
import type { Inventory } from "../inventory/index.js";
import { countFindings } from "./counts.js";
import { match } from "./match.js";

const OPEN = { trixie: { status: "open" } };
const TRACKER = trackerText({ zlib: { "CVE-2026-0001": OPEN } });
const NODEJS = nodejsText([{ cve: ["CVE-2026-0002"], vulnerable: "22.x", patched: "^22.1.1" }]);
const ZLIB = deb("zlib1g", "1.3-1", { source: "zlib" });
const BASH = deb("bash", "5.2-1");

describe("when nothing is known", () => {
  it("nothing is counted, not even zero", async () => {
    const result = match(debianInventory(ZLIB, BASH), await advisoriesOf([kevText(["CVE-2026-0001"])]));
    expect(countFindings(result)).toBeUndefined();
    expect(result).toMatchObject({ assessedPackages: 0, findings: [], dataAsOf: undefined });
    expect(result.unknown).toEqual([
      { kind: "deb", names: ["bash", "zlib"], why: "no data: import or update the debian-tracker feed" },
    ]);
  });

  it("data about other packages do not make this one known", async () => {
    const result = match(debianInventory(BASH), await advisoriesOf([TRACKER]));
    expect(countFindings(result)).toBeUndefined();
    expect(result.unknown).toEqual([
      { kind: "deb", names: ["bash"], why: "the debian-tracker feed does not cover them for debian:13" },
    ]);
    expect(result.dataAsOf).toBeUndefined();
  });
});

describe("when part is known", () => {
  it("what is not is listed by source, sorted, each once, and the rest is counted", async () => {
    const more = [deb("libbz2-1.0", "1", { source: "bzip2" }), deb("bzip2", "1"), BASH];
    const result = match(debianInventory(ZLIB, ...more), await advisoriesOf([TRACKER]));
    expect(countFindings(result)).toMatchObject({ unspecified: 1 });
    expect(result.assessedPackages).toBe(1);
    expect(result.unknown.map((unknown) => unknown.names)).toEqual([["bash", "bzip2"]]);
  });

  it("kinds of packages are told apart", async () => {
    const inventory = debianInventory(ZLIB, nodejs("22.1.0"), npm("b", "1.0.0"), npm("a", "1.0.0"), npm("a", "2.0.0"));
    const result = match(inventory, await advisoriesOf([TRACKER]));
    expect(result.unknown).toEqual([
      { kind: "nodejs", names: ["node"], why: "no data: import or update the nodejs-core feed" },
      { kind: "npm", names: ["a", "b"], why: "not assessed by this version of Basalt" },
    ]);
  });

  it("a complete feed knows every package of its releases", async () => {
    const result = match(debianInventory(ZLIB, BASH), await advisoriesOf([TRACKER], { isComplete: true }));
    expect(result.unknown).toEqual([]);
    expect(result.assessedPackages).toBe(2);
  });
});

describe("a distribution that the data do not speak about", () => {
  const RELEASES: readonly { summary: string; distro: Inventory["distro"] }[] = [
    { summary: "another release of Debian", distro: { id: "debian", versionId: "11", prettyName: "Debian 11" } },
    {
      summary: "testing, which has no number",
      distro: { id: "debian", versionId: "", prettyName: "Debian forky/sid" },
    },
    { summary: "a derivative with packages of its own", distro: { id: "ubuntu", versionId: "13", prettyName: "U" } },
    { summary: "no distribution at all", distro: undefined },
  ];

  it.each(RELEASES)("is unknown, not clean: $summary", async ({ distro }) => {
    const advisories = await advisoriesOf([TRACKER], { isComplete: true });
    const result = match({ ...(distro === undefined ? {} : { distro }), packages: [ZLIB] }, advisories);
    expect(countFindings(result)).toBeUndefined();
    expect(result.unknown).toMatchObject([{ kind: "deb", names: ["zlib"] }]);
  });

  it("a point release is the release", async () => {
    const distro = { id: "debian", versionId: "13.2", prettyName: "Debian 13.2" };
    expect(linesOf({ distro, packages: [ZLIB] }, await advisoriesOf([TRACKER]))).toHaveLength(1);
  });
});

describe("how old the data are", () => {
  const DATED = trackerText({ zlib: { "CVE-1": { trixie: { status: "open", as_of: "2026-08-21" } } } });
  const CASES = [
    { summary: "the oldest feed that took part decides", packages: [ZLIB, nodejs("22.1.0")], asOf: "2026-08-21" },
    {
      summary: "a feed that had nothing to say does not",
      packages: [nodejs("22.1.0")],
      asOf: "2026-11-01T00:00:00.000Z",
    },
    { summary: "without any there is no date", packages: [npm("a", "1.0.0")], asOf: undefined },
  ];

  it.each(CASES)("$summary", async ({ packages, asOf }) => {
    const advisories = await advisoriesOf([DATED, NODEJS]);
    expect(match(debianInventory(...packages), advisories).dataAsOf).toBe(asOf);
  });
});

describe("kernel headers", () => {
  const KERNEL = trackerText({ linux: { "CVE-2026-0001": OPEN }, zlib: { "CVE-2026-0002": OPEN } });
  const from = { source: "linux" };
  const CASES = [
    { summary: "the C library's headers do not count", names: ["linux-libc-dev"], isSuppressed: true },
    {
      summary: "module headers do not count",
      names: ["linux-headers-6.12.1-amd64", "linux-libc-dev"],
      isSuppressed: true,
    },
    { summary: "an image of the kernel counts", names: ["linux-image-6.12.1-amd64"], isSuppressed: false },
    { summary: "headers beside a kernel count", names: ["linux-libc-dev", "linux-image-amd64"], isSuppressed: false },
    { summary: "tools of the kernel count", names: ["linux-perf"], isSuppressed: false },
    { summary: "a name that only begins so counts", names: ["linux-libc-development"], isSuppressed: false },
  ];

  it.each(CASES)("$summary", async ({ names, isSuppressed }) => {
    const packages = names.map((name) => deb(name, "6.12.1-1", from));
    const [finding, ...others] = match(debianInventory(...packages), await advisoriesOf([KERNEL])).findings;
    expect(others).toEqual([]);
    expect(finding?.suppression?.by).toBe(isSuppressed ? "rule kernel-headers" : undefined);
  });

  it("the rule is about the kernel's source only", async () => {
    const advisories = await advisoriesOf([KERNEL]);
    const [finding] = match(debianInventory(deb("linux-libc-dev", "1", { source: "zlib" })), advisories).findings;
    expect(finding?.suppression).toBeUndefined();
  });

  it("what it suppresses stays in sight and is counted as such", async () => {
    const result = match(debianInventory(deb("linux-libc-dev", "6.12.1-1", from)), await advisoriesOf([KERNEL]));
    expect(countFindings(result)).toMatchObject({ unspecified: 0, suppressed: 1, unimportant: 0 });
  });
});
