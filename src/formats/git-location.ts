// SPDX-License-Identifier: Apache-2.0

/**
 * `git+https://HOST/PATH#REF` of a definition as evidence names it: `git+https://HOST/PATH@REF`, or with a commit in place of the
 * reference. Source: SPDX 2.3, 7.7 "Package download location"; SLSA v1.0, "resolvedDependencies".
 */
export function gitLocation(url: string, commit?: string): string {
  const [repository = url, reference] = url.split("#", 2);
  const at = commit ?? reference;
  return at === undefined ? repository : `${repository}@${at}`;
}
