// SPDX-License-Identifier: Apache-2.0

/** Source: Common Test Report Format, specification 1.0 (ctrf.io); only what Basalt writes. */
export interface CtrfReport {
  readonly reportFormat: "CTRF";
  readonly specVersion: "1.0.0";
  readonly results: {
    readonly tool: { readonly name: string; readonly version: string };
    readonly summary: CtrfSummary;
    readonly tests: readonly CtrfTest[];
  };
  /** What was tested. */
  readonly extra: Readonly<Record<string, string>>;
}

export interface CtrfSummary {
  readonly tests: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly pending: number;
  readonly other: number;
  /** Milliseconds since 1970. */
  readonly start: number;
  /** Milliseconds since 1970. */
  readonly stop: number;
}

export interface CtrfTest {
  readonly name: string;
  readonly status: "passed" | "failed" | "skipped";
  /** Milliseconds. */
  readonly duration: number;
  /** What it belongs to, from the outside. */
  readonly suite: readonly [string, ...string[]];
  /** Why it failed or was skipped. */
  readonly message?: string;
  /** What was printed by one that failed. */
  readonly trace?: string;
}

export interface CtrfFacts {
  readonly tool: CtrfReport["results"]["tool"];
  readonly tests: readonly CtrfTest[];
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly extra: Readonly<Record<string, string>>;
}

/** A report with its summary. */
export function toCtrf({ tool, tests, startedAt, endedAt, extra }: CtrfFacts): CtrfReport {
  const count = (status: CtrfTest["status"]): number => tests.filter((test) => test.status === status).length;
  const summary = {
    tests: tests.length,
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("skipped"),
    pending: 0,
    other: 0,
    start: startedAt.getTime(),
    stop: endedAt.getTime(),
  };
  return { reportFormat: "CTRF", specVersion: "1.0.0", results: { tool, summary, tests }, extra };
}
