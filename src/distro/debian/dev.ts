// SPDX-License-Identifier: Apache-2.0
import type { GeneratedEntry, ImageView } from "../contract.js";
import { aptEntries } from "./apt.js";
import { pamEntries } from "./pam.js";
import { shellEntries } from "./shells.js";

/** What maintainer scripts would have made that apt, dpkg and the programs of a development image need. */
export function devEntries({ release, packages, repositories = [], exists }: ImageView): readonly GeneratedEntry[] {
  const entries = [...aptEntries(release, repositories, exists), ...shellEntries(packages), ...pamEntries(packages)];
  return entries.filter(({ path }) => !exists(path));
}
