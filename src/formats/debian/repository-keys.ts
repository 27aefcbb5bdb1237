// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { isDebianRepository, parseAptSource, type AptSource } from "./apt-source.js";

/** A line under `repositories` → the entry under `keyring` that belongs to it. */
export type RepositoryKeys = Readonly<Record<string, string>>;

/** Where keys are, and which of them count. */
export interface KeyAddress {
  readonly url: URL;
  /** Of primary keys, upper-case hex; without any, all keys of the file count. */
  readonly fingerprints: readonly string[];
}

/**
 * The n-th key belongs to the n-th repository that is not Debian's own; one that gets none so shares the key of a repository with the
 * same `signed-by` or address, on the list or in `inherited`. Fingerprints in `signed-by` become those of the key.
 * Source: the public catalogue, in which hosts of repositories and keys agree in this order.
 */
export function pairKeys(
  lines: readonly string[],
  keyring: readonly string[],
  inherited: RepositoryKeys = {},
): RepositoryKeys {
  const foreign = lines.flatMap((line) => {
    const source = sourceOf(line);
    return source !== undefined && isDebianRepository(source.url) ? [] : [{ line, source }];
  });
  const known = Object.entries(inherited).map(([line, key]) => ({ source: sourceOf(line), key }));
  const direct = foreign.flatMap(({ source }, index) => {
    const key = keyring[index];
    return key === undefined ? [] : [{ source, key }];
  });
  const pairs = foreign.flatMap(({ line, source }, index): readonly (readonly [string, string])[] => {
    const key = keyring[index] ?? [...direct, ...known].find((other) => isAlike(source, other.source))?.key;
    return key === undefined ? [] : [[line, withFingerprints(key, source?.fingerprints ?? [])]];
  });
  return Object.fromEntries(pairs);
}

function sourceOf(line: string): AptSource | undefined {
  try {
    return parseAptSource(line);
  } catch (error) {
    if (error instanceof BasaltError) return undefined; // told where lines are checked
    throw error;
  }
}

function isAlike(a: AptSource | undefined, b: AptSource | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.url.href === b.url.href || (a.signedBy !== undefined && a.signedBy === b.signedBy);
}

function withFingerprints(key: string, fingerprints: readonly string[]): string {
  return fingerprints.length === 0 || key.includes("#") ? key : `${key}#${fingerprints.join(",")}`;
}

/** Reads `https://HOST/PATH#FINGERPRINT,…`. @throws BasaltError `REPOSITORY_KEY` */
export function parseKeyAddress(text: string): KeyAddress {
  const invalid = (why: string): BasaltError => new BasaltError("REPOSITORY_KEY", `${JSON.stringify(text)}: ${why}`);
  if (!URL.canParse(text)) throw invalid("not an address");
  const url = new URL(text);
  const fingerprints = url.hash
    .slice(1)
    .split(",")
    .filter((part) => part !== "")
    .map((part) => part.toUpperCase());
  url.hash = "";
  if (!/^https?:$/.test(url.protocol)) throw invalid("not an http or https address");
  if (url.username !== "" || url.password !== "") {
    throw new BasaltError("REPOSITORY_KEY", `${url.host}: the address of a key has no user and password`);
  }
  const strange = fingerprints.find((part) => !/^(?:[0-9A-F]{40}|[0-9A-F]{64})$/.test(part));
  if (strange !== undefined) throw invalid(`not a fingerprint: ${strange}`);
  return { url, fingerprints };
}
