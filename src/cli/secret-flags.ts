// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { readText } from "../host/files.js";

const USAGE = "--secret id=ID,env=VARIABLE or id=ID,src=FILE";

/**
 * Values of `--secret`, by id, as Docker's builder has it: `id=ID` alone is the variable of that name. Source: docker buildx build, --secret.
 * @throws BasaltError `USAGE`, `FILE_UNREADABLE`
 */
export async function readSecrets(
  entries: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<ReadonlyMap<string, string>> {
  const secrets = new Map<string, string>();
  for (const entry of entries) {
    const fields = parseFields(entry);
    const { id = "", src } = fields;
    const variable = fields.env ?? id;
    if (id === "" || (src !== undefined && fields.env !== undefined)) throw new BasaltError("USAGE", `not ${USAGE}`);
    if (secrets.has(id)) throw new BasaltError("USAGE", `the secret ${id} is given twice`);
    const value = src === undefined ? env[variable] : await readText(src);
    if (value === undefined) throw new BasaltError("USAGE", `the variable ${variable} for the secret ${id} is not set`);
    secrets.set(id, value);
  }
  return secrets;
}

/** The entry itself is in no message: somebody may have written the value into it. */
function parseFields(entry: string): Partial<Record<"id" | "env" | "src", string>> {
  const fields: Partial<Record<"id" | "env" | "src", string>> = {};
  for (const part of entry.split(",")) {
    const equals = part.indexOf("=");
    const [key, value] = [part.slice(0, Math.max(0, equals)), part.slice(equals + 1)];
    const name = key === "source" ? "src" : key;
    if ((name !== "id" && name !== "env" && name !== "src") || value === "" || fields[name] !== undefined)
      throw new BasaltError("USAGE", `not ${USAGE}`);
    fields[name] = value;
  }
  return fields;
}
