// SPDX-License-Identifier: Apache-2.0
import { verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bundleOf as signedAs, plainOf } from "../../test/support/evidence.js";
import { descriptorOfManifest, makeImage, repository } from "../../test/support/images.js";
import { testSigner } from "../../test/support/signer.js";
import { sha256Digest } from "../formats/digest.js";
import { dsseSigningBytes, type DsseEnvelope } from "../formats/dsse.js";
import { PREDICATE_TYPES, toStatement } from "../formats/in-toto.js";
import { parseManifest, type ImageManifest } from "../formats/oci/manifest.js";
import { signImage, type EvidenceArtifact } from "./documents.js";

const NAME = repository("team/app");
const { root } = makeImage();
const SUBJECT = descriptorOfManifest(root);
const STATEMENT = toStatement({ name: NAME, digest: root.digest }, PREDICATE_TYPES.spdx, { b: 1, a: "ü" });
const EMPTY = { mediaType: "application/vnd.oci.empty.v1+json", digest: sha256Digest("{}"), size: 2 };

interface Bundle {
  readonly mediaType: string;
  readonly verificationMaterial: object;
  readonly dsseEnvelope: DsseEnvelope;
}

describe("a signature", () => {
  it("lies under the tag that cosign derives from the digest", async () => {
    expect((await signImage(NAME, root.digest, testSigner())).tag).toBe(`${root.digest.replace(":", "-")}.sig`);
  });

  it("is a manifest whose layer is what is signed, with the signature as an annotation", async () => {
    const signer = testSigner();
    const evidence = await signImage(NAME, root.digest, signer);
    const [config, payload] = evidence.blobs;
    const manifest = manifestOf(evidence);
    expect(manifest.artifactType).toBeUndefined();
    expect(manifest.subject).toBeUndefined();
    expect(manifest.config).toEqual({
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: sha256Digest(config!),
      size: config!.length,
    });
    const [layer, second] = manifest.layers;
    expect(second).toBeUndefined();
    expect(layer).toMatchObject({
      mediaType: "application/vnd.dev.cosign.simplesigning.v1+json",
      digest: sha256Digest(payload!),
      size: payload!.length,
    });
    const signature = Buffer.from(layer?.annotations?.["dev.cosignproject.cosign/signature"] ?? "", "base64");
    expect(verify("sha256", payload!, signer.publicKey, signature)).toBe(true);
    expect(verify("sha256", payload!, testSigner().publicKey, signature)).toBe(false);
  });

  it("says which image of which repository it is about, in cosign's words", async () => {
    const [config, payload] = (await signImage(NAME, root.digest, testSigner())).blobs;
    expect(JSON.parse(payload!.toString("utf8"))).toEqual({
      critical: {
        identity: { "docker-reference": "team/app" },
        image: { "docker-manifest-digest": root.digest },
        type: "cosign container image signature",
      },
      optional: null,
    });
    expect(JSON.parse(config!.toString("utf8"))).toMatchObject({
      created: "0001-01-01T00:00:00Z",
      rootfs: { type: "layers", diff_ids: [sha256Digest(payload!)] },
    });
  });
});

describe("a plain statement", () => {
  it("is a referrer whose layer is the statement", () => {
    const evidence = plainOf(STATEMENT, { ...SUBJECT, annotations: { key: "value" } });
    const manifest = manifestOf(evidence);
    const body = evidence.blobs[1]!;
    expect(manifest).toEqual({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      artifactType: "application/vnd.in-toto+json",
      config: { ...EMPTY, data: "e30=" },
      layers: [
        {
          mediaType: "application/vnd.in-toto+json",
          digest: sha256Digest(body),
          size: body.length,
          annotations: { "in-toto.io/predicate-type": "https://spdx.dev/Document" },
        },
      ],
      subject: SUBJECT,
      annotations: { "in-toto.io/predicate-type": "https://spdx.dev/Document" },
    });
    expect(JSON.parse(body.toString("utf8"))).toEqual(STATEMENT);
    expect(evidence.blobs[0]!.toString()).toBe("{}");
    expect(evidence.tag).toBeUndefined();
  });

  it("is the same bytes for the same statement, in whatever order it was made", () => {
    const reordered = toStatement({ name: NAME, digest: root.digest }, PREDICATE_TYPES.spdx, { a: "ü", b: 1 });
    expect(plainOf(reordered, SUBJECT)).toEqual(plainOf(STATEMENT, SUBJECT));
  });
});

describe("a signed statement", () => {
  it("is a referrer whose layer is a sigstore bundle", () => {
    const signer = testSigner();
    const evidence = signedAs(STATEMENT, SUBJECT, signer);
    const manifest = manifestOf(evidence);
    const type = "application/vnd.dev.sigstore.bundle.v0.3+json";
    expect(manifest).toMatchObject({ artifactType: type, config: EMPTY, subject: SUBJECT });
    expect(manifest.layers).toEqual([
      { mediaType: type, digest: sha256Digest(evidence.blobs[1]!), size: evidence.blobs[1]!.length },
    ]);
    expect(manifest.annotations).toMatchObject({
      "dev.sigstore.bundle.content": "dsse-envelope",
      "dev.sigstore.bundle.predicateType": "https://spdx.dev/Document",
    });
    expect(evidence.tag).toBeUndefined();
    const bundle = bundleIn(evidence);
    expect(Object.keys(bundle)).toEqual(["mediaType", "verificationMaterial", "dsseEnvelope"]);
    expect(bundle.mediaType).toBe(type);
    expect(bundle.verificationMaterial).toEqual({ publicKey: { hint: signer.keyHint }, tlogEntries: [] });
  });

  it("has an envelope around the statement that verifies, and no longer when anything is changed", () => {
    const signer = testSigner();
    const { payload, payloadType, signatures } = bundleIn(signedAs(STATEMENT, SUBJECT, signer)).dsseEnvelope;
    const bytes = Buffer.from(payload, "base64");
    expect(payloadType).toBe("application/vnd.in-toto+json");
    expect(JSON.parse(bytes.toString("utf8"))).toEqual(STATEMENT);
    expect(signatures).toHaveLength(1);
    expect(signatures[0]).not.toHaveProperty("keyid");
    const signature = Buffer.from(signatures[0]?.sig ?? "", "base64");
    const check = (signed: Buffer): boolean => verify("sha256", signed, signer.publicKey, signature);
    expect(check(Buffer.concat([Buffer.from(`DSSEv1 28 ${payloadType} ${bytes.length} `), bytes]))).toBe(true);
    expect(check(dsseSigningBytes(payloadType, Buffer.concat([bytes, Buffer.from(" ")])))).toBe(false);
    expect(check(dsseSigningBytes("text/plain", bytes))).toBe(false);
    expect(check(bytes)).toBe(false);
  });
});

function manifestOf({ manifest }: EvidenceArtifact): ImageManifest {
  const parsed = parseManifest(manifest);
  if (parsed.kind === "index") throw new Error("evidence is no index");
  return parsed.value;
}

function bundleIn({ blobs }: EvidenceArtifact): Bundle {
  return JSON.parse(blobs[1]?.toString("utf8") ?? "") as Bundle;
}
