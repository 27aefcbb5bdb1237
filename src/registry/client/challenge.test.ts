// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { parseChallenges } from "./challenge.js";

describe("what servers send", () => {
  it.each([
    { summary: "nothing", header: undefined, challenges: [] },
    { summary: "an empty header", header: "", challenges: [] },
    {
      summary: "the challenge of a registry",
      header: 'Bearer realm="https://auth.example/token",service="registry.example",scope="repository:app:pull,push"',
      challenges: [
        {
          scheme: "bearer",
          parameters: {
            realm: "https://auth.example/token",
            service: "registry.example",
            scope: "repository:app:pull,push",
          },
        },
      ],
    },
    {
      summary: "a challenge with an error",
      header: 'Bearer realm="https://a/t", error="insufficient_scope"',
      challenges: [{ scheme: "bearer", parameters: { realm: "https://a/t", error: "insufficient_scope" } }],
    },
    {
      summary: "the basic scheme",
      header: 'Basic realm="Registry Realm"',
      challenges: [{ scheme: "basic", parameters: { realm: "Registry Realm" } }],
    },
    {
      summary: "other letters for schemes and names, and their values as they are",
      header: 'BEARER Realm="https://A/T",SERVICE="S"',
      challenges: [{ scheme: "bearer", parameters: { realm: "https://A/T", service: "S" } }],
    },
    {
      summary: "white space around everything",
      header: 'Bearer   realm = "https://a/t" ,  service = "s"',
      challenges: [{ scheme: "bearer", parameters: { realm: "https://a/t", service: "s" } }],
    },
    {
      summary: "values without quotes",
      header: "Bearer realm=https://a/t,service=s",
      challenges: [{ scheme: "bearer", parameters: { realm: "https://a/t", service: "s" } }],
    },
    {
      summary: "quotes and backslashes within quotes",
      header: String.raw`Basic realm="a \"quoted\" \\ realm"`,
      challenges: [{ scheme: "basic", parameters: { realm: String.raw`a "quoted" \ realm` } }],
    },
    {
      summary: "an empty value",
      header: 'Bearer realm="",service="s"',
      challenges: [{ scheme: "bearer", parameters: { realm: "", service: "s" } }],
    },
    {
      summary: "two challenges in one header",
      header: 'Bearer realm="https://a/t",service="s", Basic realm="r"',
      challenges: [
        { scheme: "bearer", parameters: { realm: "https://a/t", service: "s" } },
        { scheme: "basic", parameters: { realm: "r" } },
      ],
    },
    {
      summary: "two challenges the other way round",
      header: 'Basic realm="r", Bearer realm="https://a/t"',
      challenges: [
        { scheme: "basic", parameters: { realm: "r" } },
        { scheme: "bearer", parameters: { realm: "https://a/t" } },
      ],
    },
    {
      summary: "a scheme that no registry uses, before one that they do",
      header: 'Negotiate, Bearer realm="https://a/t"',
      challenges: [{ scheme: "bearer", parameters: { realm: "https://a/t" } }],
    },
    { summary: "a scheme that no registry uses, alone", header: 'Digest realm="r", nonce="n"', challenges: [] },
  ])("$summary", ({ header, challenges }) => {
    expect(parseChallenges(header)).toEqual(challenges);
  });
});

describe("what no honest server sends", () => {
  it.each([
    {
      summary: "a challenge within the text of another one is only text",
      header: 'Digest realm="Basic realm=x"',
      challenges: [],
    },
    {
      summary: "a scheme whose name only ends in Bearer is another scheme",
      header: 'NotBearer realm="https://evil.example/token"',
      challenges: [],
    },
    {
      summary: "a comma within quotes separates nothing",
      header: 'Bearer realm="https://a/t",service="s, Basic realm=x"',
      challenges: [{ scheme: "bearer", parameters: { realm: "https://a/t", service: "s, Basic realm=x" } }],
    },
    { summary: "a header of endless length is not read", header: `Bearer realm="${"a".repeat(5000)}"`, challenges: [] },
  ])("$summary", ({ header, challenges }) => {
    expect(parseChallenges(header)).toEqual(challenges);
  });

  it("a name that objects have anyway is a name like any other", () => {
    const [challenge] = parseChallenges('Bearer __proto__="x",constructor="y",realm="r"');
    expect(challenge?.parameters["realm"]).toBe("r");
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect(challenge?.parameters["service"]).toBeUndefined();
  });

  it.each([
    { summary: "an open quote", header: `Bearer ${'a="'.repeat(1300)}` },
    { summary: "backslashes in an open quote", header: `Bearer realm="${"\\".repeat(4000)}` },
    { summary: "equal signs", header: `Bearer ${"a=".repeat(2000)}` },
    { summary: "names without values", header: `Bearer ${"a ".repeat(2000)}` },
    { summary: "white space", header: `Bearer a=b${" ".repeat(4000)}!` },
    { summary: "white space after the scheme", header: `Bearer${" ".repeat(4000)}!` },
    { summary: "commas", header: `Bearer ${"a=b,,".repeat(800)}` },
    { summary: "schemes", header: "Bearer ".repeat(580) },
  ])("many $summary take no time", ({ header }) => {
    const start = performance.now();
    parseChallenges(header);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
