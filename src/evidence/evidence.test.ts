// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { bundleOf, envelopeOf as dsseOf, plainOf, readerOf, statementAbout } from "../../test/support/evidence.js";
import { descriptorOfManifest, makeImage, makeTwoPlatforms, repository } from "../../test/support/images.js";
import { testSigner, type TestSigner } from "../../test/support/signer.js";
import { canonicalJson } from "../formats/canonical-json.js";
import { descriptorOf, formatManifest, type ImageManifest, type ParsedManifest } from "../formats/oci/manifest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import { attestationTag } from "../formats/simple-signing.js";
import type { EvidenceArtifact } from "../sign/index.js";
import { signImage } from "../sign/documents.js";
import {
  assessSlsa,
  checkEvidence,
  collectEvidence,
  findGaps,
  reachedLevel,
  trustKey,
  type CheckedEvidence,
} from "./index.js";

const APP = repository("app");
const SIGNER = testSigner();
const IMAGE = makeImage();
const { root } = IMAGE;
const SUBJECT = descriptorOfManifest(root);

async function check(
  evidence: readonly EvidenceArtifact[],
  { image = IMAGE, keys = [SIGNER] }: { readonly image?: typeof IMAGE; readonly keys?: readonly TestSigner[] } = {},
): Promise<CheckedEvidence> {
  const trusted = keys.map(({ publicKey }) => trustKey(publicKey));
  return checkEvidence(await collectEvidence(readerOf(image, evidence)), { keys: trusted });
}

/** What an image of Basalt has. */
async function complete(manifest: ParsedManifest, isPlatform: boolean): Promise<readonly EvidenceArtifact[]> {
  const subject = descriptorOfManifest(manifest);
  const statements = [
    statementAbout(manifest, "slsaProvenance"),
    statementAbout(manifest, "lock"),
    ...(isPlatform ? [statementAbout(manifest, "spdx")] : []),
  ];
  return [
    await signImage(APP, manifest.digest, SIGNER),
    ...statements.flatMap((each) => [plainOf(each, subject), bundleOf(each, subject, SIGNER)]),
  ];
}

/** A bundle whose blob was changed by somebody who can write to the registry: the manifest fits it. */
function changedBundle(change: (bundle: Bundle) => unknown, statement = statementAbout(root)): EvidenceArtifact {
  const { blobs, manifest } = bundleOf(statement, SUBJECT, SIGNER);
  const body = Buffer.from(JSON.stringify(change(JSON.parse(blobs[1]!.toString("utf8")) as Bundle)));
  return withBody(manifest, body);
}

function withBody(manifest: Buffer, body: Buffer): EvidenceArtifact {
  const value = JSON.parse(manifest.toString("utf8")) as ImageManifest;
  const layers = value.layers.map((layer) => ({ ...layer, ...descriptorOf(body, layer.mediaType) }));
  return { manifest: formatManifest({ ...value, layers }), blobs: [Buffer.from("{}"), body] };
}

interface Bundle {
  readonly mediaType: string;
  readonly verificationMaterial: object;
  readonly dsseEnvelope: {
    readonly payload: string;
    readonly payloadType: string;
    readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
  };
}

function envelopeOf(bundle: Bundle, parts: object): object {
  return { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, ...parts } };
}

describe("good evidence", () => {
  it("is found for the index and each platform, and has no gap", async () => {
    const image = makeTwoPlatforms();
    const [first, second, index] = image.manifests;
    const evidence = [
      ...(await complete(first!, true)),
      ...(await complete(second!, true)),
      ...(await complete(index!, false)),
    ];
    const checked = await check(evidence, { image });
    expect(checked.subjects.map(({ platform }) => platform)).toEqual([undefined, "linux/amd64", "linux/arm64"]);
    expect(checked.signatures.map(({ verdict }) => verdict.kind)).toEqual(["verified", "verified", "verified"]);
    expect(checked.attestations.map(({ form, verdict }) => `${form} ${verdict.kind}`).toSorted()).toEqual([
      ...Array.from({ length: 8 }, () => "bundle verified"),
      ...Array.from({ length: 8 }, () => "plain unsigned"),
    ]);
    expect(checked.attestations.filter(({ form }) => form === "plain").map(({ verdict }) => verdict)).toEqual(
      Array.from({ length: 8 }, () => ({ kind: "unsigned", same: true })),
    );
    expect(findGaps(checked)).toEqual([]);
  });

  it("may be signed by a former key that is still trusted", async () => {
    const checked = await check(await complete(root, true), { keys: [testSigner(), SIGNER] });
    expect(findGaps(checked)).toEqual([]);
  });

  it("by a trusted key counts, whatever certificate lies beside it", async () => {
    const signature = await signImage(APP, root.digest, SIGNER);
    const value = JSON.parse(signature.manifest.toString("utf8")) as ImageManifest;
    const layers = value.layers.map((layer) => ({
      ...layer,
      annotations: {
        ...layer.annotations,
        "dev.sigstore.cosign/certificate": "junk",
        "dev.sigstore.cosign/bundle": "{",
      },
    }));
    const beside = { ...signature, manifest: formatManifest({ ...value, layers }) };
    const { signatures } = await check([beside]);
    expect(signatures).toMatchObject([{ verdict: { kind: "verified", keyHint: SIGNER.keyHint } }]);
    expect((await check([beside], { keys: [testSigner()] })).signatures).toMatchObject([
      { verdict: { kind: "unknown-key" } },
    ]);
  });

  it("is none where a bundle is around the signature of a message", async () => {
    const message = changedBundle(({ mediaType, verificationMaterial }) => ({
      mediaType,
      verificationMaterial,
      messageSignature: { messageDigest: { algorithm: "SHA2_256", digest: "AA==" }, signature: "AA==" },
    }));
    expect((await check([message])).attestations).toMatchObject([{ verdict: { kind: "unknown-key" } }]);
  });

  it("is read in the form of cosign 2, too", async () => {
    const envelope = dsseOf(statementAbout(root), SIGNER);
    const body = Buffer.from(JSON.stringify(envelope));
    const layer = {
      ...descriptorOf(body, MEDIA_TYPES.dsse),
      annotations: { predicateType: "https://spdx.dev/Document" },
    };
    const config = Buffer.from("{}");
    const manifest = formatManifest({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.manifest,
      config: descriptorOf(config, MEDIA_TYPES.config),
      layers: [layer],
    });
    const { attestations } = await check([{ manifest, blobs: [config, body], tag: attestationTag(root.digest) }]);
    expect(attestations).toMatchObject([{ form: "envelope", verdict: { kind: "verified", keyHint: SIGNER.keyHint } }]);
  });

  it("of others does not trouble", async () => {
    const other = { ...plainOf(statementAbout(root), SUBJECT) };
    const value = JSON.parse(other.manifest.toString("utf8")) as ImageManifest;
    const manifest = formatManifest({ ...value, artifactType: "application/vnd.example" });
    expect((await check([{ ...other, manifest }])).attestations).toEqual([]);
  });
});

describe("gaps", () => {
  it.each([
    {
      summary: "nothing at all",
      keep: () => false,
      gaps: [
        "no signature",
        "no signed https://slsa",
        "no signed urn:basalt:predicate:lock:1",
        "no signed https://spdx",
      ],
    },
    {
      summary: "no bundles",
      keep: ({ manifest }: EvidenceArtifact) => !manifest.includes("sigstore"),
      gaps: ["no signed https://slsa", "no signed urn:basalt:predicate:lock:1", "no signed https://spdx"],
    },
    {
      summary: "no signature of the image",
      keep: ({ tag }: EvidenceArtifact) => tag === undefined,
      gaps: ["no signature by a trusted key"],
    },
  ])("of an image with $summary are named", async ({ keep, gaps }) => {
    const found = findGaps(await check((await complete(root, true)).filter(keep)));
    expect(found).toHaveLength(gaps.length);
    for (const [index, gap] of gaps.entries()) expect(found[index]).toContain(gap);
  });

  it("are all there is when the key is another one", async () => {
    const checked = await check(await complete(root, true), { keys: [testSigner()] });
    const bundles = checked.attestations.filter(({ form }) => form === "bundle");
    expect(bundles).toHaveLength(3);
    for (const { verdict } of bundles) expect(verdict).toEqual({ kind: "unknown-key", keyHint: SIGNER.keyHint });
    expect(findGaps(checked)).toHaveLength(4);
  });
});

describe("evidence that is not what it claims is invalid:", () => {
  const other = makeImage({ platform: "linux/arm64" }).root;
  const cases: readonly { readonly summary: string; readonly evidence: EvidenceArtifact; readonly why: RegExp }[] = [
    {
      summary: "a changed statement",
      evidence: changedBundle((bundle) =>
        envelopeOf(bundle, {
          payload: Buffer.from(canonicalJson(statementAbout(root, "spdx", { name: "other" }))).toString("base64"),
        }),
      ),
      why: /something was changed/,
    },
    {
      summary: "a flipped bit in the signature",
      evidence: changedBundle((bundle) => {
        const sig = Buffer.from(bundle.dsseEnvelope.signatures[0]!.sig, "base64");
        sig[sig.length - 1]! ^= 1;
        return envelopeOf(bundle, { signatures: [{ keyid: "", sig: sig.toString("base64") }] });
      }),
      why: /something was changed/,
    },
    {
      summary: "a bundle for another image",
      evidence: bundleOf(statementAbout(other), SUBJECT, SIGNER),
      why: /is about another image/,
    },
    {
      summary: "a plain statement about another image",
      evidence: plainOf(statementAbout(other), SUBJECT),
      why: /is about another image/,
    },
    {
      summary: "a statement that is filed as another kind",
      evidence: (() => {
        const { manifest, blobs } = bundleOf(statementAbout(root), SUBJECT, SIGNER);
        const text = manifest.toString("utf8").replace("https://spdx.dev/Document", "https://openvex.dev/ns");
        return { manifest: Buffer.from(text), blobs };
      })(),
      why: /is filed as https:\/\/openvex.dev\/ns, and is https:\/\/spdx.dev\/Document/,
    },
    {
      summary: "another payload type",
      evidence: changedBundle((bundle) => envelopeOf(bundle, { payloadType: "text/plain" })),
      why: /holds text\/plain/,
    },
    {
      summary: "no signatures",
      evidence: changedBundle((bundle) => envelopeOf(bundle, { signatures: [] })),
      why: /has no signature/,
    },
    {
      summary: "a payload that is not base64",
      evidence: changedBundle((bundle) => envelopeOf(bundle, { payload: "*" })),
      why: /not base64/,
    },
    {
      summary: "no envelope",
      evidence: changedBundle(({ mediaType, verificationMaterial }) => ({ mediaType, verificationMaterial })),
      why: /no DSSE envelope/,
    },
    {
      summary: "no bundle",
      evidence: changedBundle(() => ({ mediaType: "text/plain" })),
      why: /is no sigstore bundle/,
    },
    { summary: "a list", evidence: changedBundle(() => []), why: /shape/ },
    {
      summary: "no JSON",
      evidence: withBody(bundleOf(statementAbout(root), SUBJECT, SIGNER).manifest, Buffer.from("{")),
      why: /is not JSON/,
    },
    {
      summary: "a key that is there twice",
      evidence: withBody(
        plainOf(statementAbout(root), SUBJECT).manifest,
        Buffer.from(canonicalJson(statementAbout(root)).replace('"_type"', '"predicateType":"x","_type"')),
      ),
      why: /has the key "predicateType" twice/,
    },
    {
      summary: "a statement of a type that nobody knows",
      evidence: withBody(
        plainOf(statementAbout(root), SUBJECT).manifest,
        Buffer.from(canonicalJson(statementAbout(root)).replace("Statement/v1", "Statement/v9")),
      ),
      why: /is no in-toto statement/,
    },
  ];
  it.each(cases)("$summary", async ({ evidence, why }) => {
    const checked = await check([evidence]);
    const verdict = checked.attestations[0]?.verdict;
    expect(verdict?.kind).toBe("invalid");
    expect(verdict?.kind === "invalid" ? verdict.why : "").toMatch(why);
    expect(findGaps(checked).some((gap) => why.test(gap))).toBe(true);
  });

  it("a plain statement beside a signed one that says something else", async () => {
    const plain = plainOf(statementAbout(root, "spdx", { name: "nothing to see" }), SUBJECT);
    const { attestations } = await check([plain, bundleOf(statementAbout(root), SUBJECT, SIGNER)]);
    expect(attestations.map(({ verdict }) => verdict.kind).toSorted()).toEqual(["invalid", "verified"]);
  });

  it("a signature of another image under this one's tag", async () => {
    const { tag } = await signImage(APP, root.digest, SIGNER);
    const { signatures } = await check([
      { ...(await signImage(APP, other.digest, SIGNER)), ...(tag === undefined ? {} : { tag }) },
    ]);
    expect(signatures.map(({ verdict }) => verdict)).toEqual([
      { kind: "invalid", why: expect.stringContaining("of another image") as string },
    ]);
  });
});

describe("SLSA's Build track", () => {
  const GOOD = {
    buildDefinition: {
      buildType: "urn:basalt:build-type:image:1",
      externalParameters: { definition: "a" },
      resolvedDependencies: [{ name: "a", digest: { sha256: "0".repeat(64) } }],
    },
    runDetails: { builder: { id: "https://builds.example.test/1" } },
  };
  const builtBy = (id: unknown): object => ({ ...GOOD, runDetails: { builder: { id } } });
  const definedAs = (parts: object): object => ({ ...GOOD, buildDefinition: { ...GOOD.buildDefinition, ...parts } });

  const cases: readonly { summary: string; predicate: unknown; isPlain?: boolean; level: number }[] = [
    { summary: "all that can be seen", predicate: GOOD, level: 3 },
    { summary: "a builder that is somebody's machine", predicate: builtBy("urn:basalt:builder:local"), level: 1 },
    { summary: "another build type", predicate: definedAs({ buildType: "https://example.test/1" }), level: 2 },
    { summary: "no signature", predicate: GOOD, isPlain: true, level: 1 },
    { summary: "no builder", predicate: builtBy(7), level: 0 },
    { summary: "no parameters", predicate: definedAs({ externalParameters: {} }), level: 0 },
    {
      summary: "a dependency without a hash",
      predicate: definedAs({ resolvedDependencies: [{ name: "a" }] }),
      level: 0,
    },
    { summary: "no list of dependencies", predicate: definedAs({ resolvedDependencies: "none" }), level: 0 },
    { summary: "nothing in it", predicate: {}, level: 0 },
    { summary: "no object", predicate: null, level: 0 },
  ];
  it.each(cases)("$summary is level $level", async ({ predicate, isPlain = false, level }) => {
    const statement = statementAbout(root, "slsaProvenance", predicate as object);
    const evidence = isPlain ? plainOf(statement, SUBJECT) : bundleOf(statement, SUBJECT, SIGNER);
    expect(reachedLevel(assessSlsa(await check([evidence])))).toBe(level);
  });

  it("no provenance is no level, for whatever is signed", async () => {
    const requirements = assessSlsa(await check([bundleOf(statementAbout(root), SUBJECT, SIGNER)]));
    expect(reachedLevel(requirements)).toBe(0);
    expect(requirements.filter(({ level, isMet }) => level === 1 && !isMet).map(({ name }) => name)).toEqual([
      "provenance exists",
    ]);
  });
});
