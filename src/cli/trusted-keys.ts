// SPDX-License-Identifier: Apache-2.0
import { trustKey, type TrustedKey } from "../evidence/index.js";
import { parsePublicKeys } from "../formats/cosign-key.js";
import { readText } from "../host/files.js";
import type { Host } from "../host/host.js";
import { publicKeyPem } from "../sign/index.js";

/** Keys of the file that `--key` names, else this installation's. @throws BasaltError `KEY_INVALID`, `FILE_NOT_FOUND` */
export async function trustedKeys(file: string | undefined, host: Host): Promise<readonly TrustedKey[]> {
  const pem = file === undefined ? await publicKeyPem(host) : await readText(file);
  return parsePublicKeys(pem, file ?? "the public key of this installation").map(trustKey);
}
