// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { solveRequest, universe, type Offer } from "../../../test/support/debian-universe.js";
import { BasaltError, ERRORS } from "../../errors.js";
import { solve } from "./solver.js";

function failureOf(wanted: string, offers: readonly Offer[]): BasaltError {
  try {
    solve(solveRequest(wanted), universe(offers));
  } catch (error) {
    if (error instanceof BasaltError) return error;
    throw error;
  }
  throw new Error(`${wanted} can be solved`);
}

interface Case {
  readonly summary: string;
  readonly offers: readonly Offer[];
  readonly wanted: string;
  readonly says: string;
  /** What to do about it, where the code's own words are not enough. */
  readonly hint?: string;
}

const requests: readonly Case[] = [
  {
    summary: "an unknown name with names like it",
    offers: [["nginx"], ["nginx-core"], ["curl"]],
    wanted: "ngnix",
    says: "trixie has no package ngnix",
    hint: "did you mean nginx?",
  },
  { summary: "an unknown name like no other", offers: [["nginx"]], wanted: "frob", says: "trixie has no package frob" },
  {
    summary: "a name that others provide",
    offers: [
      ["mawk", { Provides: "awk" }],
      ["gawk", { Provides: "awk" }],
    ],
    wanted: "awk",
    says: "awk is a virtual package, provided by mawk and gawk",
    hint: "ask for one of those instead",
  },
  {
    summary: "a pin of a version that is gone",
    offers: [["curl 8.14.1-2+deb13u7"]],
    wanted: "curl=8.14.1-2",
    says: "the definition pins curl=8.14.1-2; trixie has 8.14.1-2+deb13u7",
    hint: "pin curl=8.14.1-2+deb13u7, or give --pins ignore-suffix",
  },
  {
    summary: "a pin of a version that no suite has",
    offers: [["curl 1-1"], ["curl 1-1+deb13u1 trixie-security"]],
    wanted: "curl=2-1",
    says: "the definition pins curl=2-1; trixie has 1-1 and trixie-security 1-1+deb13u1",
    hint: "pin curl=1-1+deb13u1, or write curl without a version",
  },
  {
    summary: "a pin of another rebuild",
    offers: [["gawk 5-1+b1"]],
    wanted: "gawk=5-1+b2",
    says: "the definition pins gawk=5-1+b2; trixie has 5-1+b1",
    hint: "+bN counts rebuilds, which differ between platforms: give --pins ignore-rebuild",
  },
];

const dependencies: readonly Case[] = [
  {
    summary: "a version that is too low",
    offers: [["nginx", { Depends: "libfoo (>= 2)" }], ["libfoo 1.4-1"]],
    wanted: "nginx",
    says: "nginx cannot be installed: it depends on libfoo (>= 2); trixie has libfoo 1.4-1 only",
  },
  {
    summary: "the way from the request to it",
    offers: [["aa", { Depends: "bb" }], ["bb", { "Pre-Depends": "cc (>= 2)" }], ["cc"]],
    wanted: "aa",
    says: "aa cannot be installed: it depends on bb; bb depends on cc (>= 2); trixie has cc 1.0-1 only",
  },
  {
    summary: "a name that nobody has",
    offers: [["aa", { Depends: "nothing" }]],
    wanted: "aa",
    says: "aa cannot be installed: it depends on nothing; trixie has no package nothing",
  },
  {
    summary: "every alternative of it",
    offers: [["aa", { Depends: "bb (>= 2) | nothing" }], ["bb"]],
    wanted: "aa",
    says: "aa cannot be installed: it depends on bb (>= 2) | nothing; trixie has bb 1.0-1 only; trixie has no package nothing",
  },
  {
    summary: "a pin in its way",
    offers: [["aa", { Depends: "bb (>= 2)" }], ["bb"], ["bb 2.0-1"]],
    wanted: "aa bb=1.0-1",
    says: "aa cannot be installed: it depends on bb (>= 2); the definition pins bb=1.0-1; trixie has bb 2.0-1, which would do",
    hint: "pin bb=2.0-1, or write bb without a version",
  },
  {
    summary: "a lower version that does not help either",
    offers: [
      ["curl 1-1", { Depends: "libcurl (= 1-1)" }],
      ["libcurl 1-1", { Depends: "nothing" }],
      ["libcurl 1-1+deb13u1 trixie-security"],
    ],
    wanted: "curl=1-1",
    says: "curl cannot be installed: curl=1-1, which the definition pins, depends on libcurl (= 1-1); trixie has libcurl 1-1, which does not go together with the rest",
  },
  {
    summary: "an architecture that does not do",
    offers: [["aa", { Depends: "bb:any | cc:i386" }], ["bb"], ["cc"]],
    wanted: "aa",
    says: "aa cannot be installed: it depends on bb:any | cc:i386; trixie has bb 1.0-1 without Multi-Arch: allowed; trixie has cc 1.0-1 for amd64 only",
  },
  {
    summary: "a name that is provided without the version it needs",
    offers: [
      ["aa", { Depends: "api (>= 2)" }],
      ["bb", { Provides: "api" }],
      ["cc", { Provides: "api (= 1)" }],
    ],
    wanted: "aa",
    says: "aa cannot be installed: it depends on api (>= 2); bb provides api without a version; cc provides api (= 1) only",
  },
  {
    summary: "a mask that leads to a package that cannot be had",
    offers: [["aa", { Depends: "bb | cc" }], ["bb"], ["cc", { Depends: "nothing" }]],
    wanted: "aa !bb",
    says: "aa cannot be installed: it depends on bb | cc (here cc, since the definition masks bb); cc depends on nothing; trixie has no package nothing",
    hint: "take !bb out of the definition",
  },
  {
    summary: "a long way, without its middle",
    offers: [
      ...Array.from({ length: 20 }, (_, index): Offer => [`p${index}`, { Depends: `p${index + 1}` }]),
      ["p20", { Depends: "nothing" }],
    ],
    wanted: "p0",
    says: "p0 cannot be installed: it depends on p1; p1 depends on p2; p2 depends on p3; p3 depends on p4; 13 steps later; p17 depends on p18; p18 depends on p19; p19 depends on p20; p20 depends on nothing; trixie has no package nothing",
  },
];

const conflicts: readonly Case[] = [
  {
    summary: "two packages that were both asked for",
    offers: [["aa", { Conflicts: "bb" }], ["bb"]],
    wanted: "aa bb",
    says: "aa 1.0-1 and bb 1.0-1 cannot be installed together: aa conflicts with bb; the definition asks for both",
  },
  {
    summary: "one that came in as a dependency, and how",
    offers: [["aa", { Breaks: "cc (<< 2)" }], ["bb", { Depends: "cc (>= 1)" }], ["cc"]],
    wanted: "aa bb",
    says: "aa 1.0-1 and cc 1.0-1 cannot be installed together: aa breaks cc (<< 2); the definition asks for aa; cc comes in by bb -> cc (>= 1)",
  },
  {
    summary: "one that came in for a masked package",
    offers: [["aa", { Depends: "mta", Conflicts: "exim" }], ["exim", { Provides: "mta" }], ["mta"]],
    wanted: "aa !mta",
    says: "aa 1.0-1 and exim 1.0-1 cannot be installed together: aa conflicts with exim; the definition asks for aa; exim comes in by aa -> mta (here exim, since the definition masks mta)",
    hint: "take !mta out of the definition",
  },
  {
    summary: "a name that the other one provides",
    offers: [
      ["aa", { Conflicts: "mta" }],
      ["exim", { Provides: "mta" }],
    ],
    wanted: "aa exim",
    says: "aa 1.0-1 and exim 1.0-1 cannot be installed together: aa conflicts with mta, which exim provides; the definition asks for both",
  },
  {
    summary: "once for two packages that refuse each other",
    offers: [
      ["aa", { Conflicts: "bb", Breaks: "bb" }],
      ["bb", { Conflicts: "aa" }],
    ],
    wanted: "aa bb",
    says: "aa 1.0-1 and bb 1.0-1 cannot be installed together: aa conflicts with bb; the definition asks for both",
  },
];

describe("what cannot be installed is told as a chain of reasons", () => {
  it.each([...requests, ...dependencies, ...conflicts])("$summary", ({ offers, wanted, says, hint }) => {
    const { message, action, code } = failureOf(wanted, offers);
    expect(message).toBe(says);
    expect(action).toBe(hint ?? ERRORS[code].action);
  });
});

describe("several problems", () => {
  it("are told together, a line for each, with the code of the first", () => {
    const { code, message } = failureOf("ngimx frob curl=2", [["nginx"], ["curl 1"]]);
    expect(code).toBe("PACKAGE_UNKNOWN");
    expect(message.split("\n")).toEqual([
      "trixie has no package ngimx (did you mean nginx?)",
      "trixie has no package frob",
      "the definition pins curl=2; trixie has 1 (pin curl=1, or write curl without a version)",
    ]);
  });

  it("are counted where they are too many to read", () => {
    const names = Array.from({ length: 30 }, (_, index) => `missing${index}`);
    expect(failureOf(names.join(" "), []).message.split("\n").slice(-2)).toEqual([
      "trixie has no package missing9",
      "and 20 problems more of this kind",
    ]);
  });
});
