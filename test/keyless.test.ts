// SPDX-License-Identifier: Apache-2.0
// Images that certificates sign, from the signature to who asks for it.
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSigner, signDescriptions, type Evidence } from "../src/sign/index.js";
import { openStore } from "../src/store/index.js";
import { basaltOn } from "./support/commands.js";
import { putEvidence, sourcesOf, statementAbout } from "./support/evidence.js";
import { testHost } from "./support/host.js";
import { descriptorOfManifest, makeTwoPlatforms, repository } from "./support/images.js";
import { sharedFolder } from "./support/shared.js";
import { IDENTITY, ISSUER, keylessEnvironment, startSigstore, type TestSigstore } from "./support/sigstore.js";
import { putImage } from "./support/store.js";

const FOLDER = sharedFolder();
const IMAGE = makeTwoPlatforms();
const DESCRIPTIONS = IMAGE.manifests.map((manifest) => ({
  subject: descriptorOfManifest(manifest),
  statements: sourcesOf(
    statementAbout(manifest, "slsaProvenance"),
    statementAbout(manifest, "lock"),
    ...(manifest.kind === "image" ? [statementAbout(manifest, "spdx")] : []),
  ),
}));

describe.each([1, 2] as const)("an image that certificates sign, with Rekor %i", (log) => {
  const home = mkdtempSync(join(FOLDER, "home-"));
  const stranger = testHost({ home: mkdtempSync(join(FOLDER, "stranger-")) });
  const plain = testHost({ home });
  let services: TestSigstore;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    services = await startSigstore({ log, stampsTime: log === 2 });
    env = keylessEnvironment(services, home);
    const store = await openStore(plain);
    await putImage(store, "test", IMAGE, ["1"]);
    await store.close();
    await signAndKeep();
  });
  afterAll(() => services.close());

  async function sign(host = testHost({ home, env })): Promise<Evidence> {
    const store = await openStore(plain);
    try {
      const signer = await openSigner(host);
      return await signDescriptions(DESCRIPTIONS, { repository: repository("test"), signer, store });
    } finally {
      await store.close();
    }
  }

  async function signAndKeep(): Promise<void> {
    const evidence = await sign();
    const store = await openStore(plain);
    await putEvidence(store, "test", evidence);
    await store.close();
  }

  function flags(changed: Readonly<Record<string, string>> = {}): readonly string[] {
    const all = {
      "--certificate-identity": IDENTITY,
      "--certificate-oidc-issuer": ISSUER,
      "--trusted-root": env["BASALT_SIGSTORE_TRUSTED_ROOT"] ?? "",
      ...changed,
    };
    return Object.entries(all).flat();
  }

  it("is verified where it was signed, and has all that it needs", async () => {
    const { code, stdout, stderr } = await basaltOn(testHost({ home, env }), "verify", "test:1");
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining(
        `cosign verify --certificate-identity ${IDENTITY} --certificate-oidc-issuer ${ISSUER} --trusted-root root.json`,
      ),
    ]);
    const forms = new Set(
      [...stdout.matchAll(/│ (bundle|plain|envelope|cosign) +│ (\S+)/g)].map(([, form, by]) => `${form} ${by}`),
    );
    expect(forms).toEqual(
      new Set([`bundle ${IDENTITY}`, "plain as", ...(log === 1 ? [`cosign ${IDENTITY}`, `envelope ${IDENTITY}`] : [])]),
    );
  });

  it("is verified by whoever names the signer, and prints a statement", async () => {
    const copy = await basaltOn(plain, "verify", "test:1", ...flags());
    expect([copy.code, copy.stderr]).toEqual([0, expect.stringContaining("cosign verify")]);
    const got = await basaltOn(
      plain,
      "attest",
      "get",
      "test:1",
      "--predicate-type",
      "https://spdx.dev/Document",
      "--platform",
      "linux/amd64",
      ...flags(),
    );
    expect(JSON.parse(got.stdout)).toMatchObject({ predicateType: "https://spdx.dev/Document" });
  });

  it.each([
    { summary: "another identity", changed: { "--certificate-identity": "evil@example.test" } },
    { summary: "another issuer", changed: { "--certificate-oidc-issuer": "https://evil.test" } },
  ])("is by a stranger for who trusts $summary", async ({ changed }) => {
    const refused = await basaltOn(plain, "verify", "test:1", ...flags(changed));
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("EVIDENCE_MISSING")]);
    expect(refused.stdout).toContain(`stranger ${IDENTITY}`);
    expect(refused.stdout).not.toContain("INVALID");
  });

  it("is by somebody unknown for who trusts keys, or other authorities", async () => {
    const other = await startSigstore();
    const root = keylessEnvironment(other, stranger.home.root)["BASALT_SIGSTORE_TRUSTED_ROOT"] ?? "";
    other.close();
    for (const args of [[], flags({ "--trusted-root": root })]) {
      const refused = await basaltOn(plain, "verify", "test:1", ...args);
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("EVIDENCE_MISSING")]);
      expect(refused.stdout).toContain("unknown key");
    }
  });

  it.each([
    { args: ["--certificate-identity", IDENTITY] },
    { args: ["--certificate-oidc-issuer", ISSUER] },
    { args: ["--certificate-identity", IDENTITY, "--certificate-oidc-issuer", ISSUER] },
    { args: ["--certificate-identity", "", "--certificate-oidc-issuer", ISSUER, "--trusted-root", "root.json"] },
    { args: ["--certificate-identity", IDENTITY, "--certificate-oidc-issuer", "", "--trusted-root", "root.json"] },
    { args: ["--trusted-root", "root.json"] },
  ])("is not looked at with $args alone", async ({ args }) => {
    expect((await basaltOn(plain, "verify", "test:1", ...args)).code).toBe(64);
  });

  it("by the same, but by other authorities, is signed anew in every form", async () => {
    const other = await startSigstore({ log, stampsTime: log === 2 });
    const folder = mkdtempSync(join(FOLDER, "other-"));
    const { artifacts } = await sign(testHost({ home, env: keylessEnvironment(other, folder) }));
    other.close();
    const count = DESCRIPTIONS.flatMap(({ statements }) => statements).length;
    const images = DESCRIPTIONS.length;
    // With Rekor 2, bundles: of each image and of each statement. Else also plain statements' signatures, and two tags of each image.
    expect(artifacts).toHaveLength(log === 2 ? images + count : images + count + count + 2 * images);
  });

  it("and did not change is not signed again", async () => {
    const before = services.requests.length;
    expect(await sign()).toEqual({ artifacts: [], outdated: [] });
    expect(services.requests).toHaveLength(before);
  });
});
