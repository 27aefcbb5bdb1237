// SPDX-License-Identifier: Apache-2.0
import { compareText } from "../formats/canonical-json.js";
import { ECOSYSTEMS } from "../ecosystem/index.js";
import { SEVERITIES } from "../formats/severity.js";
import { DISTROS } from "../distro/index.js";
import type { InventoryPackage } from "../inventory/index.js";
import { countAll, isCounted, type Counts } from "./counts.js";
import type { ImageScan } from "./scan-image.js";

/** What became of a package from the comparison image to the analysed one. */
export type ChangeKind = "added" | "removed" | "upgraded" | "downgraded" | "unchanged";

export interface PackageChange {
  readonly change: ChangeKind;
  readonly kind: InventoryPackage["kind"];
  readonly name: string;
  /** In the analysed image. */
  readonly version?: string;
  /** In the comparison image. */
  readonly comparisonVersion?: string;
  /** Findings in the source that it was built from, in the analysed image. */
  readonly vulnerabilities?: Counts;
  readonly comparisonVulnerabilities?: Counts;
}

export interface Comparison {
  readonly analyzed: ImageScan;
  readonly comparison: ImageScan;
  /** By name. */
  readonly packages: readonly PackageChange[];
  readonly environment: readonly SettingChange[];
  readonly labels: readonly SettingChange[];
}

/** A value of the configuration that differs. */
export interface SettingChange {
  readonly name: string;
  readonly value?: string;
  readonly comparisonValue?: string;
}

export function compareScans(analyzed: ImageScan, comparison: ImageScan): Comparison {
  return {
    analyzed,
    comparison,
    packages: comparePackages(analyzed, comparison),
    environment: compareSettings(environmentOf(analyzed), environmentOf(comparison)),
    labels: compareSettings(analyzed.config.config?.Labels ?? {}, comparison.config.config?.Labels ?? {}),
  };
}

/** Whether the analysed image is worse: more counted findings of some severity, or unknown where the other is known. */
export function isWorse({ analyzed, comparison }: Comparison): boolean {
  const a = analyzed.counts;
  const b = comparison.counts;
  if (a === undefined || b === undefined) return a === undefined && b !== undefined;
  return SEVERITIES.some((severity) => a[severity] > b[severity]);
}

export function hasPackageChange({ packages }: Comparison): boolean {
  return packages.some((item) => item.change !== "unchanged");
}

function comparePackages(analyzed: ImageScan, comparison: ImageScan): readonly PackageChange[] {
  const left = groupByName(analyzed.inventory.packages);
  const right = groupByName(comparison.inventory.packages);
  const keys = [...new Set([...left.keys(), ...right.keys()])].toSorted(compareText);
  return keys.flatMap((key) => compareVersionsOf(left.get(key) ?? [], right.get(key) ?? [], { analyzed, comparison }));
}

/** One package may stand in an image in several versions: equal ones pair up, then the rest in order. */
function compareVersionsOf(
  left: readonly InventoryPackage[],
  right: readonly InventoryPackage[],
  scans: { readonly analyzed: ImageScan; readonly comparison: ImageScan },
): readonly PackageChange[] {
  const rightVersions = new Set(right.map((item) => item.version));
  const leftVersions = new Set(left.map((item) => item.version));
  const onlyLeft = left.filter((item) => !rightVersions.has(item.version));
  const onlyRight = right.filter((item) => !leftVersions.has(item.version));
  const pairs = onlyLeft.map((item, index) => [item, onlyRight[index]] as const);
  return [
    ...left
      .filter((item) => rightVersions.has(item.version))
      .map((item) =>
        toChange(
          item,
          right.find((other) => other.version === item.version),
          scans,
        ),
      ),
    ...pairs.map(([item, other]) => toChange(item, other, scans)),
    ...onlyRight.slice(onlyLeft.length).map((item) => toChange(undefined, item, scans)),
  ];
}

function toChange(
  item: InventoryPackage | undefined,
  other: InventoryPackage | undefined,
  { analyzed, comparison }: { readonly analyzed: ImageScan; readonly comparison: ImageScan },
): PackageChange {
  const known = item ?? other;
  if (known === undefined) throw new Error("internal: a change of no package");
  return {
    change: changeOf(item, other),
    kind: known.kind,
    name: known.name,
    ...(item === undefined ? {} : { version: item.version, vulnerabilities: countsOf(item, analyzed) }),
    ...(other === undefined
      ? {}
      : { comparisonVersion: other.version, comparisonVulnerabilities: countsOf(other, comparison) }),
  };
}

function changeOf(item: InventoryPackage | undefined, other: InventoryPackage | undefined): ChangeKind {
  if (other === undefined) return "added";
  if (item === undefined) return "removed";
  if (item.version === other.version) return "unchanged";
  const distro = DISTROS.find((candidate) => (candidate.id === "debian" ? "deb" : "apk") === item.kind);
  const scheme = distro ?? ECOSYSTEMS.find((candidate) => candidate.id === item.kind);
  const order = scheme?.compareVersions(item.version, other.version) ?? compareText(item.version, other.version);
  return order < 0 ? "downgraded" : "upgraded";
}

function countsOf(item: InventoryPackage, scan: ImageScan): Counts {
  return countAll(
    scan.result.findings.filter(
      (finding) =>
        isCounted(finding) && finding.package.kind === item.kind && finding.package.name === (item.source ?? item.name),
    ),
  );
}

function groupByName(packages: readonly InventoryPackage[]): ReadonlyMap<string, readonly InventoryPackage[]> {
  const groups = new Map<string, InventoryPackage[]>();
  for (const item of packages) {
    const key = `${item.name} ${item.kind}`;
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}

function environmentOf(scan: ImageScan): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (scan.config.config?.Env ?? []).map((line) => [line.split("=", 1)[0] ?? "", line.slice(line.indexOf("=") + 1)]),
  );
}

function compareSettings(
  left: Readonly<Record<string, string>>,
  right: Readonly<Record<string, string>>,
): readonly SettingChange[] {
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].toSorted(compareText);
  return names.flatMap((name) => {
    const value = Object.hasOwn(left, name) ? left[name] : undefined;
    const comparisonValue = Object.hasOwn(right, name) ? right[name] : undefined;
    if (value === comparisonValue) return [];
    return [
      {
        name,
        ...(value === undefined ? {} : { value }),
        ...(comparisonValue === undefined ? {} : { comparisonValue }),
      },
    ];
  });
}
