// SPDX-License-Identifier: Apache-2.0
import { BasaltError, type ErrorCode } from "../errors.js";

/** What is read, and how its failure is told. */
export interface StrictJsonName {
  readonly name: string;
  readonly code: ErrorCode;
}

/**
 * Reads JSON that is signed: UTF-8 without errors, and no object with a key twice, of which one reader would take the first and
 * another the last. @throws BasaltError `code`
 */
export function parseStrictJson(bytes: Buffer, { name, code }: StrictJsonName): unknown {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw new BasaltError(code, `${name} is not JSON: ${(cause as Error).message}`, { cause });
  }
  const twice = findRepeatedKey(text);
  if (twice !== undefined)
    throw new BasaltError(code, `${name} has the key ${JSON.stringify(twice)} twice in one object`);
  return value;
}

/** Goes through text that is known to be JSON. */
function findRepeatedKey(text: string): string | undefined {
  const objects: (Set<string> | undefined)[] = [];
  let isKeyNext = false;
  const structure = /["{}[\],:]/g;
  for (let found = structure.exec(text); found !== null; found = structure.exec(text)) {
    const [token] = found;
    const inner = objects.at(-1);
    if (token === "{" || token === "[") objects.push(token === "{" ? new Set() : undefined);
    else if (token === "}" || token === "]") objects.pop();
    else if (token === '"') {
      structure.lastIndex = endOfString(text, found.index);
      if (isKeyNext && inner !== undefined) {
        const key = JSON.parse(text.slice(found.index, structure.lastIndex)) as string;
        if (inner.has(key)) return key;
        inner.add(key);
      }
    }
    isKeyNext = token === "{" || token === ",";
  }
  return undefined;
}

/** Behind the quote that ends the string which begins at `start`. Not by a pattern: an SBOM in base64 is one string of megabytes. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}
