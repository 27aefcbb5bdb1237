// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { trustKey, type Trust } from "../evidence/index.js";
import { parsePublicKeys } from "../formats/cosign-key.js";
import { trustCertificates, type CertificateTrust } from "../formats/sigstore-trust.js";
import { readBytes, readText } from "../host/files.js";
import type { Host } from "../host/host.js";
import { ownCertificates, publicKeyPem } from "../sign/index.js";
import type { TrustFlags } from "./trust-flags.js";

/**
 * Whose signatures count: what the flags say; without any, whoever signs in this installation.
 * @throws BasaltError `KEY_INVALID`, `FILE_NOT_FOUND`, `USAGE`
 */
export async function loadTrust(flags: TrustFlags, host: Host): Promise<Trust> {
  const { key, certificateIdentity, certificateOidcIssuer, trustedRoot } = flags;
  const isOwn = [key, certificateIdentity, certificateOidcIssuer, trustedRoot].every((each) => each === undefined);
  const pem = key !== undefined ? await readText(key) : isOwn ? await publicKeyPem(host) : "";
  const certificates = isOwn ? await ownCertificates(host) : await namedCertificates(flags, host);
  const keys =
    pem === "" && key === undefined ? [] : parsePublicKeys(pem, key ?? "the public key of this installation");
  return { keys: keys.map(trustKey), ...(certificates === undefined ? {} : { certificates }) };
}

async function namedCertificates(
  { certificateIdentity: identity, certificateOidcIssuer: issuer, trustedRoot }: TrustFlags,
  { env }: Host,
): Promise<CertificateTrust | undefined> {
  if (identity === undefined && issuer === undefined && trustedRoot === undefined) return undefined;
  if (identity === undefined || issuer === undefined || identity === "" || issuer === "")
    throw new BasaltError("USAGE", "--certificate-identity and --certificate-oidc-issuer go together", {
      action: "whoever has an account at any issuer gets certificates: say whose count, and who has to know them",
    });
  const root = trustedRoot ?? env["BASALT_SIGSTORE_TRUSTED_ROOT"] ?? "";
  if (root === "")
    throw new BasaltError("USAGE", "certificates are checked with a trusted root, and none is named", {
      action: "name its file with --trusted-root or BASALT_SIGSTORE_TRUSTED_ROOT",
    });
  return trustCertificates(await readBytes(root), { identity, issuer }, root);
}
