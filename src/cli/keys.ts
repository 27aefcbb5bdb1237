// SPDX-License-Identifier: Apache-2.0
import { ownCertificates, rotateKey, validKeys, type ValidKey } from "../sign/index.js";
import type { CommandContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit.js";
import { parseDurationMs } from "./quantities.js";

export interface KeysFlags {
  readonly json?: boolean;
  readonly validFor?: string;
}

/**
 * `basalt keys list`: public keys that are good, the one that signs now first; the pair is made if there is none. Where certificates sign, whom
 * they are for.
 */
export async function runKeysList(flags: KeysFlags, { host, console }: CommandContext): Promise<ExitCode> {
  const keys = await validKeys(host);
  const certificates = (await ownCertificates(host))?.trusted;
  console.print(
    flags.json === true
      ? `${JSON.stringify({ keys: keys.map(toJson), certificates: certificates ?? null }, undefined, 2)}\n`
      : keys.map(toText).join(""),
  );
  if (certificates !== undefined)
    console.note(`certificates for ${certificates.identity}, whom ${certificates.issuer} knows, are good, too\n`);
  return EXIT.ok;
}

/** What is not PEM between the keys is passed over by whoever reads PEM. */
function toText({ pem, keyHint, validUntil }: ValidKey): string {
  return `${validUntil === undefined ? "" : `# former key ${keyHint}, good until ${validUntil}\n`}${pem}`;
}

function toJson({ keyHint, pem, validUntil }: ValidKey): object {
  return { keyHint, publicKey: pem, validUntil: validUntil ?? null };
}

/** `basalt keys rotate`. @throws BasaltError `KEY_INVALID`, `USAGE` */
export async function runKeysRotate(flags: KeysFlags, { host, console }: CommandContext): Promise<ExitCode> {
  const validUntil = new Date(host.now().getTime() + parseDurationMs(flags.validFor ?? "90d", "--valid-for"));
  const { key, former } = await rotateKey(host, validUntil);
  console.print(
    flags.json === true
      ? `${JSON.stringify({ key: toJson(key), former: toJson(former) }, undefined, 2)}\n`
      : `new key ${key.keyHint}\nformer key ${former.keyHint}, good until ${former.validUntil ?? ""}\n`,
  );
  console.note("images get signatures by the new key when they are built the next time\n");
  return EXIT.ok;
}
