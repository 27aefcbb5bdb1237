// SPDX-License-Identifier: Apache-2.0
import type { ByteStream } from "../formats/bytes.js";

/** A secret that stands where anybody who has the image can read it; what it is, never itself. */
export interface FoundSecret {
  /** Path with a leading slash, or the variable or label. */
  readonly where: string;
  readonly kind: string;
}

/** Secrets that are known by their form. Source: the issuers' own documentation of their token formats. */
const FORMS: readonly (readonly [kind: string, pattern: string])[] = [
  ["AWS access key", String.raw`\b(?:AKIA|ASIA)[A-Z2-7]{16}\b`],
  [
    "private key",
    String.raw`-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED )?PRIVATE KEY-----(?:\\n|\s){1,4}(?:(?:[A-Za-z-]{1,20}: [^\n]{1,100}\s{1,4})|[A-Za-z0-9+/=]{32})`,
  ],
  ["GitHub token", String.raw`\bgh[pousr]_[A-Za-z0-9]{36,255}\b`],
  ["GitHub token", String.raw`\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b`],
  ["GitLab token", String.raw`\bglpat-[A-Za-z0-9_-]{20,64}\b`],
  ["npm token", String.raw`\bnpm_[A-Za-z0-9]{36}\b`],
  ["PyPI token", String.raw`\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,200}`],
  ["Slack token", String.raw`\bxox[abprs]-[0-9]{8,14}-[0-9A-Za-z-]{20,80}`],
  ["Stripe key", String.raw`\b[rs]k_live_[0-9A-Za-z]{24,99}\b`],
  ["Google API key", String.raw`\bAIza[0-9A-Za-z_-]{35}\b`],
  ["SendGrid key", String.raw`\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b`],
];
const ANY = new RegExp(FORMS.map(([, pattern]) => `(${pattern})`).join("|"), "g");
/** AWS's own documentation uses keys that end so. */
const EXAMPLE = /EXAMPLE$/;

/** Names of variables that hold what nobody else should know. */
const SECRET_NAME = /(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|ACCESS_KEY)(?:$|_)/i;

/** Kinds of secrets that text holds, each once. */
export function secretsIn(text: string): readonly string[] {
  const found = new Set<string>();
  for (const match of text.matchAll(ANY)) {
    const index = match.slice(1).findIndex((group) => group !== undefined);
    const kind = FORMS[index]?.[0];
    if (kind !== undefined && !EXAMPLE.test(match[0])) found.add(kind);
  }
  return [...found];
}

/** Secrets in variables or labels: by their form, or, where `byName`, by what they are called. */
export function secretsInValues(
  values: Readonly<Record<string, string>>,
  what: string,
  options: { readonly byName: boolean },
): readonly FoundSecret[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const kinds = secretsIn(value);
    const named =
      options.byName && SECRET_NAME.test(name) && value !== "" ? ["a value that its name calls a secret"] : [];
    return [...kinds, ...(kinds.length === 0 ? named : [])].map((kind) => ({ where: `${what} ${name}`, kind }));
  });
}

const SNIFFED_BYTES = 8_000; // as git does to tell text from the rest
const WINDOW = 1024 * 1024; // characters that are looked at together
const OVERLAP = 4_096; // the longest secret, twice

/** Kinds of secrets in a file, read in windows. What is not text is passed over. */
export async function secretsInFile(content: ByteStream): Promise<readonly string[]> {
  const found = new Set<string>();
  let window = "";
  let isText: boolean | undefined;
  for await (const chunk of content) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    isText ??= !bytes.subarray(0, SNIFFED_BYTES).includes(0);
    if (!isText) continue;
    window += bytes.toString("latin1");
    if (window.length < WINDOW) continue;
    for (const kind of secretsIn(window)) found.add(kind);
    window = window.slice(-OVERLAP);
  }
  for (const kind of secretsIn(window)) found.add(kind);
  return [...found];
}
