// SPDX-License-Identifier: Apache-2.0
import { checkEvidence, collectAttestations } from "../evidence/index.js";
import { PREDICATE_TYPES } from "../formats/in-toto.js";
import { readVexDocument } from "../formats/openvex.js";
import type { ImageReader } from "../transfer/index.js";
import { readVexFile, type VexSource } from "../vex/index.js";
import type { CommandContext } from "./context.js";
import type { TrustFlags } from "./trust-flags.js";
import { loadTrust } from "./trust.js";

/** Documents of files that are named. @throws BasaltError `FILE_NOT_FOUND`, `VEX_INVALID` */
export async function vexOfFiles(files: readonly string[] = []): Promise<readonly VexSource[]> {
  return Promise.all(files.map(async (file) => ({ document: await readVexFile(file), origin: file })));
}

/** What lies beside an image, in whatever place it is, signed by a key that is trusted. What others state about it does not count. */
export async function attestedVex(
  reader: ImageReader,
  trust: TrustFlags,
  { host }: Pick<CommandContext, "host">,
): Promise<readonly VexSource[]> {
  const found = await collectAttestations({ digest: reader.root.digest }, PREDICATE_TYPES.openVex, reader);
  // A key of this installation's own is not made for the sake of looking at an image.
  if (found.attestations.length === 0) return [];
  const { attestations } = await checkEvidence(found, await loadTrust(trust, host));
  const verified = attestations.find(({ verdict }) => verdict.kind === "verified")?.statement;
  if (verified === undefined) return [];
  const document = readVexDocument(verified.predicate, `the VEX attestation of ${reader.name}`);
  return [{ document, origin: "attested" }];
}
