// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as openpgp from "openpgp";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import type { HostWork, PomWork, ScanWork, VerifyWork } from "../definition/index.js";
import { RootFolder } from "../host/root-folder.js";
import { runHostStep } from "./host-steps.js";

const { privateKey, publicKey } = await openpgp.generateKey({
  userIDs: [{ name: "Maker" }],
  type: "ecc",
  curve: "ed25519Legacy",
  date: new Date("2026-01-01T00:00:00Z"),
  format: "object",
});

const message = await openpgp.createMessage({ text: "content" });
const date = new Date("2026-02-01T00:00:00Z");
const signature = await openpgp.sign({ message, signingKeys: privateKey, detached: true, date });

/** A stage with these files; `-> target` as content makes a link. */
function stageWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = join(temporaryFolder(), "root");
  mkdirSync(folder);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (typeof content === "string" && content.startsWith("-> ")) symlinkSync(content.slice(3), join(folder, path));
    else writeFileSync(join(folder, path), content);
  }
  return folder;
}

async function run(folder: string, work: HostWork): Promise<readonly string[]> {
  const notes: string[] = [];
  await runHostStep(work, {
    where: "step",
    root: new RootFolder(folder),
    now: new Date("2026-11-20T00:00:00Z"),
    epochSeconds: 1_700_000_000,
    onEvent: (event) => void (event.kind === "note" && notes.push(event.text)),
  });
  return notes;
}

describe("a signature", () => {
  const files = { "src/a": "content", "src/a.asc": signature, "keys/k.asc": publicKey.armor() };
  const work: VerifyWork = {
    kind: "verify",
    file: "/src/a",
    signature: "/src/a.asc",
    keys: ["/keys/k.asc"],
    signers: [],
  };

  it("that is good lets the build go on, and is told", async () => {
    const print = publicKey.getFingerprint().toUpperCase();
    expect(await run(stageWith(files), work)).toEqual([`step: /src/a is signed by ${print}`]);
  });

  it("of other content ends it", async () => {
    expect(await codeOf(() => run(stageWith({ ...files, "src/a": "other" }), work))).toBe("SIGNATURE_INVALID");
  });

  it.each([["src/a"], ["src/a.asc"], ["keys/k.asc"]])("without %s is said to be", async (path) => {
    const some = Object.fromEntries(Object.entries(files).filter(([name]) => name !== path));
    expect(await codeOf(() => run(stageWith(some), work))).toBe("STAGE_FAILED");
  });

  it("is looked for inside, wherever links lead", async () => {
    const folder = stageWith({ ...files, "src/a": "-> ../../../../elsewhere/a", "elsewhere/a": "content" });
    expect(await run(folder, work)).toHaveLength(1);
    writeFileSync(join(folder, "..", "outside"), "content");
    const outside = stageWith({ ...files, "src/a": `-> ${join(folder, "..", "outside")}` });
    expect(await codeOf(() => run(outside, work))).toBe("STAGE_FAILED");
  });
});

function manifest(name: string, more: object = {}): string {
  return JSON.stringify({ name, version: "1.0.0", ...more });
}

describe("a scan", () => {
  const work: ScanWork = { kind: "scan", source: "/src/ui/node_modules", prefix: "web", scanners: [] };
  const files = {
    "src/ui/node_modules/a/package.json": manifest("a", { license: "MIT" }),
    "src/ui/node_modules/@s/b/package.json": manifest("@s/b", { license: "SEE LICENSE IN x" }),
    "src/ui/node_modules/a/node_modules/c/package.json": manifest("c"),
    "src/ui/node_modules/link": "-> ../../other/node_modules/d",
    "src/other/node_modules/d/package.json": manifest("d"),
  };
  const DOCUMENT = "opt/docker/sbom/web/src-ui-node_modules.spdx.json";

  it("writes down the packages below its folder", async () => {
    const folder = stageWith(files);
    expect(await run(folder, work)).toEqual([`step: 3 packages in /${DOCUMENT}`]);
    const text = readFileSync(join(folder, DOCUMENT), "utf8");
    expect(JSON.parse(text)).toMatchObject({
      name: "web",
      packages: [
        { name: "@s/b", licenseDeclared: "NOASSERTION", externalRefs: [{ referenceLocator: "pkg:npm/%40s/b@1.0.0" }] },
        { name: "a", versionInfo: "1.0.0", licenseDeclared: "MIT" },
        { name: "c" },
      ],
    });
    const again = stageWith(files);
    await run(again, work);
    expect(readFileSync(join(again, DOCUMENT), "utf8")).toBe(text);
  });

  it("says which scanners there are not", async () => {
    const scanners = ["javascript-package-cataloger", "rust-audit-binary-cataloger"];
    const [first] = await run(stageWith(files), { ...work, scanners });
    expect(first).toBe("step: there is no scanner rust-audit-binary-cataloger; what it would find is missing");
  });

  it("of nothing is an error, of an empty folder an empty document", async () => {
    expect(await codeOf(() => run(stageWith({}), work))).toBe("STAGE_FAILED");
    expect(await run(stageWith({ "src/ui/node_modules/x": "" }), work)).toEqual([`step: 0 packages in /${DOCUMENT}`]);
  });

  it("stays below its folder whatever the prefix is", async () => {
    const folder = stageWith(files);
    const [note] = await run(folder, { ...work, prefix: "../../../etc" });
    expect(note).toContain("/opt/docker/sbom/etc/src-ui-node_modules.spdx.json");
  });
});

describe("versions of a Maven project", () => {
  const work: PomWork = {
    kind: "pom",
    file: "/src/pom.xml",
    dependencies: "/src/d.json",
    properties: "/src/p.json",
    list: ["dependencyManagement", "dependencies"],
    mayLower: false,
  };
  const files = {
    "src/pom.xml": "<project><properties><a>1</a></properties></project>",
    "src/d.json": '[{ "groupId": "g", "artifactId": "b", "version": "2", "comment": "CVE" }]',
    "src/p.json": '[{ "property": "a", "value": "2" }]',
  };

  it("are set in its file", async () => {
    const folder = stageWith(files);
    expect(await run(folder, work)).toEqual(["step: 2 versions set in /src/pom.xml"]);
    const text = readFileSync(join(folder, "src/pom.xml"), "utf8");
    expect(text).toMatch(/<a>2<\/a>.*<artifactId>b<\/artifactId><version>2</s);
  });

  it.each([
    ["no JSON", { "src/p.json": "{" }, "STAGE_FAILED"],
    ["a list of something else", { "src/p.json": '[{ "name": "a" }]' }, "STAGE_FAILED"],
    ["a lower version", { "src/p.json": '[{ "property": "a", "value": "0" }]' }, "POM_INVALID"],
  ])("are refused where there is %s", async (_summary, others, code) => {
    expect(await codeOf(() => run(stageWith({ ...files, ...others }), work))).toBe(code);
  });
});
