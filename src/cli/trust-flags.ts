// SPDX-License-Identifier: Apache-2.0
import type { Command } from "commander";

/** Whose signatures count. */
export interface TrustFlags {
  readonly key?: string;
  readonly certificateIdentity?: string;
  readonly certificateOidcIssuer?: string;
  readonly trustedRoot?: string;
}

/** `--key` and, with cosign's names, who certificates have to be for. */
export function addTrustFlags(command: Command, of = ""): Command {
  return command
    .option("--key <file>", `file with the public keys that are trusted${of}; default: this installation's`)
    .option("--certificate-identity <identity>", `whose certificates are trusted${of}: an address or a URI, exactly`)
    .option("--certificate-oidc-issuer <url>", "who has to know them")
    .option(
      "--trusted-root <file>",
      "trusted root of Sigstore with the authorities and logs that certificates are checked by",
    );
}
