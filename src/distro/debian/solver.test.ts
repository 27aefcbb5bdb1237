// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { codeOf } from "../../../test/support/bytes.js";
import { solveRequest as request, universe, type Offer } from "../../../test/support/debian-universe.js";
import type { PackageUniverse } from "./package-index.js";
import { solve } from "./solver.js";

const solved: readonly {
  readonly summary: string;
  readonly offers: readonly Offer[];
  readonly wanted: string;
  readonly expected: readonly string[];
  readonly dropped?: readonly string[];
}[] = [
  {
    summary: "dependencies come in, recommendations do not",
    offers: [["aa", { Depends: "bb", Recommends: "cc" }], ["bb"], ["cc"]],
    wanted: "aa",
    expected: ["aa 1.0-1", "bb 1.0-1"],
  },
  {
    summary: "pre-dependencies come in",
    offers: [["aa", { "Pre-Depends": "bb" }], ["bb"]],
    wanted: "aa",
    expected: ["aa 1.0-1", "bb 1.0-1"],
  },
  {
    summary: "the highest version over all suites is taken",
    offers: [["aa 1.0-1"], ["aa 1.0-1+deb13u2"], ["aa 1.0-1+deb13u1"]],
    wanted: "aa",
    expected: ["aa 1.0-1+deb13u2"],
  },
  {
    summary: "a pin takes that version",
    offers: [["aa 1.0-1"], ["aa 2.0-1"]],
    wanted: "aa=1.0-1",
    expected: ["aa 1.0-1"],
  },
  {
    summary: "of alternatives the first that can be had is taken",
    offers: [["aa", { Depends: "bb | cc" }], ["bb"], ["cc"]],
    wanted: "aa",
    expected: ["aa 1.0-1", "bb 1.0-1"],
  },
  {
    summary: "an alternative that is in already is enough",
    offers: [["aa", { Depends: "bb | cc" }], ["bb"], ["cc"]],
    wanted: "aa cc",
    expected: ["aa 1.0-1", "cc 1.0-1"],
  },
  {
    summary: "an alternative that does not exist is passed over",
    offers: [["aa", { Depends: "nothing | cc" }], ["cc"]],
    wanted: "aa",
    expected: ["aa 1.0-1", "cc 1.0-1"],
  },
  {
    summary: "an alternative whose version is too low is passed over",
    offers: [["aa", { Depends: "bb (>= 2) | cc" }], ["bb 1.0-1"], ["cc"]],
    wanted: "aa",
    expected: ["aa 1.0-1", "cc 1.0-1"],
  },
  {
    summary: "a virtual package is met by one that provides it",
    offers: [
      ["aa", { Depends: "awk" }],
      ["mawk", { Provides: "awk" }],
    ],
    wanted: "aa",
    expected: ["aa 1.0-1", "mawk 1.0-1"],
  },
  {
    summary: "of those that provide a name, the one of higher priority is taken",
    offers: [
      ["aa", { Depends: "awk" }],
      ["gawk", { Provides: "awk", Priority: "optional" }],
      ["mawk", { Provides: "awk", Priority: "required" }],
    ],
    wanted: "aa",
    expected: ["aa 1.0-1", "mawk 1.0-1"],
  },
  {
    summary: "a real package goes before one that provides its name",
    offers: [["aa", { Depends: "bb" }], ["cc", { Provides: "bb", Priority: "required" }], ["bb"]],
    wanted: "aa",
    expected: ["aa 1.0-1", "bb 1.0-1"],
  },
  {
    summary: "a versioned dependency is met by a versioned provision",
    offers: [
      ["aa", { Depends: "api (>= 2)" }],
      ["bb", { Provides: "api (= 2)" }],
    ],
    wanted: "aa",
    expected: ["aa 1.0-1", "bb 1.0-1"],
  },
  {
    summary: "a mask steers to another provider",
    offers: [
      ["aa", { Depends: "awk" }],
      ["gawk", { Provides: "awk" }],
      ["mawk", { Provides: "awk", Priority: "required" }],
    ],
    wanted: "aa !mawk",
    expected: ["aa 1.0-1", "gawk 1.0-1"],
  },
  {
    summary: "a dependency that only masked packages could meet is dropped and said",
    offers: [["aa", { Depends: "awk, cc" }], ["mawk", { Provides: "awk" }], ["cc"]],
    wanted: "aa !mawk",
    expected: ["aa 1.0-1", "cc 1.0-1"],
    dropped: ["aa: awk"],
  },
  {
    summary: "a mask of a name that does not exist means nothing",
    offers: [["aa"]],
    wanted: "aa !gmp",
    expected: ["aa 1.0-1"],
  },
  {
    summary: "a masked alternative gives way to the next",
    offers: [
      ["aa", { Depends: "debconf (>= 0.5) | debconf-2.0" }],
      ["debconf 1.5"],
      ["cdebconf", { Provides: "debconf-2.0" }],
    ],
    wanted: "aa !debconf",
    expected: ["aa 1.0-1", "cdebconf 1.0-1"],
  },
  {
    summary: "circles of dependencies end",
    offers: [
      ["aa", { Depends: "bb" }],
      ["bb", { Depends: "aa" }],
    ],
    wanted: "aa",
    expected: ["aa 1.0-1", "bb 1.0-1"],
  },
  {
    summary: "essential packages are not added on their own",
    offers: [["aa"], ["dash", { Essential: "yes" }]],
    wanted: "aa",
    expected: ["aa 1.0-1"],
  },
  {
    summary: "a package may conflict with a name that it provides itself",
    offers: [["aa", { Provides: "mta", Conflicts: "mta" }]],
    wanted: "aa",
    expected: ["aa 1.0-1"],
  },
  {
    summary: "a break of a version that is not chosen is no conflict",
    offers: [["aa", { Breaks: "bb (<< 2)" }], ["bb 2.0-1"]],
    wanted: "aa bb",
    expected: ["aa 1.0-1", "bb 2.0-1"],
  },
  {
    summary: "a dependency with :any is met by a package that allows it",
    offers: [
      ["aa", { Depends: "python3:any (>= 1)" }],
      ["python3", { "Multi-Arch": "allowed" }],
    ],
    wanted: "aa",
    expected: ["aa 1.0-1", "python3 1.0-1"],
  },
  {
    summary: "a dependency with :any is passed over where no package allows it",
    offers: [["aa", { Depends: "bb:any | cc:any | dd" }], ["bb"], ["cc", { "Multi-Arch": "foreign" }], ["dd"]],
    wanted: "aa",
    expected: ["aa 1.0-1", "dd 1.0-1"],
  },
  {
    summary: "a dependency with the architecture of the image, or native, is one without",
    offers: [["aa", { Depends: "bb:amd64, cc:native, dd:amd64" }], ["bb"], ["cc"], ["dd", { Architecture: "all" }]],
    wanted: "aa",
    expected: ["aa 1.0-1", "bb 1.0-1", "cc 1.0-1", "dd 1.0-1"],
  },
  {
    summary: "a dependency with another architecture is not met",
    offers: [["aa", { Depends: "bb:i386 | cc" }], ["bb"], ["cc"]],
    wanted: "aa",
    expected: ["aa 1.0-1", "cc 1.0-1"],
  },
  {
    summary: "a name with :any is met by one that provides it and allows it",
    offers: [
      ["aa", { Depends: "api:any" }],
      ["bb", { Provides: "api", "Multi-Arch": "allowed" }],
      ["cc", { Provides: "api", Priority: "required" }],
    ],
    wanted: "aa",
    expected: ["aa 1.0-1", "bb 1.0-1"],
  },
  {
    summary: "a name that is provided with :any meets that alone",
    offers: [["aa", { Depends: "api | dd, api:any" }], ["bb", { Provides: "api:any" }], ["dd"]],
    wanted: "aa",
    expected: ["aa 1.0-1", "bb 1.0-1", "dd 1.0-1"],
  },
  {
    summary: "a conflict with another architecture is none",
    offers: [["aa", { Conflicts: "bb:i386" }], ["bb"]],
    wanted: "aa bb",
    expected: ["aa 1.0-1", "bb 1.0-1"],
  },
];
it.each(solved)("$summary", ({ offers, wanted, expected, dropped = [] }) => {
  const solution = solve(request(wanted), universe(offers));
  expect(solution.packages.map((item) => `${item.name} ${item.version}`).toSorted()).toEqual(expected);
  expect(solution.dropped.map((item) => `${item.package}: ${item.dependency}`)).toEqual(dropped);
});

const refused: readonly {
  readonly summary: string;
  readonly offers: readonly Offer[];
  readonly wanted: string;
  readonly code: string;
}[] = [
  { summary: "a name that does not exist is refused", offers: [["aa"]], wanted: "bb", code: "PACKAGE_UNKNOWN" },
  {
    summary: "a virtual package cannot be requested",
    offers: [["mawk", { Provides: "awk" }]],
    wanted: "awk",
    code: "PACKAGE_UNKNOWN",
  },
  {
    summary: "a pin of a version that does not exist is refused",
    offers: [["aa 1.0-1"]],
    wanted: "aa=3.0-1",
    code: "PACKAGE_UNSATISFIABLE",
  },
  {
    summary: "a dependency that nothing meets is refused",
    offers: [["aa", { Depends: "nothing" }]],
    wanted: "aa",
    code: "PACKAGE_UNSATISFIABLE",
  },
  {
    summary: "an unversioned provision does not meet a version",
    offers: [
      ["aa", { Depends: "api (>= 2)" }],
      ["bb", { Provides: "api" }],
    ],
    wanted: "aa",
    code: "PACKAGE_UNSATISFIABLE",
  },
  {
    summary: "a pinned package whose version does not do is refused",
    offers: [["aa", { Depends: "bb (>= 2)" }], ["bb 1.0-1"], ["bb 2.0-1"]],
    wanted: "aa bb=1.0-1",
    code: "PACKAGE_UNSATISFIABLE",
  },
  {
    summary: "packages in conflict are refused",
    offers: [["aa", { Conflicts: "bb" }], ["bb"]],
    wanted: "aa bb",
    code: "PACKAGE_CONFLICT",
  },
  {
    summary: "a package that breaks another is refused",
    offers: [["aa", { Breaks: "bb (<< 2)" }], ["bb 1.0-1"]],
    wanted: "aa bb",
    code: "PACKAGE_CONFLICT",
  },
  {
    summary: "a conflict with :any is one with every architecture",
    offers: [["aa", { Conflicts: "bb:any" }], ["bb"]],
    wanted: "aa bb",
    code: "PACKAGE_CONFLICT",
  },
  {
    summary: "a conflict with a provided name is a conflict",
    offers: [
      ["aa", { Conflicts: "mta" }],
      ["exim", { Provides: "mta" }],
    ],
    wanted: "aa exim",
    code: "PACKAGE_CONFLICT",
  },
];
it.each(refused)("$summary", async ({ offers, wanted, code }) => {
  expect(await codeOf(() => solve(request(wanted), universe(offers)))).toBe(code);
});

it("a chain of ten thousand dependencies does not exhaust the stack", () => {
  const offers: readonly Offer[] = Array.from({ length: 10_000 }, (_, index): Offer => [
    `p${index}`,
    index === 9_999 ? {} : { Depends: `p${index + 1}` },
  ]);
  const packages = new Map(offers.map((offer) => [offer[0], offer]));
  const lazy: PackageUniverse = {
    ...universe([]),
    versionsOf: (name) => (packages.has(name) ? universe([packages.get(name) as Offer]).versionsOf(name) : []),
  };
  expect(solve(request("p0"), lazy).packages).toHaveLength(10_000);
});
