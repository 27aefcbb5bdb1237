// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { inPieces, streamOf } from "../../test/support/bytes.js";
import { secretsIn, secretsInFile, secretsInValues } from "./secrets.js";

/** Put together here, so that nobody who looks for secrets finds them in this file. */
const parts = (...all: readonly string[]): string => all.join("");
const AWS = parts("AKIA", "QWERTYUIOP234567");
const BODY = "MHcCAQEEIObtRo8tkUqoMjeHhsOh2ouPpXCgBcP+EDxZCB/tws15oAoGCCqGSM49";
const KEY = parts("-----BEGIN EC ", "PRIVATE KEY-----\n", BODY, "\n-----END EC ", "PRIVATE KEY-----\n");

describe("secrets of a known form", () => {
  it.each([
    ["AWS access key", AWS],
    ["AWS access key", `aws_access_key_id = ${AWS}\n`],
    ["private key", KEY],
    ["private key", KEY.replace("EC ", "")],
    ["private key", KEY.replace("EC ", "OPENSSH ")],
    ["private key", KEY.replaceAll("\n", "\\n")],
    ["private key", KEY.replace("\n", "\nProc-Type: 4,ENCRYPTED\n")],
    ["GitHub token", parts("ghp_", "a".repeat(36))],
    ["GitHub token", parts("github_pat_", "a".repeat(22), "_", "b".repeat(59))],
    ["GitLab token", parts("glpat-", "x".repeat(20))],
    ["npm token", parts("npm_", "x".repeat(36))],
    ["PyPI token", parts("pypi-AgEIcHlwaS5vcmc", "x".repeat(60))],
    ["Slack token", parts("xoxb-", "1234567890-", "a".repeat(24))],
    ["Stripe key", parts("sk_live_", "a".repeat(24))],
    ["Google API key", parts("AIza", "x".repeat(35))],
    ["SendGrid key", parts("SG.", "x".repeat(22), ".", "y".repeat(43))],
  ])("%s", (kind, text) => {
    expect(secretsIn(text)).toEqual([kind]);
    expect(secretsIn(`before "${text}" after`)).toEqual([kind]);
  });

  it.each([
    ["an example of AWS's documentation", parts("AKIA", "IOSFODNN7EXAMPLE")],
    ["a key id that is too long", `${AWS}A`],
    ["what begins a private key, in a program", 'const HEAD = "-----BEGIN PRIVATE KEY-----";'],
    ["a public key", KEY.replaceAll("EC PRIVATE", "PUBLIC")],
    ["a certificate", KEY.replaceAll("EC PRIVATE KEY", "CERTIFICATE")],
    ["a short token", "ghp_abc"],
    ["a hash", "a".repeat(64)],
    ["nothing", ""],
  ])("%s is none", (_, text) => {
    expect(secretsIn(text)).toEqual([]);
  });
});

describe("in files", () => {
  it("a secret is found across the pieces in which a file is read", async () => {
    const text = `${"x ".repeat(700_000)}${AWS}\n${"y ".repeat(700_000)}`;
    for (const size of [1, 7, 4096].map((factor) => factor * 1_000))
      expect(await secretsInFile(inPieces(Buffer.from(text), size))).toEqual(["AWS access key"]);
  });

  it("what is not text is passed over", async () => {
    expect(await secretsInFile(streamOf(Buffer.concat([Buffer.from([0x7f, 0x45, 0]), Buffer.from(KEY)])))).toEqual([]);
  });

  it.each([
    ["long lines of one letter", "A".repeat(3_000_000)],
    ["many beginnings", "-----BEGIN PRIVATE KEY-----\n".repeat(100_000)],
    ["many beginnings of tokens", "ghp_ SG. xoxb- AIza AKIA ".repeat(100_000)],
    ["nearly a key, with headers", `-----BEGIN PRIVATE KEY-----\n${"A: b\n".repeat(300_000)}`],
  ])("%s take no time", async (_, text) => {
    const started = performance.now();
    await secretsInFile(streamOf(Buffer.from(text)));
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

describe("in variables", () => {
  it("what its name calls a secret is one, if it has a value", () => {
    const values = {
      DB_PASSWORD: "hunter2",
      API_KEY: "x",
      EMPTY_TOKEN: "",
      PATH: "/bin",
      TOKENIZER: "bpe",
      AUTHOR: "a",
    };
    expect(secretsInValues(values, "variable", { byName: true })).toEqual([
      { where: "variable DB_PASSWORD", kind: "a value that its name calls a secret" },
      { where: "variable API_KEY", kind: "a value that its name calls a secret" },
    ]);
    expect(secretsInValues(values, "label", { byName: false })).toEqual([]);
  });

  it("what has the form of one is one, whatever it is called, and is told once", () => {
    expect(secretsInValues({ AWS_ACCESS_KEY_ID: AWS, OTHER: AWS }, "variable", { byName: true })).toEqual([
      { where: "variable AWS_ACCESS_KEY_ID", kind: "AWS access key" },
      { where: "variable OTHER", kind: "AWS access key" },
    ]);
  });
});
