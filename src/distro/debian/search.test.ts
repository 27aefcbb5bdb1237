// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../../test/support/bytes.js";
import { solveRequest as request, universe, type Offer } from "../../../test/support/debian-universe.js";
import { Candidates } from "./candidates.js";
import type { OfferedPackage, PackageUniverse } from "./package-index.js";
import { searchPackages } from "./search.js";
import { solve } from "./solver.js";

const solved: readonly {
  readonly summary: string;
  readonly offers: readonly Offer[];
  readonly wanted: string;
  readonly expected: string;
  readonly dropped?: readonly string[];
}[] = [
  {
    summary: "an alternative that a package conflicts with later gives way to the next",
    offers: [["aa", { Depends: "bb | cc, dd" }], ["bb"], ["cc"], ["dd", { Conflicts: "bb" }]],
    wanted: "aa",
    expected: "aa-1.0-1 cc-1.0-1 dd-1.0-1",
  },
  {
    summary: "an alternative that conflicts with what was asked for gives way to the next",
    offers: [["aa"], ["bb", { Depends: "cc | dd" }], ["cc", { Conflicts: "aa" }], ["dd"]],
    wanted: "bb aa",
    expected: "aa-1.0-1 bb-1.0-1 dd-1.0-1",
  },
  {
    summary: "an alternative of which a dependency cannot be met gives way to the next",
    offers: [["aa", { Depends: "bb | cc" }], ["bb", { Depends: "nothing" }], ["cc"]],
    wanted: "aa",
    expected: "aa-1.0-1 cc-1.0-1",
  },
  {
    summary: "a lower version is taken where only it will do",
    offers: [["aa", { Depends: "bb (<< 2)" }], ["bb 1.0-1"], ["bb 2.0-1"]],
    wanted: "aa",
    expected: "aa-1.0-1 bb-1.0-1",
  },
  {
    summary: "of lower versions the highest that will do is taken",
    offers: [["aa", { Depends: "bb (<< 3)" }], ["bb 1.0-1"], ["bb 2.0-1"], ["bb 3.0-1"]],
    wanted: "aa",
    expected: "aa-1.0-1 bb-2.0-1",
  },
  {
    summary: "a second alternative goes before a lower version of the first",
    offers: [["aa", { Depends: "bb | cc, dd" }], ["bb 1.0-1"], ["bb 2.0-1", { Conflicts: "dd" }], ["cc"], ["dd"]],
    wanted: "aa",
    expected: "aa-1.0-1 cc-1.0-1 dd-1.0-1",
  },
  {
    summary: "a lower version of what was asked for is taken where the highest cannot be installed",
    offers: [["aa 1.0-1"], ["aa 2.0-1", { Depends: "nothing" }]],
    wanted: "aa",
    expected: "aa-1.0-1",
  },
  {
    summary: "a version that another breaks gives way to a lower one that is not broken",
    offers: [["aa", { Depends: "bb, cc" }], ["bb", { Breaks: "cc (>= 2)" }], ["cc 1.0-1"], ["cc 2.0-1"]],
    wanted: "aa",
    expected: "aa-1.0-1 bb-1.0-1 cc-1.0-1",
  },
  {
    summary: "one of several that provide a name and conflict with it is enough",
    offers: [
      ["aa", { Depends: "mta, bb" }],
      ["exim", { Provides: "mta", Conflicts: "mta" }],
      ["postfix", { Provides: "mta", Conflicts: "mta" }],
      ["bb", { Depends: "postfix" }],
    ],
    wanted: "aa",
    expected: "aa-1.0-1 bb-1.0-1 postfix-1.0-1",
  },
  {
    summary: "both sides of a diamond take versions that go together",
    offers: [
      ["aa", { Depends: "bb, cc" }],
      ["bb 1.0-1", { Depends: "lib (= 1)" }],
      ["bb 2.0-1", { Depends: "lib (= 2)" }],
      ["cc", { Depends: "lib (= 1)" }],
      ["lib 1"],
      ["lib 2"],
    ],
    wanted: "aa",
    expected: "aa-1.0-1 bb-1.0-1 cc-1.0-1 lib-1",
  },
  {
    summary: "circles are walked once, in lower versions too",
    offers: [
      ["aa", { Depends: "bb (<< 2)" }],
      ["bb 1.0-1", { Depends: "cc" }],
      ["bb 2.0-1"],
      ["cc", { Depends: "aa, bb" }],
    ],
    wanted: "aa",
    expected: "aa-1.0-1 bb-1.0-1 cc-1.0-1",
  },
  {
    summary: "a pre-dependency steers like any other",
    offers: [["aa", { "Pre-Depends": "bb (<< 2)" }], ["bb 1.0-1"], ["bb 2.0-1"]],
    wanted: "aa",
    expected: "aa-1.0-1 bb-1.0-1",
  },
  {
    summary: "nothing that was tried and given up stays in",
    offers: [["aa", { Depends: "bb | cc, dd" }], ["bb", { Depends: "ee" }], ["cc"], ["dd", { Breaks: "ee" }], ["ee"]],
    wanted: "aa",
    expected: "aa-1.0-1 cc-1.0-1 dd-1.0-1",
  },
  {
    summary: "masked packages are not found either, and what only they meet is dropped",
    offers: [
      ["aa", { Depends: "bb | cc, dd, awk" }],
      ["bb", { Conflicts: "dd" }],
      ["cc"],
      ["dd"],
      ["mawk", { Provides: "awk" }],
    ],
    wanted: "aa !mawk",
    expected: "aa-1.0-1 cc-1.0-1 dd-1.0-1",
    dropped: ["aa: awk"],
  },
  {
    summary: "a bare package asks for nothing, in a search too",
    offers: [
      ["aa", { Depends: "bb | cc, dd" }],
      ["bb", { Conflicts: "dd" }],
      ["cc"],
      ["dd"],
      ["ee", { Depends: "ff" }],
    ],
    wanted: "aa ee/bare",
    expected: "aa-1.0-1 cc-1.0-1 dd-1.0-1 ee-1.0-1",
    dropped: ["ee: ff"],
  },
  {
    summary: "a pinned version is kept, and others give way",
    offers: [["aa", { Depends: "bb | cc" }], ["bb", { Breaks: "dd (<< 2)" }], ["cc"], ["dd 1.0-1"], ["dd 2.0-1"]],
    wanted: "aa dd=1.0-1",
    expected: "aa-1.0-1 cc-1.0-1 dd-1.0-1",
  },
];
it.each(solved)("$summary", ({ offers, wanted, expected, dropped = [] }) => {
  const solution = solve(request(wanted), universe(offers));
  expect(namesOf(solution.packages)).toBe(expected);
  expect(solution.dropped.map((item) => `${item.package}: ${item.dependency}`)).toEqual(dropped);
});

it.each([
  {
    summary: "all alternatives conflict",
    offers: [["aa", { Depends: "bb | cc, dd" }], ["bb"], ["cc"], ["dd", { Conflicts: "bb, cc" }]] as const,
    wanted: "aa",
    code: "PACKAGE_CONFLICT",
  },
  {
    summary: "no version goes with a pinned one",
    offers: [["aa", { Depends: "bb (>= 2)" }], ["bb 1.0-1"], ["bb 2.0-1"]] as const,
    wanted: "aa bb=1.0-1",
    code: "PACKAGE_UNSATISFIABLE",
  },
])("nothing is found where $summary", async ({ offers, wanted, code }) => {
  expect(searchPackages(request(wanted), universe(offers))).toBe("none");
  expect(await codeOf(() => solve(request(wanted), universe(offers)))).toBe(code);
});

describe("in random tiny universes", () => {
  it("an answer is found if there is one, and it holds; the quick way is the search's first choice", () => {
    fc.assert(
      fc.property(offersArbitrary(), wantedArbitrary(), (offers, wanted) => {
        const packages = universe(offers);
        const found = searchPackages(request(wanted), packages);
        expect(found !== "none").toBe(hasAnswer(wanted, packages));
        if (found !== "none" && found !== "limit")
          expect(problemsOf([...found.values()], wanted, packages)).toEqual([]);
        const again = searchPackages(request(wanted), packages);
        expect(again).toEqual(found);
        if (found === "none") return;
        expect(problemsOf(solve(request(wanted), packages).packages, wanted, packages)).toEqual([]);
      }),
      { numRuns: 400, seed: 42 },
    );
  });
});

const NAMES = ["aa", "bb", "cc", "dd", "ee"] as const;

function offersArbitrary(): fc.Arbitrary<readonly Offer[]> {
  const wanted = fc.oneof(
    fc.constantFrom(...NAMES, "virtual"),
    fc
      .tuple(fc.constantFrom(...NAMES, "virtual"), fc.constantFrom("<<", "=", ">="))
      .map(([name, relation]) => `${name} (${relation} 2)`),
  );
  const list = (separator: string, max: number): fc.Arbitrary<string> =>
    fc.array(wanted, { maxLength: max, minLength: separator === ", " ? 0 : 1 }).map((items) => items.join(separator));
  const depends = fc.array(list(" | ", 3), { maxLength: 3 }).map((items) => items.join(", "));
  const fields = fc.record({
    Depends: depends,
    Conflicts: list(", ", 1),
    Breaks: list(", ", 1),
    Provides: fc.constantFrom("", "", "virtual", "virtual (= 2)"),
  });
  return fc
    .uniqueArray(fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom("1", "2"), fields), {
      minLength: 3,
      maxLength: 8,
      selector: ([name, version]) => `${name} ${version}`,
    })
    .map((items) => items.map(([name, version, given]): Offer => [`${name} ${version}`, withoutEmpty(given)]));
}

function withoutEmpty(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
}

function wantedArbitrary(): fc.Arbitrary<string> {
  return fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 2 }).map((names) => names.join(" "));
}

/** Whether any set of versions, one of a name, is an answer: all are tried. */
function hasAnswer(wanted: string, packages: PackageUniverse): boolean {
  let sets: readonly (readonly OfferedPackage[])[] = [[]];
  for (const name of NAMES)
    sets = sets.flatMap((set) => [set, ...packages.versionsOf(name).map((offered) => [...set, offered])]);
  return sets.some((set) => problemsOf(set, wanted, packages).length === 0);
}

/** What is wrong with a set of packages, by the words of Debian Policy 7.1 to 7.5. */
function problemsOf(set: readonly OfferedPackage[], wanted: string, packages: PackageUniverse): readonly string[] {
  const candidates = new Candidates(request(wanted), packages);
  const missing = wanted.split(" ").filter((name) => !set.some((offered) => offered.name === name));
  const unmet = set.flatMap((offered) =>
    [...offered.preDepends, ...offered.depends]
      .filter((dependency) => !candidates.allMeeting(dependency).some((other) => set.includes(other)))
      .map(() => `${offered.name} lacks something`),
  );
  const hit = set.flatMap((offered) =>
    [...offered.conflicts, ...offered.breaks].flatMap((dependency) =>
      candidates
        .hitBy(dependency, offered, (name) => set.filter((other) => other.name === name))
        .map((other) => `${offered.name} ${other.name}`),
    ),
  );
  return [...missing, ...unmet, ...hit];
}

it("an index made to be hard ends at a limit, and soon", async () => {
  // Pigeons and holes: one more pigeon than there are holes, each hole for one. No order of choices finds that out quickly.
  const offers: Offer[] = [["aa", { Depends: Array.from({ length: 10 }, (_, pigeon) => `p${pigeon}`).join(", ") }]];
  for (let pigeon = 0; pigeon < 10; pigeon += 1) {
    const holes = Array.from({ length: 9 }, (_, hole) => hole);
    offers.push([`p${pigeon}`, { Depends: holes.map((hole) => `in${pigeon}-${hole}`).join(" | ") }]);
    for (const hole of holes)
      offers.push([`in${pigeon}-${hole}`, { Provides: `hole${hole}`, Conflicts: `hole${hole}` }]);
  }
  const packages = new Map(offers.map((offer) => [offer[0], universe([offer]).versionsOf(offer[0])]));
  const providers = new Map<string, readonly string[]>(
    Array.from(
      { length: 9 },
      (_, hole) => [`hole${hole}`, Array.from({ length: 10 }, (_item, pigeon) => `in${pigeon}-${hole}`)] as const,
    ),
  );
  const lazy: PackageUniverse = {
    ...universe([]),
    versionsOf: (name) => packages.get(name) ?? [],
    providersOf: (name) => providers.get(name) ?? [],
  };
  expect(searchPackages(request("aa"), lazy, { maxContradictions: 500, maxLiterals: 1e7 })).toBe("limit");
  expect(await codeOf(() => solve(request("aa"), lazy))).toMatch(/^PACKAGE_(?:SEARCH_LIMIT|CONFLICT)$/);
}, 30_000);

it("a chain of ten thousand dependencies is searched without exhausting the stack", () => {
  const chain = new Map<string, readonly OfferedPackage[]>();
  for (let index = 0; index < 10_000; index += 1) {
    const fields: Record<string, string> = index === 9_999 ? {} : { Depends: `p${index + 1}` };
    chain.set(`p${index}`, universe([[`p${index}`, fields]]).versionsOf(`p${index}`));
  }
  const lazy: PackageUniverse = { ...universe([]), versionsOf: (name) => chain.get(name) ?? [] };
  expect(searchPackages(request("p0"), lazy)).toHaveProperty("size", 10_000);
});

function namesOf(packages: readonly OfferedPackage[]): string {
  return packages
    .map((item) => `${item.name}-${item.version}`)
    .toSorted()
    .join(" ");
}
