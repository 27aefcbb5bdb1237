// SPDX-License-Identifier: Apache-2.0
import { findGaps, type CheckedEvidence } from "../evidence/index.js";
import type { CtrfReport } from "../formats/ctrf.js";
import { PREDICATE_TYPES } from "../formats/in-toto.js";
import type { ImageConfig } from "../formats/oci/config.js";
import type { Inventory } from "../inventory/index.js";
import type { ImageScan, ScanResult } from "../scan/index.js";
import type { Surface } from "./surface.js";

/** What rules look at. */
export interface ImageFacts {
  /** As the configuration has it. */
  readonly user: string;
  readonly variant: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly packages: readonly string[];
  readonly surface: Surface;
  readonly scan: ScanResult;
  /** Why its evidence is not good enough; nothing when it is. */
  readonly evidenceGaps: readonly string[];
  /** What a verified statement says of its tests. */
  readonly testResult?: TestFacts;
  readonly now: Date;
}

export interface TestFacts {
  readonly result: unknown;
  readonly passed: number;
  readonly skipped: number;
  readonly failed: readonly string[];
}

/** Puts together what was found out about one platform's image. */
export function toFacts(
  { config, digest, inventory, result }: ImageScan,
  { surface, evidence }: { readonly surface: Surface; readonly evidence: CheckedEvidence },
  now: Date,
): ImageFacts {
  const labels = config.config?.Labels ?? {};
  const testResult = testsIn(evidence, digest);
  return {
    user: config.config?.User ?? "",
    variant: labels["io.basalt.variant"] ?? "",
    labels,
    packages: inventory.packages.map(({ name }) => name),
    surface,
    scan: result,
    evidenceGaps: findGaps(evidence),
    ...(testResult === undefined ? {} : { testResult }),
    now,
  };
}

/** What a build knows of an image that it is about to publish, with evidence that nothing is missing of. */
export function toBuildFacts({
  config,
  inventory,
  scan,
  surface,
  testReport,
  now,
}: {
  readonly config: ImageConfig;
  readonly inventory: Inventory;
  readonly scan: ScanResult;
  readonly surface: Surface;
  readonly testReport: CtrfReport | undefined;
  readonly now: Date;
}): ImageFacts {
  const labels = config.config?.Labels ?? {};
  return {
    user: config.config?.User ?? "",
    variant: labels["io.basalt.variant"] ?? "",
    labels,
    packages: inventory.packages.map(({ name }) => name),
    surface,
    scan,
    evidenceGaps: [],
    ...(testReport === undefined ? {} : { testResult: toTestFacts(testReport) }),
    now,
  };
}

function toTestFacts({ results }: CtrfReport): TestFacts {
  const { passed, failed, skipped } = results.summary;
  return {
    result: failed > 0 ? "FAILED" : skipped > 0 ? "WARNED" : "PASSED",
    passed,
    skipped,
    failed: results.tests.filter(({ status }) => status === "failed").map(({ name }) => name),
  };
}

function testsIn({ attestations }: CheckedEvidence, digest: string): TestFacts | undefined {
  const predicate = attestations.find(
    ({ subject, predicateType, verdict }) =>
      subject.digest === digest && predicateType === PREDICATE_TYPES.testResult && verdict.kind === "verified",
  )?.statement?.predicate as
    | {
        readonly result?: unknown;
        readonly passedTests?: unknown;
        readonly warnedTests?: unknown;
        readonly failedTests?: unknown;
      }
    | undefined;
  if (predicate === undefined) return undefined;
  return {
    result: predicate.result,
    passed: textsOf(predicate.passedTests).length,
    skipped: textsOf(predicate.warnedTests).length,
    failed: textsOf(predicate.failedTests),
  };
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
