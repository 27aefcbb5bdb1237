// SPDX-License-Identifier: Apache-2.0

/** What a server wants to see before it answers. */
export interface Challenge {
  readonly scheme: "bearer" | "basic";
  readonly parameters: Readonly<Record<string, string>>;
}

const CHALLENGE = /(Bearer|Basic)\s+((?:[A-Za-z0-9_-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s,]+)\s*,?\s*)*)/gi;
const PARAMETER = /([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g;
const MAX_LENGTH = 4096;

/** Parses `WWW-Authenticate`; schemes that no registry uses are passed over. Source: RFC 9110, 11.6.1. */
export function parseChallenges(header: string | undefined): readonly Challenge[] {
  if (header === undefined || header.length > MAX_LENGTH) return [];
  return [...header.matchAll(CHALLENGE)].map(([, scheme = "", rest = ""]) => ({
    scheme: scheme.toLowerCase() === "bearer" ? "bearer" : "basic",
    parameters: Object.fromEntries(
      [...rest.matchAll(PARAMETER)].map(([, name = "", quoted, plain]) => [
        name.toLowerCase(),
        (quoted ?? plain ?? "").replaceAll(/\\(.)/g, "$1"),
      ]),
    ),
  }));
}
