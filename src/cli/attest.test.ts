// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { basaltOn } from "../../test/support/commands.js";
import { putEvidence, sourcesOf, statementAbout } from "../../test/support/evidence.js";
import { testHost } from "../../test/support/host.js";
import { descriptorOfManifest, makeImage, makeTwoPlatforms, repository } from "../../test/support/images.js";
import { sharedFolder } from "../../test/support/shared.js";
import { putImage } from "../../test/support/store.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { formatPublicKey } from "../formats/cosign-key.js";
import type { Statement } from "../formats/in-toto.js";
import { openSigner, signDescriptions } from "../sign/index.js";
import { openStore } from "../store/index.js";

const HOME = sharedFolder();
const HOST = testHost({ home: HOME });
const SPDX = "https://spdx.dev/Document";
const SLSA = "https://slsa.dev/provenance/v1";

/** `test:1` of two platforms with what a build attaches, and `plain:1`, which nobody signed. */
beforeAll(async () => {
  const store = await openStore(HOST);
  await putImage(store, "plain", makeImage(), ["1"]);
  const image = makeTwoPlatforms();
  await putImage(store, "test", image, ["1"]);
  const descriptions = image.manifests.map((manifest) => ({
    subject: descriptorOfManifest(manifest),
    statements: sourcesOf(
      statementAbout(manifest, "slsaProvenance"),
      statementAbout(manifest, "lock"),
      ...(manifest.kind === "image" ? [statementAbout(manifest, "spdx", { spdxVersion: "SPDX-2.3" })] : []),
    ),
  }));
  const options = { repository: repository("test"), signer: await openSigner(HOST), store };
  await putEvidence(store, "test", await signDescriptions(descriptions, options));
  await store.close();
});

function anotherKey(): string {
  const path = join(temporaryFolder(), "other.pub");
  writeFileSync(path, formatPublicKey(generateKeyPairSync("ec", { namedCurve: "prime256v1" }).publicKey));
  return path;
}

describe("basalt attest list", () => {
  it("shows what lies beside the index and each platform, and who signed it", async () => {
    const { code, stdout } = await basaltOn(HOST, "attest", "list", "test:1");
    expect(code).toBe(0);
    for (const [of, what, form] of [
      ["index", "signature of the image", "cosign"],
      ["linux/amd64", "signature of the image", "cosign"],
      ["linux/arm64", SPDX, "bundle"],
      ["linux/amd64", SLSA, "bundle"],
      ["index", SLSA, "bundle"],
    ])
      expect(stdout).toMatch(new RegExp(String.raw`^${of} +│ ${what} +│ ${form} +│ key [A-Za-z0-9+/]{12} `, "m"));
    expect(stdout).toMatch(/^linux\/amd64 +│ https:\/\/spdx.dev\/Document +│ plain +│ as signed /m);
  });

  it("lists what is asked for, and says in JSON the same", async () => {
    const flags = ["--predicate-type", SPDX, "--platform", "linux/arm64", "--json"];
    const { stdout } = await basaltOn(HOST, "attest", "list", "test:1", ...flags);
    const { attestations } = JSON.parse(stdout) as { readonly attestations: readonly object[] };
    expect(attestations).toMatchObject([
      { platform: "linux/arm64", predicateType: SPDX, form: "bundle", verdict: { kind: "verified" } },
      { platform: "linux/arm64", predicateType: SPDX, form: "envelope", verdict: { kind: "verified" } },
      { platform: "linux/arm64", predicateType: SPDX, form: "plain", verdict: { kind: "unsigned", same: true } },
    ]);
  });

  it("says when there is nothing", async () => {
    expect((await basaltOn(HOST, "attest", "list", "plain:1")).stdout).toBe(
      "there is no signature and no attestation\n",
    );
  });
});

describe("basalt attest get", () => {
  it("prints a statement that is signed", async () => {
    const { code, stdout } = await basaltOn(
      HOST,
      "attest",
      "get",
      "test:1",
      "--predicate-type",
      SPDX,
      "--platform",
      "linux/amd64",
    );
    const statement = JSON.parse(stdout) as Statement<{ readonly spdxVersion: string }>;
    expect([code, statement.predicateType, statement.predicate.spdxVersion]).toEqual([0, SPDX, "SPDX-2.3"]);
  });

  it.each([
    { summary: "no kind", flags: [], code: 64, message: "name it with --predicate-type" },
    { summary: "a kind that is there for several", flags: ["--predicate-type", SPDX], code: 64, message: "--platform" },
    { summary: "a kind that is not there", flags: ["--predicate-type", "x:y"], code: 1, message: "EVIDENCE_MISSING" },
    {
      summary: "a platform that is none",
      flags: ["--predicate-type", SPDX, "--platform", "linux/sparc"],
      code: 1,
      message: "PLATFORM_UNKNOWN",
    },
  ])("refuses $summary", async ({ flags, code, message }) => {
    const answer = await basaltOn(HOST, "attest", "get", "test:1", ...flags);
    expect([answer.code, answer.stderr]).toEqual([code, expect.stringContaining(message)]);
  });

  it("prints nothing that another key signed", async () => {
    const flags = ["--predicate-type", SPDX, "--platform", "linux/amd64", "--key", anotherKey()];
    const { code, stdout, stderr } = await basaltOn(HOST, "attest", "get", "test:1", ...flags);
    expect([code, stdout, stderr]).toEqual([1, "", expect.stringContaining("EVIDENCE_MISSING")]);
  });
});

describe("basalt attest verify and basalt verify", () => {
  it("check everything, and print the command of cosign that does the same", async () => {
    const verified = await basaltOn(HOST, "verify", "test:1");
    expect([verified.code, verified.stderr]).toEqual([
      0,
      expect.stringMatching(/cosign verify --key basalt.pub .* localhost:5050\/test@sha256:/),
    ]);
    const attested = await basaltOn(HOST, "attest", "verify", "test:1", "--predicate-type", SLSA);
    expect(attested.code).toBe(0);
    expect(attested.stderr).toContain("--type slsaprovenance1 localhost:5050/test@sha256:");
    const key = await basaltOn(HOST, "keys", "list");
    const path = join(temporaryFolder(), "basalt.pub");
    writeFileSync(path, key.stdout);
    expect((await basaltOn(HOST, "verify", "test:1", "--key", path)).code).toBe(0);
  });

  it("say in JSON what was found", async () => {
    const { code, stdout } = await basaltOn(HOST, "verify", "test:1", "--json");
    const report = JSON.parse(stdout) as { readonly gaps: readonly string[]; readonly signatures: readonly object[] };
    expect([code, report.gaps, report.signatures.length]).toEqual([0, [], 3]);
  });

  it.each([
    {
      summary: "another key",
      image: "test:1",
      key: anotherKeyFlag,
      message: "linux/amd64: no signature by a trusted key",
    },
    { summary: "an image that nobody signed", image: "plain:1", key: () => [], message: "no signed https://spdx.dev" },
  ])("end with 1 for $summary", async ({ image, key, message }) => {
    const verified = await basaltOn(HOST, "verify", image, ...key());
    expect([verified.code, verified.stderr]).toEqual([1, expect.stringContaining("EVIDENCE_MISSING")]);
    expect(verified.stderr).toContain(message);
    const attested = await basaltOn(HOST, "attest", "verify", image, ...key());
    expect([attested.code, attested.stderr]).toEqual([1, expect.stringContaining("EVIDENCE_MISSING")]);
  });

  it("say when the key is none", async () => {
    const path = join(temporaryFolder(), "x");
    writeFileSync(path, "hello");
    const { code, stderr } = await basaltOn(HOST, "verify", "test:1", "--key", path);
    expect([code, stderr]).toEqual([1, expect.stringContaining("KEY_INVALID")]);
  });
});

function anotherKeyFlag(): readonly string[] {
  return ["--key", anotherKey()];
}

describe("basalt verify --slsa-level", () => {
  it("says which requirement is met by what, and fails where one is not", async () => {
    const { code, stdout, stderr } = await basaltOn(HOST, "verify", "test:1", "--slsa-level", "2");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^1 +│ provenance exists +│ met +│ for the index and each platform/m);
    expect(stdout).toMatch(/^1 +│ provenance is complete +│ not met │ index: no build type; /m);
    expect(stdout).toMatch(/^SLSA Build level 0$/m);
    expect(stderr).toMatch(/error: EVIDENCE_MISSING: test:1: SLSA level 1, provenance is complete: /);
    expect(stderr).not.toContain("level 3");
  });

  it.each(["0", "4", "three"])("%s is no level", async (level) => {
    expect((await basaltOn(HOST, "verify", "test:1", "--slsa-level", level)).code).toBe(64);
  });
});
