// SPDX-License-Identifier: Apache-2.0
import type { CtrfReport, CtrfTest } from "../formats/ctrf.js";
import type { ResourceDescriptor } from "../formats/slsa.js";
import type { BuildFacts } from "./provenance.js";

/** Source: in-toto attestation framework, spec/predicates/test-result.md, version 0.1. */
export interface TestResult {
  readonly result: "PASSED" | "WARNED" | "FAILED";
  /** What says what is tested. */
  readonly configuration: readonly ResourceDescriptor[];
  readonly passedTests: readonly string[];
  /** Those that could not be run where the image was built. */
  readonly warnedTests: readonly string[];
  readonly failedTests: readonly string[];
}

/** What tests say about an image, without times: equal results are equal bytes. */
export function toTestResult(
  { results }: CtrfReport,
  { definition, lock }: Pick<BuildFacts, "definition" | "lock">,
): TestResult {
  const named = (status: CtrfTest["status"]): readonly string[] =>
    results.tests.filter((test) => test.status === status).map((test) => `${test.suite.join(": ")}: ${test.name}`);
  const { failed, skipped } = results.summary;
  return {
    result: failed > 0 ? "FAILED" : skipped > 0 ? "WARNED" : "PASSED",
    configuration: [{ name: "definition", uri: `file:${lock.definition.path}`, digest: { sha256: definition.sha256 } }],
    passedTests: named("passed"),
    warnedTests: named("skipped"),
    failedTests: named("failed"),
  };
}
