// SPDX-License-Identifier: Apache-2.0
import { PREDICATE_TYPES } from "../formats/in-toto.js";
import { BASALT_BUILD_TYPE, LOCAL_BUILDER_ID } from "../formats/slsa.js";
import { nameOf, type CheckedAttestation, type CheckedEvidence } from "./check.js";

export const SLSA_LEVELS = [1, 2, 3] as const;
export type SlsaLevel = (typeof SLSA_LEVELS)[number];

/** One requirement of the Build track, as far as it can be seen beside an image. */
export interface SlsaRequirement {
  readonly level: SlsaLevel;
  readonly name: string;
  readonly isMet: boolean;
  /** What shows it, or what is missing. */
  readonly because: string;
}

/**
 * Requirements of SLSA's Build track, level by level. What the files beside an image cannot show, how a builder keeps builds and keys apart, is
 * named as such. Source: SLSA 1.0, requirements.md; docs/slsa.md.
 */
export function assessSlsa(evidence: CheckedEvidence): readonly SlsaRequirement[] {
  const found = evidence.subjects.map((subject) => {
    const own = evidence.attestations.filter(
      (each) => each.subject.digest === subject.digest && each.predicateType === PREDICATE_TYPES.slsaProvenance,
    );
    const verified = own.find(({ verdict }) => verdict.kind === "verified");
    return { of: nameOf(subject), verified, any: verified ?? own.find(({ verdict }) => verdict.kind === "unsigned") };
  });
  const missing = found.filter(({ any }) => any === undefined).map(({ of }) => of);
  const faults = found.flatMap(({ of, any }) => faultsOf(any).map((fault) => `${of}: ${fault}`));
  const unsigned = found.filter(({ verified }) => verified === undefined).map(({ of }) => of);
  const builders = [...new Set(found.flatMap(({ any }) => builderOf(any) ?? []))];
  const isHosted = builders.length > 0 && !builders.includes(LOCAL_BUILDER_ID);
  const isOurs = found.every(({ any }) => buildTypeOf(any) === BASALT_BUILD_TYPE);
  const trust = `as whoever runs ${builders.join(", ")} keeps it; docs/slsa.md says what that takes`;
  return [
    requirement(1, "provenance exists", missing, "for the index and each platform"),
    requirement(1, "provenance is complete", faults, "build type, parameters, builder, and a hash of each dependency"),
    requirement(
      2,
      "provenance is authentic",
      unsigned.map((of) => `${of}: not signed by the key`),
      "signed by the key",
    ),
    requirement(
      2,
      "hosted build platform",
      isHosted ? [] : [`the builder is ${builders.join(", ") || "not named"}, which anybody's machine is`],
      builders.join(", "),
    ),
    requirement(3, "isolated builds", isOurs && isHosted ? [] : ["the builder is not one that isolates builds"], trust),
    requirement(3, "unforgeable provenance", isOurs && isHosted ? [] : ["the key may be in reach of the build"], trust),
  ];
}

function requirement(level: SlsaLevel, name: string, faults: readonly string[], because: string): SlsaRequirement {
  return { level, name, isMet: faults.length === 0, because: faults.length === 0 ? because : faults.join("; ") };
}

/** The level that is reached: the highest all of whose requirements, and those below, are met. */
export function reachedLevel(requirements: readonly SlsaRequirement[]): SlsaLevel | 0 {
  const failed = requirements.filter(({ isMet }) => !isMet).map(({ level }) => level);
  return (Math.min(4, ...failed) - 1) as SlsaLevel | 0;
}

type Fields = Readonly<Record<string, unknown>>;

function faultsOf(attestation: CheckedAttestation | undefined): readonly string[] {
  if (attestation === undefined) return [];
  const build = fieldsOf(predicateOf(attestation)["buildDefinition"]);
  const dependencies = build["resolvedDependencies"];
  const bare = Array.isArray(dependencies)
    ? dependencies.filter((each: unknown) => Object.keys(fieldsOf(fieldsOf(each)["digest"])).length === 0)
    : [];
  return [
    ...(typeof build["buildType"] === "string" ? [] : ["no build type"]),
    ...(Object.keys(fieldsOf(build["externalParameters"])).length > 0 ? [] : ["no external parameters"]),
    ...(builderOf(attestation) === undefined ? ["no builder"] : []),
    ...(Array.isArray(dependencies) ? [] : ["no resolved dependencies"]),
    ...(bare.length === 0 ? [] : [`${bare.length} dependencies without a hash`]),
  ];
}

function builderOf(attestation: CheckedAttestation | undefined): string | undefined {
  const id = fieldsOf(fieldsOf(predicateOf(attestation)["runDetails"])["builder"])["id"];
  return typeof id === "string" && id !== "" ? id : undefined;
}

function buildTypeOf(attestation: CheckedAttestation | undefined): unknown {
  return fieldsOf(predicateOf(attestation)["buildDefinition"])["buildType"];
}

function predicateOf(attestation: CheckedAttestation | undefined): Fields {
  return fieldsOf(attestation?.statement?.predicate);
}

function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
