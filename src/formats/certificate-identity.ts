// SPDX-License-Identifier: Apache-2.0

/** Whom a certificate is for. */
export interface CertificateIdentity {
  /** The subject: an address of electronic mail, or the URI of a workflow or of a service. */
  readonly identity: string;
  /** URL of who knows it: the issuer of the token that the certificate was got with. */
  readonly issuer: string;
}

/** In one line, as annotations have it: `IDENTITY (ISSUER)`. */
export function formatCertificateIdentity({ identity, issuer }: CertificateIdentity): string {
  return `${identity} (${issuer})`;
}

/** Undefined where it is something else, as the hint of a key. */
export function parseCertificateIdentity(text: string): CertificateIdentity | undefined {
  const [, identity, issuer] = /^(.+) \((https?:\/\/[^() ]+)\)$/.exec(text) ?? [];
  return identity === undefined || issuer === undefined ? undefined : { identity, issuer };
}
