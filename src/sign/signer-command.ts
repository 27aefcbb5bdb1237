// SPDX-License-Identifier: Apache-2.0
import { verify, type KeyObject } from "node:crypto";
import { BasaltError } from "../errors.js";
import { parseCommandWords } from "../formats/command-words.js";
import { keyHintOf, parsePublicKey } from "../formats/cosign-key.js";
import { readText } from "../host/files.js";
import type { Host } from "../host/host.js";
import { findProgram, runProgram } from "../host/programs.js";
import type { SigningKey } from "./signer.js";

const MAX_OUTPUT_BYTES = 64 * 1024; // a signature has a hundred
const TIMEOUT_MS = 60_000; // chosen: a KMS answers within seconds, a person with a token needs longer than a build should wait

/**
 * Signs by a program, for keys that never leave a KMS or a hardware token: it gets what is to be signed on its standard input and prints an
 * ECDSA P-256 signature over its SHA-256, ASN.1 DER in base64. Each one is checked before it is used. Undefined where none is configured.
 * @throws BasaltError `KEY_INVALID`, `FILE_NOT_FOUND`, `SIGNER_FAILED`
 */
export async function openSignerCommand({ env }: Pick<Host, "env">): Promise<SigningKey | undefined> {
  const command = env["BASALT_SIGNER_COMMAND"] ?? "";
  if (command === "") return undefined;
  const file = env["BASALT_SIGNER_PUBLIC_KEY"] ?? "";
  if (file === "")
    throw new BasaltError("KEY_INVALID", "BASALT_SIGNER_COMMAND is set without BASALT_SIGNER_PUBLIC_KEY", {
      action: "name the file with the public half of the key that the command signs with",
    });
  const publicKey = parsePublicKey(await readText(file), file);
  const [name, ...args] = parseCommandWords(command);
  const program = name.includes("/") ? name : findProgram(name, env);
  if (program === undefined) throw failed(name, "it is not on the PATH");
  return {
    keyHint: keyHintOf(publicKey),
    publicKey,
    sign: (bytes) => signBy({ name, program, args, env }, bytes, publicKey),
  };
}

interface SignerProgram {
  /** As it was named. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Host["env"];
}

async function signBy({ name, program, args, env }: SignerProgram, bytes: Buffer, key: KeyObject): Promise<Buffer> {
  const options = { env, input: bytes, maxOutputBytes: MAX_OUTPUT_BYTES, signal: AbortSignal.timeout(TIMEOUT_MS) };
  const result = await runProgram(program, args, options).catch((cause: unknown) => {
    const why =
      cause instanceof Error && cause.name === "AbortError"
        ? `it does not end within ${TIMEOUT_MS / 1000} s`
        : String(cause);
    throw failed(name, why, cause);
  });
  if (result.exitCode !== 0)
    throw failed(name, `it ends with ${result.exitCode}: ${result.stderr.trim().slice(0, 500) || "it says nothing"}`);
  const signature = Buffer.from(result.stdout, "base64");
  if (!isSignature(bytes, key, signature))
    throw failed(name, "what it prints is no signature by the key of BASALT_SIGNER_PUBLIC_KEY");
  return signature;
}

function isSignature(bytes: Buffer, key: KeyObject, signature: Buffer): boolean {
  try {
    return verify("sha256", bytes, key, signature);
  } catch {
    return false;
  }
}

function failed(name: string, why: string, cause?: unknown): BasaltError {
  return new BasaltError("SIGNER_FAILED", `the signer command ${name} failed: ${why}`, { cause });
}
