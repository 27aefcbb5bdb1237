// SPDX-License-Identifier: Apache-2.0
// Whoever may push to a repository may put things beside an image before it is built, or built again.
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { streamOf } from "../../test/support/bytes.js";
import { bundleOf, plainOf, sourcesOf, statementAbout } from "../../test/support/evidence.js";
import { testHost } from "../../test/support/host.js";
import { descriptorOfManifest, makeImage, repository } from "../../test/support/images.js";
import { sharedFolder } from "../../test/support/shared.js";
import { keylessEnvironment, startSigstore, type TestSigstore } from "../../test/support/sigstore.js";
import { testSigner, type TestSigner } from "../../test/support/signer.js";
import { memoryStore, putImage } from "../../test/support/store.js";
import { checkEvidence, collectEvidence, type CheckedEvidence, type Trust } from "../evidence/index.js";
import { trustKey } from "../evidence/index.js";
import { sha256Digest, type Digest } from "../formats/digest.js";
import { PREDICATE_TYPES, toStatement, type Statement } from "../formats/in-toto.js";
import { formatManifest, parseManifest, type Descriptor, type ImageManifest } from "../formats/oci/manifest.js";
import { signatureTag } from "../formats/simple-signing.js";
import { openImage } from "../transfer/index.js";
import { recordBlobs, recordManifest, recordTag, type Store } from "../store/index.js";
import {
  attachBundle,
  attachStatement,
  bytesOfStatement,
  signImage,
  signStatement,
  type EvidenceArtifact,
} from "./documents.js";
import { ownCertificates } from "./keyless.js";
import { openSigner } from "./open.js";
import { signDescriptions, type Evidence } from "./sign.js";
import type { Signer } from "./signer.js";

const APP = repository("app");
const IMAGE = makeImage();
const SUBJECT = descriptorOfManifest(IMAGE.root);
const OTHER = makeImage({ platform: "linux/arm64" }).root;
const HONEST = statementAbout(IMAGE.root, "spdx", { honest: true });
const EVIL = statementAbout(IMAGE.root, "spdx", { evil: true });
const DESCRIPTIONS = [{ subject: SUBJECT, statements: sourcesOf(HONEST) }];
const FOLDER = sharedFolder();

const services: TestSigstore[] = [];
afterAll(() => {
  for (const each of services) each.close();
});

interface Party {
  readonly signer: Signer;
  readonly trust: Trust;
}

async function certified(log: 1 | 2): Promise<Party> {
  const sigstore = await startSigstore({ log, stampsTime: log === 2 });
  services.push(sigstore);
  const host = testHost({ home: FOLDER, env: keylessEnvironment(sigstore, mkdtempSync(join(FOLDER, "sigstore-"))) });
  const certificates = await ownCertificates(host);
  return {
    signer: await openSigner(host),
    trust: { keys: [], ...(certificates === undefined ? {} : { certificates }) },
  };
}

function byKey(): Party {
  const signer = testSigner();
  return { signer, trust: { keys: [trustKey(signer.publicKey)] } };
}

/** Puts evidence into the store as a push does. */
async function plant(store: Store, evidence: readonly EvidenceArtifact[]): Promise<void> {
  const at = store.now();
  for (const { manifest, blobs, tag } of evidence) {
    for (const bytes of [...blobs, manifest]) await store.blobs.put(streamOf(bytes));
    const digests = blobs.map((bytes) => sha256Digest(bytes));
    await recordBlobs(store.db, APP, digests, at);
    await recordManifest(store.db, APP, parseManifest(manifest), at);
    if (tag !== undefined) await recordTag(store.db, APP, tag, sha256Digest(manifest), at);
  }
}

/** What whoever trusts the signer finds when a build has gone over what was planted. */
async function after(
  planted: readonly EvidenceArtifact[],
  { signer, trust }: Party,
): Promise<CheckedEvidence & Evidence> {
  const store = await memoryStore();
  await putImage(store, APP, IMAGE, ["1"]);
  await plant(store, planted);
  const made = await signDescriptions(DESCRIPTIONS, { repository: APP, signer, store });
  await plant(store, made.artifacts);
  const reader = await openImage("app:1", { host: testHost({ home: FOLDER }), store });
  const listReferrers = async (digest: Digest): Promise<readonly Descriptor[]> =>
    (await reader.listReferrers(digest)).filter((each) => !made.outdated.includes(each.digest));
  return { ...made, ...(await checkEvidence(await collectEvidence({ ...reader, listReferrers }), trust)) };
}

function expectHonest({ signatures, attestations }: CheckedEvidence, isForBundles: boolean): void {
  const said = attestations.filter(({ predicateType }) => predicateType === PREDICATE_TYPES.spdx);
  const forms = isForBundles ? ["bundle", "plain"] : ["bundle", "envelope", "plain"];
  expect(said.map(({ form }) => form)).toEqual(forms);
  for (const { form, verdict, statement } of said) {
    expect(statement?.predicate).toEqual({ honest: true });
    expect(verdict).toMatchObject(form === "plain" ? { kind: "unsigned", same: true } : { kind: "verified" });
  }
  const image = attestations.filter(({ predicateType }) => predicateType === PREDICATE_TYPES.cosignSignature);
  expect(image.map(({ verdict }) => verdict.kind)).toEqual(["verified"]);
  if (!isForBundles) expect(signatures.map(({ verdict }) => verdict.kind)).toContain("verified");
}

function renamed(item: EvidenceArtifact, change: (manifest: ImageManifest) => ImageManifest): EvidenceArtifact {
  return { ...item, manifest: formatManifest(change(JSON.parse(item.manifest.toString("utf8")) as ImageManifest)) };
}

function named(item: EvidenceArtifact, name: string): EvidenceArtifact {
  return renamed(item, (manifest) => ({
    ...manifest,
    annotations: { ...manifest.annotations, "io.basalt.signing-key": name },
  }));
}

/** A bundle by the signer itself, of another statement, filed as one of this image. */
async function replayed(statement: Statement, signer: Signer): Promise<EvidenceArtifact> {
  const signed = await signStatement(bytesOfStatement(statement), signer);
  return attachBundle(signed, HONEST, SUBJECT, signer);
}

function withJunkCertificate(value: ImageManifest): ImageManifest {
  const annotations = { "dev.cosignproject.cosign/signature": "eA==", "dev.sigstore.cosign/certificate": "junk" };
  return { ...value, layers: value.layers.map((layer) => ({ ...layer, annotations })) };
}

describe.each([
  { summary: "a key", party: async () => byKey() },
  { summary: "certificates and Rekor 1", party: () => certified(1) },
  { summary: "certificates and Rekor 2", party: () => certified(2) },
])("signing by $summary", ({ party }) => {
  let own: Party;
  const stranger: TestSigner = testSigner();
  beforeAll(async () => {
    own = await party();
  });

  it.each<{
    summary: string;
    planted: (signer: Signer) => readonly EvidenceArtifact[] | Promise<readonly EvidenceArtifact[]>;
  }>([
    { summary: "nothing", planted: () => [] },
    { summary: "a plain statement by nobody", planted: () => [plainOf(EVIL, SUBJECT)] },
    {
      summary: "a plain statement about another image, of another kind",
      planted: () => [
        attachStatement(
          {
            predicateType: HONEST.predicateType,
            bytes: bytesOfStatement(statementAbout(OTHER, "slsaProvenance")).bytes,
          },
          SUBJECT,
        ),
      ],
    },
    {
      summary: "bundles by a stranger that name the signer",
      planted: ({ name }) => [
        named(bundleOf(EVIL, SUBJECT, stranger), name),
        named(
          bundleOf(
            toStatement({ name: APP, digest: IMAGE.root.digest }, PREDICATE_TYPES.cosignSignature, {}),
            SUBJECT,
            stranger,
          ),
          name,
        ),
      ],
    },
    {
      summary: "what the signer signed of another image",
      planted: async (signer) => [await replayed(statementAbout(OTHER, "spdx", { evil: true }), signer)],
    },
    {
      summary: "what the signer signed of this image, of another kind",
      planted: async (signer) => [await replayed(statementAbout(IMAGE.root, "lock", { evil: true }), signer)],
    },
    {
      summary: "a plain statement that is no JSON",
      planted: () => [attachStatement({ predicateType: HONEST.predicateType, bytes: Buffer.from("{") }, SUBJECT)],
    },
    {
      summary: "a bundle that is no JSON",
      planted: ({ name }) => {
        const { manifest, blobs } = bundleOf(EVIL, SUBJECT, stranger);
        const body = Buffer.from("{");
        const other = renamed({ manifest, blobs: [blobs[0]!, body] }, (value) => ({
          ...value,
          layers: [{ ...value.layers[0]!, digest: sha256Digest(body), size: body.length }],
        }));
        return [named(other, name)];
      },
    },
    {
      summary: "a bundle without a blob",
      planted: ({ name }) => [
        named(
          renamed(bundleOf(EVIL, SUBJECT, stranger), (value) => ({ ...value, layers: [] })),
          name,
        ),
      ],
    },
    {
      summary: "a signature with a certificate that is none",
      planted: async (signer) => {
        const signature = await signImage(APP, IMAGE.root.digest, signer);
        return [renamed({ ...signature, tag: signatureTag(IMAGE.root.digest) }, withJunkCertificate)];
      },
    },
  ])("signs what the build says, though there was $summary", async ({ planted }) => {
    expectHonest(await after(await planted(own.signer), own), own.signer.isForBundles);
  });

  it("leaves what others signed with tools of their own", async () => {
    const theirs = renamed(bundleOf(EVIL, SUBJECT, stranger), (value) => {
      const { "io.basalt.signing-key": _, ...annotations } = value.annotations ?? {};
      return { ...value, annotations };
    });
    expect((await after([theirs], own)).outdated).toEqual([]);
  });
});
