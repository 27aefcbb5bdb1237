// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../../test/support/bytes.js";
import { solveRequest, universe, type Offer } from "../../../test/support/debian-universe.js";
import type { AbsenceReason, PackageReasons, PresentReasons } from "../contract.js";
import { explainPackage } from "./reasons.js";

function explain(name: string, wanted: string, offers: readonly Offer[]): PackageReasons {
  return explainPackage(name, solveRequest(wanted), universe(offers));
}

/** Paths as people write them. */
function pathsOf({ paths }: PresentReasons): readonly string[] {
  return paths.map((path) =>
    [path[0]?.package, ...path.map(({ dependency, metBy }) => `${dependency} [${metBy}]`)].join(" -> "),
  );
}

const present: readonly {
  readonly summary: string;
  readonly offers: readonly Offer[];
  readonly wanted: string;
  readonly name: string;
  readonly isRequested?: boolean;
  readonly paths: readonly string[];
}[] = [
  {
    summary: "a requested package that nothing else needs",
    offers: [["aa"]],
    wanted: "aa",
    name: "aa",
    isRequested: true,
    paths: [],
  },
  {
    summary: "a requested package that others need as well",
    offers: [["aa", { Depends: "bb (>= 1)" }], ["bb"]],
    wanted: "aa bb",
    name: "bb",
    isRequested: true,
    paths: ["aa -> bb (>= 1) [bb]"],
  },
  {
    summary: "a dependency of a dependency",
    offers: [["aa", { Depends: "bb" }], ["bb", { "Pre-Depends": "cc (>= 0.1)" }], ["cc"]],
    wanted: "aa",
    name: "cc",
    paths: ["aa -> bb [bb] -> cc (>= 0.1) [cc]"],
  },
  {
    summary: "one way for each package that needs it directly, the shortest first",
    offers: [
      ["aa", { Depends: "bb" }],
      ["bb", { Depends: "cc" }],
      ["cc", { Depends: "libc" }],
      ["zz", { Depends: "libc" }],
      ["libc"],
    ],
    wanted: "aa zz",
    name: "libc",
    paths: ["zz -> libc [libc]", "aa -> bb [bb] -> cc [cc] -> libc [libc]"],
  },
  {
    summary: "the shortest way, though the solver went a longer one",
    offers: [["aa", { Depends: "bb, cc" }], ["bb", { Depends: "cc" }], ["cc", { Depends: "dd" }], ["dd"]],
    wanted: "aa",
    name: "dd",
    paths: ["aa -> cc [cc] -> dd [dd]"],
  },
  {
    summary: "by a name that it provides",
    offers: [
      ["aa", { Depends: "awk" }],
      ["mawk", { Provides: "awk" }],
    ],
    wanted: "aa",
    name: "mawk",
    paths: ["aa -> awk [mawk]"],
  },
  {
    summary: "by an alternative, told as the package writes it",
    offers: [["aa", { Depends: "nothing | bb" }], ["bb"]],
    wanted: "aa",
    name: "bb",
    paths: ["aa -> nothing | bb [bb]"],
  },
  {
    summary: "what is in only because of it is no reason for it",
    offers: [
      ["aa", { Depends: "libc" }],
      ["libc", { Depends: "libgcc" }],
      ["libgcc", { Depends: "libc" }],
    ],
    wanted: "aa",
    name: "libc",
    paths: ["aa -> libc [libc]"],
  },
  {
    summary: "once by a package that needs it twice",
    offers: [["aa", { "Pre-Depends": "bb (>= 1)", Depends: "bb" }], ["bb"]],
    wanted: "aa",
    name: "bb",
    paths: ["aa -> bb (>= 1) [bb]"],
  },
];

describe("why a package is in", () => {
  it.each(present)("$summary", ({ offers, wanted, name, isRequested = false, paths }) => {
    const reasons = explain(name, wanted, offers);
    expect(reasons).toMatchObject({ kind: "present", name, version: "1.0-1", suite: "trixie", isRequested });
    expect(reasons.kind === "present" && pathsOf(reasons)).toEqual(paths);
  });
});

const absent: readonly {
  readonly summary: string;
  readonly offers: readonly Offer[];
  readonly wanted: string;
  readonly name: string;
  readonly reasons: readonly AbsenceReason[];
}[] = [
  {
    summary: "a name that does not exist, with those like it",
    offers: [["nginx"]],
    wanted: "nginx",
    name: "ngimx",
    reasons: [{ kind: "unknown", release: "trixie", near: ["nginx"] }],
  },
  {
    summary: "a name that only others provide, and which of them are in",
    offers: [
      ["aa", { Depends: "awk" }],
      ["mawk", { Provides: "awk" }],
      ["gawk", { Provides: "awk", Priority: "extra" }],
    ],
    wanted: "aa",
    name: "awk",
    reasons: [
      {
        kind: "virtual",
        providers: ["mawk", "gawk"],
        present: ["mawk"],
        neededBy: [{ package: "aa", dependency: "awk", metBy: "mawk" }],
        dropped: [],
      },
    ],
  },
  {
    summary: "a name that only others provide, which are masked",
    offers: [
      ["aa", { Depends: "awk" }],
      ["mawk", { Provides: "awk" }],
    ],
    wanted: "aa !mawk",
    name: "awk",
    reasons: [
      {
        kind: "virtual",
        providers: ["mawk"],
        present: [],
        neededBy: [],
        dropped: [{ package: "aa", dependency: "awk" }],
      },
    ],
  },
  {
    summary: "a package that nothing needs",
    offers: [["aa"], ["bb"]],
    wanted: "aa",
    name: "bb",
    reasons: [{ kind: "unneeded" }],
  },
  {
    summary: "a package that is only recommended",
    offers: [["aa", { Recommends: "xx, bb | cc" }], ["bb"]],
    wanted: "aa",
    name: "bb",
    reasons: [{ kind: "recommended", by: ["aa"] }],
  },
  {
    summary: "a masked package with the dependencies that were lost",
    offers: [["aa", { Depends: "bb, openssl (>= 1)" }], ["bb", { Depends: "openssl" }], ["openssl"]],
    wanted: "aa !openssl",
    name: "openssl",
    reasons: [
      {
        kind: "masked",
        dropped: [
          { package: "bb", dependency: "openssl" },
          { package: "aa", dependency: "openssl (>= 1)" },
        ],
      },
    ],
  },
  {
    summary: "a masked package that nothing misses",
    offers: [["aa"], ["bb"]],
    wanted: "aa !bb",
    name: "bb",
    reasons: [{ kind: "masked", dropped: [] }],
  },
  {
    summary: "a masked package that another one stands in for",
    offers: [["aa", { Depends: "bb | cc" }], ["bb"], ["cc"]],
    wanted: "aa !bb",
    name: "bb",
    reasons: [
      { kind: "masked", dropped: [] },
      { kind: "alternative", package: "aa", dependency: "bb | cc", metBy: "cc", because: "masked" },
    ],
  },
  {
    summary: "a package that only one that comes alone needs",
    offers: [["aa", { Depends: "bb" }], ["bb"]],
    wanted: "aa/bare",
    name: "bb",
    reasons: [{ kind: "bare", dropped: [{ package: "aa", dependency: "bb" }] }],
  },
  {
    summary: "a masked package, with what one that comes alone lost apart",
    offers: [["aa", { Depends: "bb" }], ["cc", { Depends: "bb (>= 1)" }], ["bb"]],
    wanted: "aa/bare cc !bb",
    name: "bb",
    reasons: [
      { kind: "masked", dropped: [{ package: "cc", dependency: "bb (>= 1)" }] },
      { kind: "bare", dropped: [{ package: "aa", dependency: "bb" }] },
    ],
  },
  {
    summary: "a second alternative",
    offers: [["aa", { Depends: "bb | cc" }], ["bb"], ["cc"]],
    wanted: "aa",
    name: "cc",
    reasons: [{ kind: "alternative", package: "aa", dependency: "bb | cc", metBy: "bb", because: "preferred" }],
  },
  {
    summary: "an alternative of what was asked for",
    offers: [["aa", { Depends: "bb | cc" }], ["bb"], ["cc"]],
    wanted: "aa cc",
    name: "bb",
    reasons: [{ kind: "alternative", package: "aa", dependency: "bb | cc", metBy: "cc", because: "already" }],
  },
  {
    summary: "an alternative of a version that does not do",
    offers: [["aa", { Depends: "bb (>= 2) | cc" }], ["bb"], ["cc"]],
    wanted: "aa",
    name: "bb",
    reasons: [{ kind: "alternative", package: "aa", dependency: "bb (>= 2) | cc", metBy: "cc", because: "version" }],
  },
  {
    summary: "a masked package whose place another one has taken before",
    offers: [["aa", { Depends: "bb | cc" }], ["bb"], ["cc"]],
    wanted: "aa cc !bb",
    name: "bb",
    reasons: [
      { kind: "masked", dropped: [] },
      { kind: "alternative", package: "aa", dependency: "bb | cc", metBy: "cc", because: "already" },
    ],
  },
  {
    summary: "another provider of a name",
    offers: [
      ["aa", { Depends: "awk" }],
      ["mawk", { Provides: "awk", Priority: "required" }],
      ["gawk", { Provides: "awk" }],
    ],
    wanted: "aa",
    name: "gawk",
    reasons: [{ kind: "alternative", package: "aa", dependency: "awk", metBy: "mawk", because: "preferred" }],
  },
];

describe("why a package is not in", () => {
  it.each(absent)("$summary", ({ offers, wanted, name, reasons }) => {
    expect(explain(name, wanted, offers)).toMatchObject({ kind: "absent", name, reasons });
  });

  it("every version that there is is told", () => {
    const offers: readonly Offer[] = [["aa"], ["bb 1"], ["bb 1+deb13u1 trixie-security"], ["bb 1 x"]];
    expect(explain("bb", "aa", offers)).toMatchObject({
      versions: [
        { version: "1", suite: "trixie" },
        { version: "1+deb13u1", suite: "trixie-security" },
      ],
    });
  });
});

describe("what asking for an absent package would bring", () => {
  const offers: readonly Offer[] = [
    ["aa", { Depends: "cc" }],
    ["bb", { Depends: "cc, dd" }],
    ["cc"],
    ["dd"],
    ["ee", { Conflicts: "aa" }],
    ["ff", { Depends: "nothing" }],
  ];
  const cases = [
    { name: "bb", expected: { kind: "possible", packages: ["bb", "dd"] } },
    {
      name: "ee",
      expected: {
        kind: "impossible",
        reason:
          "ee 1.0-1 and aa 1.0-1 cannot be installed together: ee conflicts with aa; the definition asks for both",
      },
    },
    {
      name: "ff",
      expected: {
        kind: "impossible",
        reason: "ff cannot be installed: it depends on nothing; trixie has no package nothing",
      },
    },
    { name: "xx", expected: undefined },
  ];
  it.each(cases)("$name", ({ name, expected }) => {
    const reasons = explain(name, "aa", offers);
    expect(reasons.kind === "absent" && reasons.ifRequested).toEqual(expected);
  });

  it("pins are taken as the request takes them", () => {
    const request = { ...solveRequest("aa=1.0-1+dhi2"), pins: "ignore-suffix" } as const;
    expect(explainPackage("bb", request, universe(offers))).toMatchObject({ ifRequested: { kind: "possible" } });
  });

  it("a masked one would be unmasked", () => {
    expect(explain("dd", "bb !dd", offers)).toMatchObject({ ifRequested: { kind: "possible", packages: ["dd"] } });
  });
});

it("a request that cannot be met fails as solving does", async () => {
  expect(await codeOf(() => explain("aa", "nothing", [["aa"]]))).toBe("PACKAGE_UNKNOWN");
});

it("a chain of ten thousand dependencies is told", () => {
  const offers = Array.from({ length: 10_000 }, (_, index): Offer => [`p${index}`, { Depends: `p${index + 1}` }]);
  const packages = new Map([...offers, ["p10000"] as Offer].map((offer) => [offer[0], offer]));
  const lazy = {
    ...universe([]),
    versionsOf: (name: string) => universe([packages.get(name) ?? ["none"]]).versionsOf(name),
  };
  const reasons = explainPackage("p10000", solveRequest("p0"), lazy);
  expect(reasons.kind === "present" && reasons.paths.map((path) => path.length)).toEqual([10_000]);
});
