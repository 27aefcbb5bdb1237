// SPDX-License-Identifier: Apache-2.0

/** What a server wants to see before it answers. */
export interface Challenge {
  readonly scheme: "bearer" | "basic";
  readonly parameters: Readonly<Record<string, string>>;
}

const SEPARATOR = /[\s,]*/y;
const PARAMETER = /([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"][^\s,]*))(?=[\s,]|$)/y;
/** A scheme, or the one value that some schemes have in place of parameters. */
const WORD = /[\w!#$%&'*+.^`|~/-]+=*(?=[\s,]|$)/y;
const MAX_LENGTH = 4096;

/**
 * Parses `WWW-Authenticate`; schemes that no registry uses are passed over, and so is all that follows what cannot be read.
 * Source: RFC 9110, 11.6.1.
 */
export function parseChallenges(header: string | undefined): readonly Challenge[] {
  if (header === undefined || header.length > MAX_LENGTH) return [];
  const found: { readonly scheme: string; readonly parameters: (readonly [name: string, value: string])[] }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    at += match?.[0].length ?? 0;
    return match;
  };
  for (take(SEPARATOR); at < header.length; take(SEPARATOR)) {
    const parameter = take(PARAMETER);
    const word = parameter === null ? take(WORD) : null;
    if (parameter !== null) {
      const [, name = "", quoted, plain] = parameter;
      found.at(-1)?.parameters.push([name.toLowerCase(), (quoted ?? plain ?? "").replaceAll(/\\(.)/g, "$1")]);
    } else if (word !== null) found.push({ scheme: word[0].toLowerCase(), parameters: [] });
    else break;
  }
  return found.flatMap(({ scheme, parameters }) =>
    scheme === "bearer" || scheme === "basic" ? [{ scheme, parameters: Object.fromEntries(parameters) }] : [],
  );
}
