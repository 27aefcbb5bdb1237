// SPDX-License-Identifier: Apache-2.0
import { PREDICATE_TYPES } from "../formats/in-toto.js";
import { isCounted, type Finding } from "../scan/index.js";
import { daysFor, type Deadlines } from "./deadlines.js";
import type { ImageFacts } from "./facts.js";

/** What a rule says of an image: `unknown` where nobody can say, which is no better than a violation. */
export type Outcome =
  | { readonly kind: "passed"; readonly why: string }
  | { readonly kind: "violated"; readonly why: string }
  | { readonly kind: "unknown"; readonly why: string }
  | { readonly kind: "not-applicable"; readonly why: string };

/** A rule of the hardening policy. */
export interface PolicyRule {
  readonly id: string;
  readonly title: string;
  /** Recommendations of the CIS Docker Benchmark 1.6 that it covers. */
  readonly cis: readonly string[];
  readonly judge: (facts: ImageFacts, settings: RuleSettings) => Outcome;
}

/** What a policy file may set. */
export interface RuleSettings {
  readonly deadlines: Deadlines;
  /** Paths that may hold what looks like a secret, as the keys of a test. */
  readonly allowedSecretPaths: readonly string[];
}

const MAX_NAMED = 5; // of what violates a rule; the JSON of the scan has all

/** The hardening policy, in the order in which it is printed. Source: issue of this project; CIS Docker Benchmark 1.6, section 4. */
export const HARDENING_RULES: readonly PolicyRule[] = [
  { id: "non-root-user", title: "runs as a numeric user that is not root", cis: ["4.1"], judge: judgeUser },
  {
    id: "no-undeclared-shell",
    title: "has no shell that its label does not name",
    cis: ["4.3"],
    judge: ({ surface, labels }) => judgeDeclared(surface.shells, labels["io.basalt.shell"], "a shell"),
  },
  {
    id: "no-undeclared-package-manager",
    title: "has no package manager that its label does not name",
    cis: ["4.3"],
    judge: ({ surface, labels }) =>
      judgeDeclared(surface.packageManagers, labels["io.basalt.package-manager"], "a package manager"),
  },
  {
    id: "no-setuid",
    title: "has no setuid or setgid files",
    cis: ["4.8"],
    judge: ({ surface }) => judgeNone(surface.setuid, "no setuid or setgid file"),
  },
  {
    id: "no-world-writable",
    title: "has nothing that anybody may write to, but /tmp and the like",
    cis: ["4.8"],
    judge: ({ surface }) => judgeNone(surface.worldWritable, "nothing that anybody may write to"),
  },
  {
    id: "no-secrets",
    title: "has no secrets in files of any layer, variables, labels or history",
    cis: ["4.10"],
    judge: ({ surface }, { allowedSecretPaths }) =>
      judgeNone(
        surface.secrets
          .filter(({ where }) => !allowedSecretPaths.includes(where))
          .map(({ where, kind }) => `${where} (${kind})`),
        "no secret of a known form",
      ),
  },
  {
    id: "evidence",
    title: "is signed, with SBOM, provenance and lock by the same key",
    cis: ["4.5", "4.11"],
    judge: ({ evidenceGaps }) => judgeNone(evidenceGaps, "all of it, signed by the key"),
  },
  { id: "tests", title: "passes the tests of its definition", cis: [], judge: judgeTests },
  {
    id: "fixable-vulnerabilities",
    title: "has no vulnerability whose fix is overdue",
    cis: ["4.4"],
    judge: judgeVulnerabilities,
  },
  { id: "end-of-life", title: "is not past its end of life", cis: [], judge: judgeEndOfLife },
];

function judgeUser({ user, variant }: ImageFacts): Outcome {
  if (variant === "dev") return { kind: "not-applicable", why: "a dev image, for build stages" };
  const [name = ""] = user.split(":");
  if (name === "") return { kind: "violated", why: "it names no user, which is root" };
  if (!/^[0-9]+$/.test(name))
    return { kind: "violated", why: `its user is ${JSON.stringify(name)}, which is no number` };
  return Number(name) === 0 ? { kind: "violated", why: "it runs as root" } : { kind: "passed", why: `user ${user}` };
}

function judgeDeclared(found: readonly string[], label: string | undefined, what: string): Outcome {
  const declared = label ?? "";
  if (found.length === 0)
    return declared === ""
      ? { kind: "passed", why: `it has none` }
      : { kind: "violated", why: `its label names ${declared}, and it has none` };
  if (declared === "") return { kind: "violated", why: `it has ${what}: ${found.join(", ")}` };
  const isNamed = found.some((name) => name === declared || name === `${declared}-get`);
  return isNamed
    ? { kind: "passed", why: `its label says so: ${declared}` }
    : { kind: "violated", why: `its label names ${declared}, and it has ${found.join(", ")}` };
}

function judgeNone(found: readonly string[], none: string): Outcome {
  if (found.length === 0) return { kind: "passed", why: none };
  const more = found.length > MAX_NAMED ? `, and ${found.length - MAX_NAMED} more` : "";
  return { kind: "violated", why: `${found.slice(0, MAX_NAMED).join(", ")}${more}` };
}

function judgeTests({ testResult }: ImageFacts): Outcome {
  if (testResult === undefined)
    return { kind: "not-applicable", why: `no signed ${PREDICATE_TYPES.testResult}: its definition has no tests` };
  const { result, passed, skipped, failed } = testResult;
  if (result === "FAILED" || failed.length > 0)
    return { kind: "violated", why: `failed: ${failed.join(", ") || "all"}` };
  if (result !== "PASSED" && result !== "WARNED")
    return { kind: "unknown", why: `the result is ${JSON.stringify(result)}` };
  const left = skipped === 0 ? "" : `, ${skipped} could not be run where it was built`;
  return { kind: "passed", why: `${passed} passed${left}` };
}

function judgeVulnerabilities({ scan, now }: ImageFacts, { deadlines }: RuleSettings): Outcome {
  const { findings, assessedPackages, dataAsOf } = scan;
  if (assessedPackages === 0 || dataAsOf === undefined)
    return { kind: "unknown", why: "nothing is known about its packages: import or update advisories" };
  const fixable = findings.filter((finding) => isCounted(finding) && finding.fixedVersion !== undefined);
  const overdue = fixable.flatMap((finding) => overdueText(finding, deadlines, now) ?? []);
  if (overdue.length > 0) return judgeNone(overdue, "");
  return { kind: "passed", why: `${fixable.length} fixable, none overdue; data as of ${dataAsOf.slice(0, 10)}` };
}

/** Why the fix of a finding should be in; undefined while there is time. */
function overdueText(finding: Finding, deadlines: Deadlines, now: Date): string | undefined {
  const days = daysFor(finding, deadlines);
  const { vulnerability, severity, fixedVersion = "", publishedAt, isExploited } = finding;
  const what = `${vulnerability} (${isExploited ? "exploited, " : ""}${severity}) is fixed in ${finding.package.name} ${fixedVersion}`;
  if (publishedAt === undefined) return `${what}, published nobody knows when`;
  const age = Math.floor((now.getTime() - Date.parse(publishedAt)) / MS_A_DAY);
  return age > days ? `${what}, published ${age} days ago: ${days} are allowed` : undefined;
}

const MS_A_DAY = 24 * 60 * 60 * 1000;

function judgeEndOfLife({ labels, now }: ImageFacts): Outcome {
  const text = labels["io.basalt.date.end-of-life"];
  if (text === undefined) return { kind: "unknown", why: "it does not say when its end of life is" };
  const end = Date.parse(text);
  if (Number.isNaN(end)) return { kind: "unknown", why: `its end of life is ${JSON.stringify(text)}` };
  return now.getTime() > end + MS_A_DAY
    ? { kind: "violated", why: `its end of life was on ${text}` }
    : { kind: "passed", why: `until ${text}` };
}
