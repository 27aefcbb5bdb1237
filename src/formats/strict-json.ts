// SPDX-License-Identifier: Apache-2.0
import { BasaltError, type ErrorCode } from "../errors.js";

/** What is read, and how its failure is told. */
export interface StrictJsonName {
  readonly name: string;
  readonly code: ErrorCode;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;

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
  for (const [token] of text.matchAll(TOKEN)) {
    const inner = objects.at(-1);
    if (token === "{" || token === "[") objects.push(token === "{" ? new Set() : undefined);
    else if (token === "}" || token === "]") objects.pop();
    else if (isKeyNext && inner !== undefined && token.startsWith('"')) {
      const key = JSON.parse(token) as string;
      if (inner.has(key)) return key;
      inner.add(key);
    }
    isKeyNext = token === "{" || token === ",";
  }
  return undefined;
}
