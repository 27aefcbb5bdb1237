// SPDX-License-Identifier: Apache-2.0

/**
 * What takes the place of inputs that a definition names and that cannot be had, so that it builds as it is. It is part of the lock
 * and of the provenance.
 */
export interface InputMapping {
  /** URL of a repository, or the beginning of one → `debian`, for the distribution's own. */
  readonly repositories: Readonly<Record<string, string>>;
  /** Package → package, or `builtin`. */
  readonly packages: Readonly<Record<string, string>>;
  readonly pins: PinMode;
}

/**
 * How exact `name=version` is taken: to the letter; but for rebuilds, which differ between platforms; but for the distribution's own
 * revision at its end; as if it were not there.
 */
export type PinMode = "exact" | "ignore-rebuild" | "ignore-suffix" | "ignore";

export const PIN_MODES: readonly PinMode[] = ["exact", "ignore-rebuild", "ignore-suffix", "ignore"];

export const NO_MAPPING: InputMapping = { repositories: {}, packages: {}, pins: "exact" };

export function isNoMapping(mapping: InputMapping): boolean {
  const { repositories, packages, pins } = mapping;
  return pins === "exact" && Object.keys(repositories).length === 0 && Object.keys(packages).length === 0;
}

/**
 * Rebuilds (`+b5`), stable updates (`+deb13u1`, `~deb12u2`), what others add when they rebuild a package (`+dhi2`), and Alpine's
 * revisions (`-r3`).
 */
const REVISION_SUFFIX = /(?:(?:[+~](?:b[0-9]+|deb[0-9]+u[0-9]+|dhi[0-9]+))+|-r[0-9]+)$/;

/** A package that was built again from the same source. Source: developers-reference, 5.10.2. */
const REBUILD = /\+b[0-9]+$/;

/** Whether a version is the one that is pinned. Source: Debian Policy, 5.6.12; developers-reference, 5.10.2 (`+bN`), 5.11.2 (`+debNuM`). */
export function isPinned(version: string, pin: string, mode: PinMode): boolean {
  switch (mode) {
    case "exact":
      return version === pin;
    case "ignore-rebuild":
      return version.replace(REBUILD, "") === pin.replace(REBUILD, "");
    case "ignore-suffix":
      return version.replace(REVISION_SUFFIX, "") === pin.replace(REVISION_SUFFIX, "");
    case "ignore":
      return true;
  }
}
