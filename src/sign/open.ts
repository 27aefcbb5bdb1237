// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import type { Host } from "../host/host.js";
import { isKeyless, openKeyless } from "./keyless.js";
import { openKey } from "./keys.js";
import { signerByKey, type Signer } from "./signer.js";

/** Who signs here: certificates where a signing config is named, else a key. @throws BasaltError `KEY_INVALID`, `KEY_PASSWORD`, `FILE_NOT_FOUND`, `SIGNER_FAILED` */
export async function openSigner(host: Host): Promise<Signer> {
  if (!isKeyless(host)) return signerByKey(await openKey(host));
  const given = ["BASALT_SIGNING_KEY", "BASALT_SIGNING_KEY_FILE", "BASALT_SIGNER_COMMAND"].find(
    (name) => (host.env[name] ?? "") !== "",
  );
  if (given !== undefined)
    throw new BasaltError("KEY_INVALID", `both BASALT_SIGSTORE_SIGNING_CONFIG and ${given} are set`, {
      action: "set one of them: either certificates sign, or a key",
    });
  return openKeyless(host);
}
