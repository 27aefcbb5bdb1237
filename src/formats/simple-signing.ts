// SPDX-License-Identifier: Apache-2.0
import type { Digest } from "./digest.js";
import type { RepositoryName, Tag } from "./image-reference.js";

/** What a cosign image signature covers. Source: containers/image, docs/containers-signature.5.md; sigstore/cosign, specs/SIGNATURE_SPEC.md. */
export function formatSimpleSigning(
  repository: RepositoryName,
  digest: Digest,
  optional: Readonly<Record<string, string>> | null = null,
): Buffer {
  const payload = {
    critical: {
      identity: { "docker-reference": repository },
      image: { "docker-manifest-digest": digest },
      type: "cosign container image signature",
    },
    optional,
  };
  return Buffer.from(JSON.stringify(payload));
}

/** Annotation of a signature layer that holds the signature, base64 of DER. */
export const SIGNATURE_ANNOTATION = "dev.cosignproject.cosign/signature";

/** The tag under which cosign looks for signatures of a manifest. */
export function signatureTag(digest: Digest): Tag {
  return cosignTag(digest, "sig");
}

/** The tag under which cosign 2 looks for attestations of a manifest. */
export function attestationTag(digest: Digest): Tag {
  return cosignTag(digest, "att");
}

/** All tags that cosign derives from a digest: signatures, attestations, SBOMs. */
export function cosignTags(digest: Digest): readonly Tag[] {
  return [cosignTag(digest, "sig"), cosignTag(digest, "att"), cosignTag(digest, "sbom")];
}

/** Whether a tag names evidence about a manifest rather than an image. */
export function isCosignTag(tag: string): boolean {
  return /^sha(?:256-[0-9a-f]{64}|512-[0-9a-f]{128})\.(?:sig|att|sbom)$/.test(tag);
}

function cosignTag(digest: Digest, kind: "sig" | "att" | "sbom"): Tag {
  return `${digest.replace(":", "-")}.${kind}` as Tag;
}
