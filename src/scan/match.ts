// SPDX-License-Identifier: Apache-2.0
import type { Advisories, StoredAdvisory } from "../advisories/index.js";
import { DISTROS, type Distro } from "../distro/index.js";
import { ECOSYSTEMS, type Ecosystem } from "../ecosystem/index.js";
import { compareText } from "../formats/canonical-json.js";
import { SEVERITIES } from "../formats/severity.js";
import { bySource, isDistroPackage, type Inventory, type InventoryPackage } from "../inventory/index.js";
import type { AffectedPackage, Finding, NotAffected, ScanResult, Unknown } from "./finding.js";
import { suppressionOf } from "./suppress.js";

/** Packages that advisories speak about as one: all that was built from one version of a source. */
interface Subject {
  readonly ecosystem: string;
  readonly affected: AffectedPackage;
  /** How an advisory applies to it; undefined where it does not. */
  readonly judge: (advisory: StoredAdvisory) => Verdict | undefined;
}

interface Verdict {
  readonly state: Finding["state"];
  readonly affectedRange: string;
  readonly rule: string;
  readonly fixedVersion?: string;
}

/** Why a vulnerability of a package does not count, by what somebody states about the image. */
export type Statements = (vulnerability: string, affected: AffectedPackage) => Finding["suppression"];

/** Compares everything in an image with what is known, and with what is stated about it. */
export function match(inventory: Inventory, advisories: Advisories, stated: Statements = () => undefined): ScanResult {
  const subjects = subjectsOf(inventory);
  const assessed = subjects.filter((subject) => advisories.covers(subject.ecosystem, subject.affected.name));
  const findings = new Map<string, Finding>();
  const notAffected: NotAffected[] = [];
  const dates = new Set<string>();
  for (const subject of assessed) {
    for (const advisory of advisories.about(subject.ecosystem, subject.affected.name)) {
      const verdict = subject.judge(advisory);
      const key = `${advisory.vulnerability} ${subject.affected.name}`;
      if (verdict !== undefined && !findings.has(key))
        findings.set(key, toFinding(subject, { advisory, verdict }, advisories, stated));
      if (advisory.state === "not-affected") notAffected.push(toNotAffected(subject, advisory));
    }
  }
  for (const feed of advisories.feeds)
    if (assessed.some((subject) => FEED_OF[subject.affected.kind] === feed.kind)) dates.add(feed.asOf);
  return {
    findings: [...findings.values()].toSorted(worstFirst),
    notAffected,
    assessedPackages: assessed.reduce((sum, subject) => sum + subject.affected.binaries.length, 0),
    unknown: unknownOf(subjects, assessed, advisories),
    dataAsOf: [...dates].toSorted()[0],
  };
}

/** Which feed speaks about which packages. */
const FEED_OF: Readonly<Partial<Record<InventoryPackage["kind"], string>>> = {
  deb: "debian-tracker",
  nodejs: "nodejs-core",
};

function subjectsOf(inventory: Inventory): readonly Subject[] {
  const { distro: release } = inventory;
  const distro = DISTROS.find((candidate) => candidate.id === release?.id);
  const ofDistro = distro?.advisoryEcosystem({ versionId: release?.versionId ?? "" }) ?? "unknown";
  return bySource(inventory).flatMap((affected) => {
    const { kind, version } = affected;
    if (isDistroPackage(affected))
      return [
        {
          ecosystem: ofDistro,
          affected,
          judge: (advisory: StoredAdvisory) =>
            distro === undefined ? undefined : judgeByFixedVersion(advisory, version, distro),
        },
      ];
    const ecosystem = ECOSYSTEMS.find((candidate) => candidate.id === kind);
    if (ecosystem === undefined) return [];
    return [
      {
        ecosystem: ecosystem.id,
        affected,
        judge: (advisory: StoredAdvisory) => judgeByRange(advisory, version, ecosystem),
      },
    ];
  });
}

function judgeByFixedVersion(advisory: StoredAdvisory, version: string, distro: Distro): Verdict | undefined {
  const what = `${advisory.package} ${version}`;
  switch (advisory.state) {
    case "not-affected":
      return undefined;
    case "open":
      return { state: "affected", affectedRange: `>=0`, rule: `${what}: open in ${advisory.ecosystem}` };
    case "undetermined":
      return {
        state: "undetermined",
        affectedRange: "not determined yet",
        rule: `${what}: not yet determined for ${advisory.ecosystem}`,
      };
    case "fixed": {
      const { fixedVersion = "" } = advisory;
      if (distro.compareVersions(version, fixedVersion) >= 0) return undefined;
      return {
        state: "affected",
        affectedRange: `<${fixedVersion}`,
        fixedVersion,
        rule: `${what} is lower than ${fixedVersion}, which fixes it in ${advisory.ecosystem}`,
      };
    }
  }
}

function judgeByRange(advisory: StoredAdvisory, version: string, ecosystem: Ecosystem): Verdict | undefined {
  const { vulnerableRange = "", patchedRange = "" } = advisory;
  const isVulnerable = ecosystem.satisfies(version, vulnerableRange);
  const what = `${advisory.package} ${version}`;
  if (isVulnerable === undefined)
    return {
      state: "undetermined",
      affectedRange: vulnerableRange,
      rule: `${what}: the range ${JSON.stringify(vulnerableRange)} cannot be read`,
    };
  if (!isVulnerable || (patchedRange !== "" && ecosystem.satisfies(version, patchedRange) === true)) return undefined;
  const fixed = patchedRange === "" ? {} : { fixedVersion: patchedRange };
  return {
    state: "affected",
    affectedRange: vulnerableRange,
    rule: `${what} lies in ${vulnerableRange} and not in ${patchedRange}`,
    ...fixed,
  };
}

interface Found {
  readonly advisory: StoredAdvisory;
  readonly verdict: Verdict;
}

function toFinding(subject: Subject, found: Found, advisories: Advisories, stated: Statements): Finding {
  const { advisory, verdict } = found;
  const { vulnerability, isUnimportant } = advisory;
  const known = advisories.vulnerability(vulnerability);
  const rated = known === undefined || known.severity === "unspecified" ? undefined : known.severity;
  // What the distribution calls unimportant is counted as such, whatever is stated besides.
  const suppression =
    suppressionOf(subject.affected) ?? (isUnimportant ? undefined : stated(vulnerability, subject.affected));
  return {
    vulnerability,
    ...(known?.title === undefined ? {} : { title: known.title }),
    severity: advisory.severity ?? rated ?? advisory.reportedSeverity ?? "unspecified",
    ...(known?.cvss === undefined ? {} : { cvss: known.cvss }),
    isExploited: advisories.isExploited(vulnerability),
    ...(known?.publishedAt === undefined ? {} : { publishedAt: known.publishedAt }),
    package: subject.affected,
    ...verdict,
    advisory: toReference(advisory),
    isUnimportant,
    ...(suppression === undefined ? {} : { suppression }),
  };
}

function toNotAffected({ affected }: Subject, advisory: StoredAdvisory): NotAffected {
  return { vulnerability: advisory.vulnerability, package: affected, advisory: toReference(advisory) };
}

function toReference({ feed, note }: StoredAdvisory): Finding["advisory"] {
  return { feed: feed.title, asOf: feed.asOf, ...(note === undefined ? {} : { note }) };
}

function worstFirst(a: Finding, b: Finding): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    compareText(a.package.name, b.package.name) ||
    compareText(a.vulnerability, b.vulnerability)
  );
}

function unknownOf(
  subjects: readonly Subject[],
  assessed: readonly Subject[],
  advisories: Advisories,
): readonly Unknown[] {
  const isAssessed = new Set(assessed);
  const groups = new Map<string, Subject[]>();
  for (const subject of subjects)
    if (!isAssessed.has(subject))
      groups.set(subject.affected.kind, [...(groups.get(subject.affected.kind) ?? []), subject]);
  return [...groups.values()].flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    const { kind } = first.affected;
    const names = [...new Set(members.map((member) => member.affected.name))].toSorted(compareText);
    return [{ kind, names, why: whyUnknown(kind, first.ecosystem, advisories) }];
  });
}

function whyUnknown(kind: InventoryPackage["kind"], ecosystem: string, advisories: Advisories): string {
  const feed = FEED_OF[kind];
  if (feed === undefined) return "not assessed by this version of Basalt";
  if (!advisories.feeds.some((known) => known.kind === feed)) return `no data: import or update the ${feed} feed`;
  return `the ${feed} feed does not cover them for ${ecosystem}`;
}
