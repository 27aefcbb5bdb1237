// SPDX-License-Identifier: Apache-2.0

/** Takes an option that may be given again. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
