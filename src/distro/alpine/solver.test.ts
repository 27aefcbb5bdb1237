// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { apkUniverse, type ShortPackage } from "../../../test/support/apk-universe.js";
import { BasaltError } from "../../errors.js";
import { solve } from "./solver.js";
import { isMetBy, versionAs, type ApkUniverse, type OfferedPackage } from "./universe.js";

function request(names: readonly string[], masks: readonly string[] = []): Parameters<typeof solve>[0] {
  const packages = names.map((entry) => {
    const [untagged = "", suite] = entry.split("@");
    const [name = "", version] = untagged.split("=");
    return { name, ...(version === undefined ? {} : { version }), ...(suite === undefined ? {} : { suite }) };
  });
  return { packages, masks };
}

function names(universe: ApkUniverse, wanted: readonly string[], masks: readonly string[] = []): readonly string[] {
  return solve(request(wanted, masks), universe)
    .packages.map(({ name, version }) => (version === "1.0-r0" ? name : `${name} ${version}`))
    .toSorted();
}

const cases: readonly {
  summary: string;
  packages: readonly ShortPackage[];
  community?: readonly ShortPackage[];
  wanted: readonly string[];
  masks?: readonly string[];
  found: readonly string[];
}[] = [
  {
    summary: "the highest version, whichever repository has it",
    packages: [["a 1.0-r0"]],
    community: [["a 1.0-r1"]],
    wanted: ["a"],
    found: ["a 1.0-r1"],
  },
  {
    summary: "the version that is pinned",
    packages: [["a 1.0-r0"], ["a 2.0-r0"]],
    wanted: ["a=1.0-r0"],
    found: ["a"],
  },
  {
    summary: "a lower version where the highest cannot be had",
    packages: [["a", { D: "b<2" }], ["b 1.0-r0"], ["b 2.0-r0"]],
    wanted: ["a", "b"],
    found: ["a", "b"],
  },
  {
    summary: "a way back from a choice that looked best",
    packages: [
      ["a", { D: "v w" }],
      ["p1", { p: "v=2", k: "10" }],
      ["p2", { p: "v=1" }],
      ["w", { D: "!p1" }],
    ],
    wanted: ["a"],
    found: ["a", "p2", "w"],
  },
  {
    summary: "a way back over several choices",
    packages: [
      ["a", { D: "x y z" }],
      ["x 2.0-r0", { D: "lib=2.0-r0" }],
      ["x 1.0-r0", { D: "lib" }],
      ["y 2.0-r0", { D: "lib=2.0-r0" }],
      ["y 1.0-r0", { D: "lib" }],
      ["z", { D: "lib=1.0-r0" }],
      ["lib 1.0-r0"],
      ["lib 2.0-r0"],
    ],
    wanted: ["a"],
    found: ["a", "lib", "x", "y", "z"],
  },
  {
    summary: "of those that provide a name the highest version",
    packages: [
      ["a", { D: "so:l.so.1" }],
      ["l1", { p: "so:l.so.1=1.0" }],
      ["l2", { p: "so:l.so.1=1.1" }],
    ],
    wanted: ["a"],
    found: ["a", "l2"],
  },
  {
    summary: "of those that provide a name the highest priority",
    packages: [
      ["a", { D: "/bin/sh" }],
      ["dash", { p: "/bin/sh", k: "60" }],
      ["busy", { p: "/bin/sh", k: "100" }],
    ],
    wanted: ["a"],
    found: ["a", "busy"],
  },
  {
    summary: "of those that provide a name the one of the first repository",
    packages: [
      ["a", { D: "v" }],
      ["z", { p: "v" }],
    ],
    community: [["b", { p: "v" }]],
    wanted: ["a"],
    found: ["a", "z"],
  },
  {
    summary: "what is asked for anyway meets a dependency",
    packages: [
      ["a", { D: "v" }],
      ["x", { p: "v", k: "9" }],
      ["y", { p: "v" }],
    ],
    wanted: ["a", "y"],
    found: ["a", "y"],
  },
  {
    summary: "a version that begins alike",
    packages: [["a", { D: "b~1.4" }], ["b 1.4.6-r2"], ["b 1.5-r0"]],
    wanted: ["a"],
    found: ["a", "b 1.4.6-r2"],
  },
  {
    summary: "a name without a version meets no dependency with one",
    packages: [
      ["a", { D: "v>=1" }],
      ["x", { p: "v", k: "9" }],
      ["y", { p: "v=1" }],
    ],
    wanted: ["a"],
    found: ["a", "y"],
  },
  {
    summary: "names without a version may be shared",
    packages: [
      ["a", { p: "v" }],
      ["b", { p: "v" }],
    ],
    wanted: ["a", "b"],
    found: ["a", "b"],
  },
  {
    summary: "what comes in by itself, and what does so because of that",
    packages: [
      ["a"],
      ["docs"],
      ["a-doc", { i: "docs a=1.0-r0", D: "mandoc" }],
      ["mandoc"],
      ["mandoc-doc", { i: "docs mandoc" }],
      ["b-doc", { i: "docs b" }],
      ["b"],
    ],
    wanted: ["a", "docs"],
    found: ["a", "a-doc", "docs", "mandoc", "mandoc-doc"],
  },
  {
    summary: "what would come in by itself and stands against another stays out",
    packages: [["a", { D: "!x" }], ["b"], ["x", { i: "b" }], ["y", { i: "a b" }]],
    wanted: ["a", "b"],
    found: ["a", "b", "y"],
  },
  {
    summary: "what would come in by itself and is masked stays out",
    packages: [["a"], ["x", { i: "a" }]],
    wanted: ["a"],
    masks: ["x"],
    found: ["a"],
  },
  {
    summary: "a masked package makes room for another",
    packages: [
      ["a", { D: "v" }],
      ["x", { p: "v", k: "9" }],
      ["y", { p: "v" }],
    ],
    wanted: ["a"],
    masks: ["x"],
    found: ["a", "y"],
  },
  {
    summary: "circles",
    packages: [
      ["a", { D: "b" }],
      ["b", { D: "a" }],
    ],
    wanted: ["a"],
    found: ["a", "b"],
  },
  {
    summary: "a package may refuse what it provides itself",
    packages: [["a", { p: "v=1", D: "!v" }]],
    wanted: ["a"],
    found: ["a"],
  },
  {
    summary: "a name that only another package has",
    packages: [["b", { p: "cmd:x=1" }]],
    wanted: ["cmd:x"],
    found: ["b"],
  },
];

describe("the solver takes", () => {
  it.each(cases)("$summary", ({ packages, community = [], wanted, masks, found }) => {
    expect(names(apkUniverse(packages, community), wanted, masks)).toEqual(found);
    expect(names(apkUniverse(packages.toReversed(), community.toReversed()), wanted.toReversed(), masks)).toEqual(
      found,
    );
  });
});

const tagged: readonly {
  summary: string;
  main: readonly ShortPackage[];
  edge: readonly ShortPackage[];
  wanted: readonly string[];
  /** Packages with the repository that they come from, or the code of the error. */
  found: readonly string[] | string;
}[] = [
  {
    summary: "nothing of a tagged repository for a name without the tag, though it has a higher version",
    main: [["a"]],
    edge: [["a 2.0-r0"]],
    wanted: ["a"],
    found: ["a 1.0-r0 main"],
  },
  {
    summary: "of the tagged repository what is asked for with the tag",
    main: [["a 3.0-r0"]],
    edge: [["a 2.0-r0"]],
    wanted: ["a@edge"],
    found: ["a 2.0-r0 edge"],
  },
  {
    summary: "the same version of the repository that the tag names",
    main: [["a"]],
    edge: [["a"]],
    wanted: ["a@edge"],
    found: ["a 1.0-r0 edge"],
  },
  {
    summary: "what such a package needs without a tag where that will do",
    main: [["b"]],
    edge: [["a", { D: "b" }], ["b 2.0-r0"]],
    wanted: ["a@edge"],
    found: ["a 1.0-r0 edge", "b 1.0-r0 main"],
  },
  {
    summary: "and of the same tag where it will not",
    main: [["b"]],
    edge: [["a", { D: "b>1.0-r0" }], ["b 2.0-r0"]],
    wanted: ["a@edge"],
    found: ["a 1.0-r0 edge", "b 2.0-r0 edge"],
  },
  {
    summary: "nothing of the tag for a package without it that needs the same",
    main: [["a", { D: "b>1.0-r0" }], ["b"]],
    edge: [["b 2.0-r0"]],
    wanted: ["a"],
    found: "PACKAGE_UNSATISFIABLE",
  },
  {
    summary: "a pinned version with its tag",
    main: [["a"]],
    edge: [["a 2.0-r0"], ["a 3.0-r0"]],
    wanted: ["a=2.0-r0@edge"],
    found: ["a 2.0-r0 edge"],
  },
  {
    summary: "nothing by itself from a tagged repository",
    main: [["a"]],
    edge: [["a-doc", { i: "a" }]],
    wanted: ["a"],
    found: ["a 1.0-r0 main"],
  },
  { summary: "no name of a tag alone", main: [["b"]], edge: [["a"]], wanted: ["a"], found: "PACKAGE_UNKNOWN" },
  { summary: "no tag that lacks the name", main: [["a"]], edge: [["b"]], wanted: ["a@edge"], found: "PACKAGE_UNKNOWN" },
  { summary: "no tag that is not there", main: [["a"]], edge: [["a"]], wanted: ["a@x"], found: "PACKAGE_UNKNOWN" },
];

describe("with a tagged repository the solver takes", () => {
  it.each(tagged)("$summary", ({ main, edge, wanted, found }) => {
    const universe = apkUniverse(main, [], edge);
    if (typeof found === "string") return expect(failureOf(() => solve(request(wanted), universe)).code).toBe(found);
    const chosen = solve(request(wanted), universe).packages;
    return expect(
      chosen.map(({ name, version, place }) => `${name} ${version} ${place.title.split("/")[1]}`).toSorted(),
    ).toEqual(found);
  });
});

const failures: readonly {
  summary: string;
  packages: readonly ShortPackage[];
  wanted: readonly string[];
  code: string;
  message: RegExp;
}[] = [
  {
    summary: "a name that is not there, with one that is like it",
    packages: [["python3"]],
    wanted: ["pyton3"],
    code: "PACKAGE_UNKNOWN",
    message: /^v3\.24 has no package pyton3$/,
  },
  {
    summary: "a version that is not there",
    packages: [["a 2.0-r0"]],
    wanted: ["a=1.0-r0"],
    code: "PACKAGE_UNSATISFIABLE",
    message: /^the definition pins a=1\.0-r0; v3\.24\/main has 2\.0-r0$/,
  },
  {
    summary: "a dependency that nothing meets, with the way to it",
    packages: [
      ["a", { D: "b" }],
      ["b", { D: "so:x.so.1" }],
    ],
    wanted: ["a"],
    code: "PACKAGE_UNSATISFIABLE",
    message:
      /asks for a; a 1\.0-r0 depends on b; b 1\.0-r0 depends on so:x\.so\.1, and nothing in v3\.24 is so:x\.so\.1$/,
  },
  {
    summary: "a version that a dependency wants and nobody has",
    packages: [["a", { D: "b>=2" }], ["b 1.5-r0"]],
    wanted: ["a"],
    code: "PACKAGE_UNSATISFIABLE",
    message: /depends on b>=2 \(v3\.24\/main has 1\.5-r0\)$/,
  },
  {
    summary: "two that want one name",
    packages: [
      ["a", { p: "cmd:x=1" }],
      ["b", { p: "cmd:x=2" }],
    ],
    wanted: ["a", "b"],
    code: "PACKAGE_CONFLICT",
    message: /^a and b cannot be installed together: .*only one of a 1\.0-r0 and b 1\.0-r0 can be cmd:x$/,
  },
  {
    summary: "one that refuses another",
    packages: [["a", { D: "c" }], ["c", { D: "!b" }], ["b"]],
    wanted: ["a", "b"],
    code: "PACKAGE_CONFLICT",
    message: /a 1\.0-r0 depends on c; c 1\.0-r0 refuses b, which is b 1\.0-r0$/,
  },
  {
    summary: "two versions of one package",
    packages: [["a", { D: "c=1.0-r0" }], ["b", { D: "c=2.0-r0" }], ["c 1.0-r0"], ["c 2.0-r0"]],
    wanted: ["a", "b"],
    code: "PACKAGE_CONFLICT",
    message: /only one version of c can be in$/,
  },
];

describe("the solver tells", () => {
  it.each(failures)("$summary", ({ packages, wanted, code, message }) => {
    const caught = failureOf(() => solve(request(wanted), apkUniverse(packages)));
    expect(caught.message).toMatch(message);
    expect(caught.code).toBe(code);
  });

  it("what only masked packages could have met", () => {
    const universe = apkUniverse([["a", { D: "b c" }], ["b"], ["c"]]);
    const { dropped, packages } = solve(request(["a"], ["b"]), universe);
    expect(dropped).toEqual([{ package: "a", dependency: "b" }]);
    expect(packages.map(({ name }) => name)).toEqual(["a", "c"]);
  });

  it("what a package that comes bare lacks, and not what another brings", () => {
    const universe = apkUniverse([["a", { D: "b c !d" }], ["b"], ["c"], ["d"], ["e", { D: "c" }]]);
    const packages = [{ name: "a", isBare: true }, { name: "d" }, { name: "e" }];
    const solution = solve({ packages, masks: [] }, universe);
    expect(solution.dropped).toEqual([{ package: "a", dependency: "b" }]);
    expect(solution.packages.map(({ name }) => name).toSorted()).toEqual(["a", "c", "d", "e"]);
  });
});

function failureOf(work: () => unknown): BasaltError {
  try {
    work();
  } catch (error) {
    if (error instanceof BasaltError) return error;
    throw error;
  }
  throw new Error("nothing failed");
}

/** Whether packages may stand together: each has what it needs, and none stands against another. */
function isConsistent(packages: readonly OfferedPackage[]): boolean {
  return packages.every((owner) => {
    const others = packages.filter((other) => other !== owner);
    const isMet = owner.depends.every((dependency) =>
      dependency.isConflict
        ? !others.some((other) => isMetBy(other, dependency))
        : packages.some((other) => isMetBy(other, dependency)),
    );
    const claims = [
      owner.name,
      ...owner.provides.filter(({ version }) => version !== undefined).map(({ name }) => name),
    ];
    return isMet && !others.some((other) => claims.some((name) => typeof versionAs(other, name) === "string"));
  });
}

it("of 800 small universes at random, it solves those that trying every choice solves, and no other", () => {
  let seed = 12_345;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  let solved = 0;
  for (let round = 0; round < 800; round += 1) {
    const packages = Array.from({ length: 9 }, (_, index): ShortPackage => {
      const words = Array.from({ length: random(4) }, () => {
        const name = random(4) === 0 ? `v${random(2)}` : `p${random(5)}`;
        return `${random(4) === 0 ? "!" : ""}${name}${["", "", "=1-r0", ">1-r0", "<2-r0"][random(5)] ?? ""}`;
      });
      const provides = random(3) === 0 ? { p: `v${random(2)}${random(2) === 0 ? "" : `=${random(2) + 1}-r0`}` } : {};
      return [`p${index % 5} ${Math.floor(index / 5) + 1}-r0`, { D: words.join(" "), ...provides }];
    });
    const universe = apkUniverse(packages);
    const all = [...universe.names()].flatMap((name) => universe.versionsOf(name));
    const isPossible = Array.from({ length: 2 ** all.length }, (_, bits) =>
      all.filter((_item, at) => (bits >> at) % 2 === 1),
    ).some((chosen) => chosen.some(({ name }) => name === "p0") && isConsistent(chosen));
    try {
      expect(isConsistent(solve(request(["p0"]), universe).packages)).toBe(true);
      expect(isPossible, JSON.stringify(packages)).toBe(true);
      solved += 1;
    } catch (error) {
      if (!(error instanceof BasaltError)) throw error;
      expect(isPossible, JSON.stringify(packages)).toBe(false);
    }
  }
  expect(solved).toBeGreaterThan(200);
  expect(solved).toBeLessThan(760);
});
