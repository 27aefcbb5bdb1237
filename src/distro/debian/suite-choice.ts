// SPDX-License-Identifier: Apache-2.0
import type { Release } from "../../formats/debian/release.js";
import { compareDebianVersions } from "../../formats/debian/version.js";

/** A version of a package, and how much its suite counts. */
interface Ranked {
  readonly version: string;
  readonly suitePriority: number;
}

const AUTOMATIC = 500;
const UPGRADES_ONLY = 100; // backports
const NEVER = 1; // experimental

/** How much a suite counts. Source: apt_preferences(5), "APT's Default Priority Assignments". */
export function priorityOf({
  notAutomatic,
  butAutomaticUpgrades,
}: Pick<Release, "notAutomatic" | "butAutomaticUpgrades">): number {
  if (!notAutomatic) return AUTOMATIC;
  return butAutomaticUpgrades ? UPGRADES_ONLY : NEVER;
}

/**
 * Whether apt would rather install `a` than `b`, two versions of one package: its suite counts more, or as much and it is higher. Of
 * equals the first stays, which is that of the repository listed first, Debian's own before all others. Source: apt_preferences(5).
 */
export function isPreferred(a: Ranked, b: Ranked): boolean {
  if (a.suitePriority !== b.suitePriority) return a.suitePriority > b.suitePriority;
  return compareDebianVersions(a.version, b.version) > 0;
}

/** The version that apt would install of those that there are. */
export function preferredOf<T extends Ranked>(versions: readonly T[]): T | undefined {
  let best: T | undefined;
  for (const offered of versions) if (best === undefined || isPreferred(offered, best)) best = offered;
  return best;
}
