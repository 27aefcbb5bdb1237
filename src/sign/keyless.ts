// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { formatCertificateIdentity } from "../formats/certificate-identity.js";
import { parseCosignAnnotations } from "../formats/cosign-material.js";
import { SIGNATURE_ANNOTATION } from "../formats/simple-signing.js";
import { trustCertificates, type CertificateTrust, type CertificateVerdict } from "../formats/sigstore-trust.js";
import { chooseSigstoreServices } from "../formats/sigstore-services.js";
import { readBytes, readText } from "../host/files.js";
import type { Host } from "../host/host.js";
import { toSignedStatement } from "./documents.js";
import type { Signed, Signer } from "./signer.js";

/**
 * Whom certificates of this installation are for, and who is trusted for it; undefined where none count.
 * @throws BasaltError `KEY_INVALID`, `FILE_NOT_FOUND`
 */
export async function ownCertificates(host: Host): Promise<CertificateTrust | undefined> {
  const { env } = host;
  const root = env["BASALT_SIGSTORE_TRUSTED_ROOT"] ?? "";
  const identity = env["BASALT_CERTIFICATE_IDENTITY"] ?? "";
  const issuer = env["BASALT_CERTIFICATE_OIDC_ISSUER"] ?? "";
  if (identity === "" && issuer === "" && !isKeyless(host)) return undefined;
  if (root === "" || identity === "" || issuer === "")
    throw new BasaltError(
      "KEY_INVALID",
      "certificates are checked with BASALT_SIGSTORE_TRUSTED_ROOT, BASALT_CERTIFICATE_IDENTITY and BASALT_CERTIFICATE_OIDC_ISSUER, and one of them is not set",
      { action: "set all three; where keys alone sign, no identity, no issuer and no BASALT_SIGSTORE_SIGNING_CONFIG" },
    );
  return trustCertificates(await readBytes(root), { identity, issuer }, root);
}

/** Whether certificates sign in place of a key. */
export function isKeyless({ env }: Pick<Host, "env">): boolean {
  return (env["BASALT_SIGSTORE_SIGNING_CONFIG"] ?? "") !== "";
}

/**
 * Signs without a key that lasts: each certificate, from the authority of the signing config, is for minutes, and the log or an authority for
 * time stamps says that it was used in them. Each signature is checked before it is used: what nobody could verify is not published.
 * @throws BasaltError `KEY_INVALID`, `FILE_NOT_FOUND`
 */
export async function openKeyless(host: Host): Promise<Signer> {
  const trust = await ownCertificates(host);
  if (trust === undefined) throw new Error("internal: this installation signs with keys");
  const file = host.env["BASALT_SIGSTORE_SIGNING_CONFIG"] ?? "";
  const services = await chooseSigstoreServices(await readBytes(file), file, host.now());
  const { createSigstoreClient } = await import("../host/sigstore.js");
  const client = createSigstoreClient(services, () => identityToken(host));
  return {
    name: formatCertificateIdentity(trust.trusted),
    // cosign's older form has a promise of a log, which Rekor 2 does not give; its time stamps of attestations are of something else.
    isForBundles: !services.logs.some(({ majorApiVersion }) => majorApiVersion === 1),
    signBytes: async (bytes) => {
      const signed = await client.signBytes(bytes);
      return requireGood(signed, trust.checkBytes(bytes, signed.signature, signed.material), trust);
    },
    signStatement: async (bytes) => {
      const signed = await client.signStatement(bytes);
      const { envelope, material } = toSignedStatement(bytes, signed);
      return requireGood(signed, trust.checkEnvelope(envelope, material), trust);
    },
    hasSignedStatement: ({ envelope, material }) => trust.checkEnvelope(envelope, material).kind === "good",
    hasSigned: (bytes, annotations) => hasSigned(bytes, annotations, trust),
  };
}

/** What others put there may be unreadable: then it is not ours. */
function hasSigned(bytes: Buffer, annotations: Readonly<Record<string, string>>, trust: CertificateTrust): boolean {
  try {
    const signature = Buffer.from(annotations[SIGNATURE_ANNOTATION] ?? "", "base64");
    const certified = parseCosignAnnotations(annotations, "a signature");
    return certified !== undefined && trust.checkBytes(bytes, signature, certified.material).kind === "good";
  } catch (error) {
    if (error instanceof BasaltError && error.code === "EVIDENCE_INVALID") return false;
    throw error;
  }
}

function requireGood(signed: Signed, verdict: CertificateVerdict, { trusted }: CertificateTrust): Signed {
  if (verdict.kind === "good") return signed;
  const why =
    verdict.kind === "bad"
      ? verdict.why
      : verdict.by === undefined
        ? "its certificate is not by an authority of the trusted root"
        : `the certificate is for ${formatCertificateIdentity(verdict.by)}, not for ${formatCertificateIdentity(trusted)}`;
  throw new BasaltError("SIGNER_FAILED", `a signature by a certificate would not be verified: ${why}`, {
    action:
      "see that BASALT_SIGSTORE_TRUSTED_ROOT belongs to the services of the signing config, and that the identity is that of the token",
  });
}

/** Tokens last for minutes, so each certificate gets its own. */
async function identityToken({ env }: Host): Promise<string> {
  const token = env["SIGSTORE_ID_TOKEN"] ?? "";
  if (token !== "") return token;
  const file = env["BASALT_ID_TOKEN_FILE"] ?? "";
  if (file !== "") return (await readText(file)).trim();
  if ((env["ACTIONS_ID_TOKEN_REQUEST_URL"] ?? "") !== "") return (await import("../host/sigstore.js")).actionsToken();
  throw new BasaltError("SIGNER_FAILED", "there is no identity token to get a certificate with", {
    action:
      "put it into SIGSTORE_ID_TOKEN, or its file into BASALT_ID_TOKEN_FILE; GitHub Actions needs permissions: id-token: write",
  });
}
