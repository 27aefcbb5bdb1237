// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { alpine } from "./alpine/index.js";
import type { Distro } from "./contract.js";
import { debian } from "./debian/index.js";

export type {
  AbsenceReason,
  AlternativeLink,
  ContentItem,
  DependencyStep,
  Distro,
  DistroRelease,
  DistroSuite,
  GeneratedEntry,
  ImageView,
  InstalledPackage,
  OfferedVersion,
  PackageContent,
  PackageFacts,
  PackageReasons,
  Profile,
  Resolution,
  ResolveRequest,
} from "./contract.js";

/** Every distribution that Basalt knows. */
export const DISTROS: readonly Distro[] = [debian, alpine];

/** The distribution with that `ID` in os-release. @throws BasaltError `DISTRO_UNKNOWN` */
export function distroOf(id: string): Distro {
  const distro = DISTROS.find((candidate) => candidate.id === id);
  if (distro === undefined)
    throw new BasaltError(
      "DISTRO_UNKNOWN",
      `unknown distribution ${JSON.stringify(id)}; known: ${DISTROS.map((known) => known.id).join(", ")}`,
    );
  return distro;
}
