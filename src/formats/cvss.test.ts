// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCvss, severityOfScore } from "./cvss.js";

const V2 = "AV:N/AC:L/Au:N/C:P/I:P/A:P";
const V3 = "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
const V4 = "AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";

describe("base scores", () => {
  // Source: FIRST's calculators and the examples of the specifications.
  const cases = [
    { vector: `CVSS:3.1/${V3}`, version: "3.1", score: 9.8 },
    { vector: `CVSS:3.0/${V3}`, version: "3.0", score: 9.8 },
    { vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", version: "3.1", score: 10 },
    { vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", version: "3.1", score: 6.1 },
    { vector: "CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:H/I:N/A:N", version: "3.1", score: 4.7 },
    { vector: "CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:L", version: "3.1", score: 1.6 },
    { vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", version: "3.1", score: 0 },
    { vector: `CVSS:4.0/${V4}`, version: "4.0", score: 9.3 },
    { vector: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", version: "4.0", score: 10 },
    { vector: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", version: "4.0", score: 0 },
    { vector: V2, version: "2.0", score: 7.5 },
    { vector: `(${V2})`, version: "2.0", score: 7.5 },
    { vector: "AV:N/AC:L/Au:N/C:C/I:C/A:C", version: "2.0", score: 10 },
    { vector: "AV:L/AC:H/Au:M/C:N/I:N/A:P", version: "2.0", score: 0.8 },
  ];
  it.each(cases)("$score of $vector", ({ vector, version, score }) => {
    expect(parseCvss(vector)).toEqual({ version, score, vector });
  });

  const base = [
    { summary: "temporal metrics of 3.1", vector: `CVSS:3.1/${V3}/E:U/RL:O/RC:U`, score: 9.8 },
    { summary: "environmental metrics of 3.1", vector: `CVSS:3.1/${V3}/CR:L/MAV:P`, score: 9.8 },
    { summary: "temporal metrics of 2.0", vector: `${V2}/E:POC/RL:OF/RC:UC`, score: 7.5 },
    { summary: "threat metrics of 4.0", vector: `CVSS:4.0/${V4}/E:U`, score: 9.3 },
    { summary: "environmental metrics of 4.0", vector: `CVSS:4.0/${V4}/MAV:P`, score: 9.3 },
    { summary: "short supplemental metrics of 4.0", vector: `CVSS:4.0/${V4}/S:P/AU:Y/R:A/V:D/RE:L`, score: 9.3 },
    { summary: "the urgency that a provider of 4.0 gives", vector: `CVSS:4.0/${V4}/U:Amber`, score: 9.3 },
  ];
  it.each(base)("are not changed by $summary", ({ vector, score }) => {
    expect(parseCvss(vector)?.score).toBe(score);
  });
});

describe("vectors that are not whole and well-formed have no score", () => {
  const cases = [
    { summary: "nothing", vector: "" },
    { summary: "a version alone", vector: "CVSS:3.1" },
    { summary: "a version and a slash", vector: "CVSS:3.1/" },
    { summary: "a version that does not exist", vector: `CVSS:3.2/${V3}` },
    { summary: "a version 2 with a name", vector: `CVSS:2.0/${V2}` },
    { summary: "a metric missing", vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H" },
    { summary: "a metric missing in 4.0", vector: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N" },
    { summary: "a metric twice", vector: `CVSS:3.1/${V3}/A:N` },
    { summary: "a metric that 3.1 does not have", vector: `CVSS:3.1/${V3}/AT:N` },
    { summary: "a metric that does not exist", vector: `CVSS:3.1/${V3}/XX:Y` },
    { summary: "a metric of 4.0 that does not exist", vector: `CVSS:4.0/${V4}/ZZ:Z` },
    { summary: "a value that does not exist", vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:Z" },
    {
      summary: "a value of 4.0 that only modified metrics have",
      vector: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:S/SA:N",
    },
    { summary: "a base metric that is not defined", vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:X" },
    { summary: "a metric without a value", vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:" },
    { summary: "a value without a metric", vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/:H" },
    { summary: "small letters", vector: `CVSS:3.1/${V3.toLowerCase()}` },
    { summary: "the metrics of 2.0 in 3.1", vector: `CVSS:3.1/${V2}` },
    { summary: "the metrics of 3.1 without a version", vector: V3 },
    { summary: "a slash at the end", vector: `CVSS:3.1/${V3}/` },
    { summary: "two slashes", vector: `CVSS:3.1//${V3}` },
    { summary: "half a bracket", vector: `(${V2}` },
    { summary: "brackets around 3.1", vector: `(CVSS:3.1/${V3})` },
    { summary: "a space", vector: `CVSS:3.1/${V3} ` },
    { summary: "a line break", vector: `CVSS:3.1/${V3}\n` },
    { summary: "a NUL", vector: `CVSS:3.1/${V3}\0` },
    { summary: "a score", vector: "9.8" },
    { summary: "a name that every object has", vector: "constructor:x" },
    { summary: "a path", vector: "../../etc/passwd" },
    { summary: "a million letters", vector: `CVSS:3.1/${V3}${"/A:H".repeat(250_000)}` },
  ];
  it.each(cases)("$summary", ({ vector }) => {
    expect(parseCvss(vector)).toBeUndefined();
  });

  it("any list of metrics has a score from 0 to 10, or none", () => {
    const metric = fc.constantFrom(...V3.split("/"), ...V4.split("/"), ...V2.split("/"), "S:C", "A:N", "E:U", "x", "");
    const prefix = fc.constantFrom("CVSS:3.1/", "CVSS:3.0/", "CVSS:4.0/", "", "CVSS:");
    fc.assert(
      fc.property(
        prefix,
        fc.shuffledSubarray([...new Set(V3.split("/"))]),
        fc.array(metric, { maxLength: 4 }),
        (version, some, more) => {
          const found = parseCvss(`${version}${[...some, ...more].join("/")}`);
          if (found !== undefined) expect(found.score >= 0 && found.score <= 10).toBe(true);
        },
      ),
    );
  });
});

describe("the severity of a score", () => {
  const cases = [
    { version: "3.1", score: 0, severity: "unspecified" },
    { version: "3.1", score: 0.1, severity: "low" },
    { version: "3.1", score: 3.9, severity: "low" },
    { version: "3.0", score: 4, severity: "medium" },
    { version: "3.1", score: 6.9, severity: "medium" },
    { version: "4.0", score: 7, severity: "high" },
    { version: "3.1", score: 8.9, severity: "high" },
    { version: "4.0", score: 9, severity: "critical" },
    { version: "3.1", score: 10, severity: "critical" },
    { version: "2.0", score: 0, severity: "unspecified" },
    { version: "2.0", score: 3.9, severity: "low" },
    { version: "2.0", score: 4, severity: "medium" },
    { version: "2.0", score: 7, severity: "high" },
    { version: "2.0", score: 10, severity: "high" },
  ] as const;
  it.each(cases)("$score of version $version is $severity", ({ version, score, severity }) => {
    expect(severityOfScore({ version, score })).toBe(severity);
  });
});
