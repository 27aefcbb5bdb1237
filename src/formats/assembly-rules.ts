// SPDX-License-Identifier: Apache-2.0

/**
 * The rules that turn packages and a definition into layers, with their versions. A rule whose outcome changes for any input
 * gets a new version, so that old locks are told apart. Each is described in docs/assembly-rules.md; a test keeps the two
 * lists equal.
 */
export const ASSEMBLY_RULES = {
  accounts: 2,
  "alpine-base": 1,
  "alpine-content": 1,
  "alpine-database": 1,
  "alpine-dev": 1,
  alternatives: 3,
  artifacts: 1,
  "ca-bundle": 1,
  config: 1,
  "debian-base": 1,
  "debian-content": 1,
  "debian-database": 2,
  "debian-dev": 1,
  "file-capabilities": 1,
  files: 1,
  "java-trust-store": 2,
  layers: 3,
  "merged-usr": 1,
  "os-release": 1,
  paths: 1,
  sh: 1,
  squashed: 1,
  stages: 2,
  tar: 1,
} as const;

export type AssemblyRule = keyof typeof ASSEMBLY_RULES;

/** The versions of some rules, as part of a layer's identity. */
export function ruleVersions(rules: readonly AssemblyRule[]): Readonly<Record<string, number>> {
  return Object.fromEntries(rules.map((rule) => [rule, ASSEMBLY_RULES[rule]]));
}
