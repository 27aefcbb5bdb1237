// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { testHost } from "../../test/support/host.js";
import { IDENTITY, ISSUER, keylessEnvironment, startSigstore, type TestSigstore } from "../../test/support/sigstore.js";
import { sharedFolder } from "../../test/support/shared.js";
import { openSigner, type Signer } from "../sign/index.js";
import { parseCosignAnnotations, toCosignAnnotations } from "./cosign-material.js";
import type { DsseEnvelope } from "./dsse.js";
import type { VerificationMaterial } from "./sigstore-bundle.js";
import { trustCertificates, type CertificateTrust } from "./sigstore-trust.js";

const TRUSTED = { identity: IDENTITY, issuer: ISSUER };
const BYTES = Buffer.from("what is signed");

interface Case {
  readonly services: TestSigstore;
  readonly signer: Signer;
  readonly trust: CertificateTrust;
  readonly envelope: DsseEnvelope;
  readonly material: VerificationMaterial;
}

const FOLDER = sharedFolder();

async function prepare(services: TestSigstore): Promise<Case> {
  const env = keylessEnvironment(services, mkdtempSync(join(FOLDER, "sigstore-")));
  const signer = await openSigner(testHost({ home: FOLDER, env }));
  const { signature, material } = await signer.signStatement(BYTES);
  const envelope = {
    payload: BYTES.toString("base64"),
    payloadType: "application/vnd.in-toto+json",
    signatures: [{ sig: signature.toString("base64") }],
  };
  const trust = await trustCertificates(Buffer.from(services.trustedRoot), TRUSTED, "root.json");
  return { services, signer, trust, envelope, material };
}

const CASES: Partial<Record<"Rekor 1" | "Rekor 2", Case>> = {};
let stranger: Case;

beforeAll(async () => {
  const [one, two, other] = await Promise.all([
    startSigstore().then(prepare),
    startSigstore({ log: 2, stampsTime: true }).then(prepare),
    startSigstore().then(prepare),
  ]);
  CASES["Rekor 1"] = one;
  CASES["Rekor 2"] = two;
  stranger = other;
});
afterAll(() => {
  for (const { services } of [...Object.values(CASES), stranger]) services.close();
});

/** Everything that differs from a JSON value in one leaf, with its path. */
function* changedLeaves(value: unknown, path: readonly string[] = []): Generator<readonly [string, unknown]> {
  if (typeof value === "string") yield [path.join("."), change(value)];
  else if (typeof value === "object" && value !== null)
    for (const [key, member] of Object.entries(value))
      for (const [at, changed] of changedLeaves(member, [...path, key]))
        yield [at, Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed }];
}

/** Another character in the middle, that is as good in base64 and in numbers. */
function change(text: string): string {
  const at = Math.floor(text.length / 2);
  return `${text.slice(0, at)}${text[at] === "1" ? "2" : "1"}${text.slice(at + 1)}`;
}

/** What a checkpoint, which is signed, says again; and, where nothing is promised, names that nothing is looked up by. */
const SAID_TWICE = {
  "Rekor 1": ["tlogEntries.0.inclusionProof.rootHash", "tlogEntries.0.inclusionProof.treeSize"],
  "Rekor 2": [
    "tlogEntries.0.logIndex",
    "tlogEntries.0.logId.keyId",
    "tlogEntries.0.inclusionProof.rootHash",
    "tlogEntries.0.inclusionProof.treeSize",
  ],
};

describe.each(["Rekor 1", "Rekor 2"] as const)("a signature with %s", (name) => {
  it("is good, and by whom", () => {
    const { trust, envelope, material } = CASES[name]!;
    expect(trust.checkEnvelope(envelope, material)).toEqual({ kind: "good", by: TRUSTED });
  });

  it("is not with any value changed", () => {
    const { trust, envelope, material } = CASES[name]!;
    const paths: string[] = [];
    for (const [path, changed] of changedLeaves(material)) {
      const { kind } = trust.checkEnvelope(envelope, changed as VerificationMaterial);
      if (kind === "good") paths.push(path);
    }
    for (const [path, changed] of changedLeaves(envelope)) {
      const { kind } = trust.checkEnvelope(changed as DsseEnvelope, material);
      if (kind === "good") paths.push(path);
    }
    expect(paths).toEqual(SAID_TWICE[name]);
  });

  it("is not with any part missing, or of another type", () => {
    const { trust, envelope, material } = CASES[name]!;
    for (const key of Object.keys(material)) {
      for (const value of [undefined, null, 1, "x", [], {}, [{}], [null]]) {
        const { kind } = trust.checkEnvelope(envelope, { ...material, [key]: value });
        // Rekor 1 makes promises: nothing needs a time stamp.
        if (kind === "good") expect([name, key]).toEqual(["Rekor 1", "timestampVerificationData"]);
      }
    }
  });

  it("is by a stranger where other authorities, another identity or another issuer are trusted", async () => {
    const { envelope, material, services } = CASES[name]!;
    expect(stranger.trust.checkEnvelope(envelope, material)).toEqual({ kind: "stranger" });
    for (const other of [
      { ...TRUSTED, identity: "https://evil.test" },
      { ...TRUSTED, identity: IDENTITY.slice(0, -1) },
      { ...TRUSTED, identity: ".*" },
      { ...TRUSTED, issuer: `${ISSUER}/` },
    ]) {
      const trust = await trustCertificates(Buffer.from(services.trustedRoot), other, "root.json");
      expect(trust.checkEnvelope(envelope, material)).toEqual({ kind: "stranger", by: TRUSTED });
    }
  });

  it.each(["tlogs", "ctlogs"])("is bad where other %s are trusted", async (part) => {
    const { envelope, material, services } = CASES[name]!;
    const root = JSON.parse(services.trustedRoot) as Record<string, unknown>;
    const other = JSON.parse(stranger.services.trustedRoot) as Record<string, unknown>;
    const bytes = Buffer.from(JSON.stringify({ ...root, [part]: other[part] }));
    expect((await trustCertificates(bytes, TRUSTED, "root.json")).checkEnvelope(envelope, material).kind).toBe("bad");
  });

  it.each(["\u2014 ((.|.)|(.|.))*# ", "x\u2014 ((.|.)|(.|.))*# ", "\u2014 a b\u2014 ((.|.)|(.|.))*# "])(
    "is not looked at where a checkpoint is signed by a name that is a regular expression: %s",
    (line) => {
      const { trust, envelope, material } = CASES[name]!;
      const [entry] = material["tlogEntries"] as readonly {
        readonly inclusionProof: { readonly checkpoint: { readonly envelope: string } };
      }[];
      const checkpoint = entry!.inclusionProof.checkpoint.envelope.replace(/\u2014 \S+ /u, line);
      const inclusionProof = { ...entry!.inclusionProof, checkpoint: { envelope: checkpoint } };
      const changed = { ...material, tlogEntries: [{ ...entry, inclusionProof }] };
      expect(trust.checkEnvelope(envelope, changed)).toEqual({
        kind: "bad",
        why: "a checkpoint has a signature by a name that is none",
      });
    },
  );

  it("is by a stranger, not bad, where another signed and whoever witnessed it is unknown", async () => {
    const { envelope, material, services } = CASES[name]!;
    const other = { ...TRUSTED, identity: "somebody@example.test" };
    const root = JSON.parse(services.trustedRoot) as Record<string, unknown>;
    for (const changed of [
      material,
      { ...material, tlogEntries: [] },
      { certificate: material["certificate"] },
      {
        ...material,
        tlogEntries: [{}],
        timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: "AA==" }] },
      },
    ])
      for (const parts of [{}, { tlogs: [], ctlogs: [], timestampAuthorities: [] }]) {
        const bytes = Buffer.from(JSON.stringify({ ...root, ...parts }));
        const trust = await trustCertificates(bytes, other, "root.json");
        expect(trust.checkEnvelope(envelope, changed)).toEqual({ kind: "stranger", by: TRUSTED });
      }
  });

  it.each(["publicKey", "x509CertificateChain"])("is bad with a %s beside its certificate", (key) => {
    const { trust, envelope, material } = CASES[name]!;
    const chain = { certificates: [material["certificate"]] };
    const other = key === "publicKey" ? { hint: "x" } : chain;
    expect(trust.checkEnvelope(envelope, { ...material, [key]: other }).kind).toBe("bad");
  });

  it("is not good with the proofs of another signature", async () => {
    const { trust, signer, envelope, material } = CASES[name]!;
    const another = await signer.signStatement(Buffer.from("something else"));
    const mixed = { ...another.material, certificate: material["certificate"] };
    expect(trust.checkEnvelope(envelope, mixed).kind).toBe("bad");
  });
});

describe("in cosign's annotations", () => {
  const name = "a signature";

  it("is what a log's promise is checked with", async () => {
    const { trust, signer } = CASES["Rekor 1"]!;
    const { signature, material } = await signer.signBytes(BYTES);
    const annotations = toCosignAnnotations(material);
    expect(Object.keys(annotations)).toEqual(["dev.sigstore.cosign/certificate", "dev.sigstore.cosign/bundle"]);
    const read = parseCosignAnnotations(annotations, name);
    expect(read?.hasPromise).toBe(true);
    expect(trust.checkBytes(BYTES, signature, read!.material)).toEqual({ kind: "good", by: TRUSTED });
    expect(trust.checkBytes(Buffer.from("else"), signature, read!.material).kind).toBe("bad");
  });

  it("is no entry of a log that promises nothing", () => {
    const annotations = toCosignAnnotations(CASES["Rekor 2"]!.material);
    expect(Object.keys(annotations)).toEqual(["dev.sigstore.cosign/certificate"]);
    expect(parseCosignAnnotations(annotations, name)).toMatchObject({ hasPromise: false });
  });

  it("is nothing of a key", () => {
    expect(toCosignAnnotations({ publicKey: { hint: "x" }, tlogEntries: [] })).toEqual({});
    expect(parseCosignAnnotations({}, name)).toBeUndefined();
  });

  it.each([
    { summary: "a certificate that is none", change: { "dev.sigstore.cosign/certificate": "x" } },
    { summary: "an entry that is no JSON", change: { "dev.sigstore.cosign/bundle": "{" } },
    { summary: "an entry with a key twice", change: { "dev.sigstore.cosign/bundle": '{"Payload":{},"Payload":{}}' } },
    { summary: "an entry without parts", change: { "dev.sigstore.cosign/bundle": "{}" } },
    { summary: "an entry that is a list", change: { "dev.sigstore.cosign/bundle": "[]" } },
    {
      summary: "an entry whose body is none",
      change: {
        "dev.sigstore.cosign/bundle": '{"SignedEntryTimestamp":"","Payload":{"body":"","logID":"","logIndex":1}}',
      },
    },
    { summary: "a time stamp that is no JSON", change: { "dev.sigstore.cosign/rfc3161timestamp": "x" } },
  ])("$summary is refused", async ({ change: changed }) => {
    const annotations = { ...toCosignAnnotations(CASES["Rekor 1"]!.material), ...changed };
    expect(await codeOf(() => parseCosignAnnotations(annotations, name))).toBe("EVIDENCE_INVALID");
  });
});

describe("a trusted root", () => {
  it.each([{ identity: "" }, { issuer: "" }])("is of no use for somebody who is nobody: %o", async (part) => {
    const root = Buffer.from(stranger.services.trustedRoot);
    expect(await codeOf(() => trustCertificates(root, { ...TRUSTED, ...part }, "root.json"))).toBe("KEY_INVALID");
  });

  it.each([
    { summary: "nothing", root: "" },
    { summary: "no JSON", root: "hello" },
    { summary: "a list", root: "[]" },
    { summary: "null", root: "null" },
    { summary: "no authority", root: '{"certificateAuthorities":[]}' },
    { summary: "an authority without certificates", root: '{"certificateAuthorities":[{}]}' },
    {
      summary: "a certificate that is none",
      root: '{"certificateAuthorities":[{"certChain":{"certificates":[{"rawBytes":"AAAA"}]}}]}',
    },
    { summary: "a log without a key", root: '{"tlogs":[{}]}' },
    { summary: "a key twice", root: '{"tlogs":[],"tlogs":[]}' },
  ])("with $summary is refused", async ({ root }) => {
    expect(await codeOf(() => trustCertificates(Buffer.from(root), TRUSTED, "root.json"))).toBe("KEY_INVALID");
  });
});
