// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { packageRoot } from "../host/paths.js";
import { formatVexDocument, parseVexDocument, type VexStatement } from "./openvex.js";

const FEEDS = join(packageRoot(), "..", "shared", "feeds");
const STATEMENT = {
  vulnerability: { name: "CVE-2026-1" },
  products: [{ "@id": "pkg:deb/debian/bash" }],
  status: "not_affected",
  justification: "component_not_present",
};
const DOCUMENT = {
  "@context": "https://openvex.dev/ns/v0.2.0",
  "@id": "https://example.test/vex",
  author: "Ann",
  timestamp: "2026-01-02T03:04:05.678901234Z",
  version: 1,
  statements: [STATEMENT],
};

function parse(value: unknown): ReturnType<typeof parseVexDocument> {
  return parseVexDocument(Buffer.from(typeof value === "string" ? value : JSON.stringify(value)), "vex.json");
}

function withStatement(parts: Readonly<Record<string, unknown>>): object {
  return { ...DOCUMENT, statements: [{ ...STATEMENT, ...parts }] };
}

describe("documents are read", () => {
  it("statements inherit the time of their document, and keep their own", () => {
    const own = "2026-02-03T04:05:06+01:00";
    const { statements } = parse({ ...DOCUMENT, statements: [STATEMENT, { ...STATEMENT, timestamp: own }] });
    expect(statements.map(({ timestamp }) => timestamp)).toEqual([DOCUMENT.timestamp, own]);
  });

  it("of version 0.0.1, where names stand in place of objects", () => {
    const { statements } = parse({
      ...DOCUMENT,
      "@context": "https://openvex.dev/ns",
      statements: [{ ...STATEMENT, vulnerability: "CVE-2026-1", products: ["pkg:deb/debian/bash"] }],
    });
    expect(statements).toMatchObject([{ vulnerability: { name: "CVE-2026-1" }, products: STATEMENT.products }]);
  });

  it("an empty justification is none, as go-vex writes it", () => {
    const { statements } = parse(withStatement({ status: "fixed", justification: "" }));
    expect(statements[0]).not.toHaveProperty("justification");
  });

  const files = ["node.openvex.json", "dhi-node.vex.json", "dhi-python.vex.json"].map((file) => join(FEEDS, file));
  it.runIf(files.every((file) => existsSync(file)))("of Node.js and of Docker's hardened images", () => {
    const counts = files.map((file) => parseVexDocument(readFileSync(file), file).statements.length);
    expect(counts.slice(0, 2)).toEqual([183, 85]);
    expect(counts[2]).toBeGreaterThan(0);
  });

  it("what is made is read again, and equal statements have equal names", () => {
    const statements = [{ ...STATEMENT, timestamp: DOCUMENT.timestamp }] as readonly VexStatement[];
    const facts = { author: "Ann", tooling: "basalt 1", timestamp: DOCUMENT.timestamp };
    const made = formatVexDocument(statements, facts);
    expect(parse(made).statements).toEqual(statements);
    expect(formatVexDocument(statements, { ...facts, author: "Bob" })["@id"]).toBe(made["@id"]);
    expect(made["@id"]).toMatch(/^urn:basalt:vex:[0-9a-f]{64}$/);
  });
});

describe("what is no document, or could be misread, is refused", () => {
  const HOSTILE: readonly { readonly summary: string; readonly input: unknown }[] = [
    { summary: "nothing", input: "" },
    { summary: "no JSON", input: "{" },
    { summary: "JSON of something else", input: { document: { category: "csaf_vex" } } },
    { summary: "a list", input: [] },
    { summary: "null", input: null },
    { summary: "another context", input: { ...DOCUMENT, "@context": "https://spdx.dev/" } },
    { summary: "a context that begins alike", input: { ...DOCUMENT, "@context": "https://openvex.dev/nsx" } },
    { summary: "a key twice", input: JSON.stringify(DOCUMENT).replace('"author"', '"@context":"x","author"') },
    { summary: "no time", input: { ...DOCUMENT, timestamp: undefined } },
    { summary: "a time that is none", input: { ...DOCUMENT, timestamp: "yesterday" } },
    { summary: "a day that there is not", input: { ...DOCUMENT, timestamp: "2026-13-40T00:00:00Z" } },
    { summary: "statements that are no list", input: { ...DOCUMENT, statements: {} } },
    { summary: "a statement that is none", input: { ...DOCUMENT, statements: [1] } },
    { summary: "no vulnerability", input: withStatement({ vulnerability: undefined }) },
    { summary: "a vulnerability without a name", input: withStatement({ vulnerability: {} }) },
    { summary: "aliases that are numbers", input: withStatement({ vulnerability: { name: "x", aliases: [1] } }) },
    { summary: "products that are no list", input: withStatement({ products: "pkg:deb/debian/bash" }) },
    { summary: "a product without a name", input: withStatement({ products: [{}] }) },
    { summary: "a part without a name", input: withStatement({ products: [{ "@id": "x", subcomponents: [{}] }] }) },
    { summary: "an unknown status", input: withStatement({ status: "not affected" }) },
    { summary: "an unknown justification", input: withStatement({ justification: "because" }) },
    { summary: "not affected, and no reason", input: withStatement({ justification: undefined }) },
    { summary: "notes that are no text", input: withStatement({ status_notes: ["x"] }) },
    { summary: "a note of a megabyte", input: withStatement({ status_notes: "x".repeat(2 ** 20) }) },
    { summary: "a time of a statement that is none", input: withStatement({ timestamp: 1 }) },
  ];

  it.each(HOSTILE)("$summary", async ({ input }) => {
    expect(await codeOf(() => parse(input))).toBe("VEX_INVALID");
  });
});
