// SPDX-License-Identifier: Apache-2.0
import type { VerifyWork } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import { verifySigned } from "../formats/openpgp-signed.js";
import { readBytes, statIfAny } from "../host/files.js";
import { stepError, type HostStep } from "./host-step.js";

const GIB = 1024 ** 3;
const MAX_BYTES = 2 * GIB - 1; // what Node.js reads at once

/**
 * Verifies the signature of a file of the stage with keys of the stage, without network, and says who signed. @throws BasaltError
 * `STAGE_FAILED` where a file is missing, `SIGNATURE_INVALID`, `KEY_INVALID`
 */
export async function verifyFile({ file, signature, keys, signers }: VerifyWork, step: HostStep): Promise<void> {
  const keyFiles: Buffer[] = [];
  for (const key of keys) keyFiles.push(await readStageFile(key, step));
  const signed = {
    content: await readStageFile(file, step),
    ...(signature === undefined ? {} : { signature: await readStageFile(signature, step) }),
  };
  try {
    const by = await verifySigned(signed, { keys: keyFiles, signers, now: step.now, name: file });
    step.onEvent({ kind: "note", text: `${step.where}: ${file} is signed by ${by.join(", ")}` });
  } catch (error) {
    if (!(error instanceof BasaltError)) throw error;
    throw stepError(step, error.message, error.code);
  }
}

/** The whole of a file of the stage. @throws BasaltError `STAGE_FAILED` */
export async function readStageFile(path: string, step: Pick<HostStep, "root" | "where">): Promise<Buffer> {
  const place = await step.root.find(path);
  const facts = place === undefined ? undefined : await statIfAny(place);
  if (place === undefined || facts?.kind !== "file") throw stepError(step, `there is no file ${path}`);
  if (facts.sizeBytes > MAX_BYTES)
    throw stepError(step, `${path} has ${facts.sizeBytes} bytes, more than ${MAX_BYTES}`);
  return readBytes(place);
}
