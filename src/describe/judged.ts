// SPDX-License-Identifier: Apache-2.0
import type { RepositoryName } from "../formats/image-reference.js";
import { PREDICATE_TYPES } from "../formats/in-toto.js";
import { sha256Hex, type Digest } from "../formats/digest.js";
import { canonicalJson } from "../formats/canonical-json.js";
import type { VirusReport } from "../image-tests/index.js";
import { policyId, violations, type Judgement, type Policy, type Surface } from "../policy/index.js";
import { compareScans, isCounted, type ImageScan } from "../scan/index.js";
import { sourcesFor, type Description } from "./description.js";

export interface SummaryFacts {
  readonly repository: RepositoryName;
  readonly policy: Policy;
  readonly builderId: string;
  readonly version: string;
  readonly now: () => Date;
}

/** What was found out about an image before it is published; of an index its rules only. */
export interface Judged {
  readonly judgements: readonly Judgement[];
  readonly surface?: Surface;
  /** Where there is a scanner. */
  readonly virusReport?: VirusReport;
}

/** Source: SLSA 1.1, "Verification Summary Attestation". What a rule says is under a name of our own, as the specification asks for. */
interface VerificationSummary {
  readonly verifier: { readonly id: string; readonly version: Readonly<Record<string, string>> };
  /** RFC 3339. */
  readonly timeVerified: string;
  readonly resourceUri: string;
  readonly policy: { readonly uri: string; readonly digest: Readonly<Record<string, string>> };
  readonly verificationResult: "PASSED" | "FAILED";
  readonly verifiedLevels: readonly string[];
  readonly slsaVersion: string;
  readonly "urn:basalt:policy:rules": readonly {
    readonly id: string;
    readonly outcome: string;
    readonly why?: string;
  }[];
}

/** Adds what the policy says of an image, and, of a platform's image, which secrets are in it. */
export function describeJudged(
  description: Description,
  { judgements, surface, virusReport }: Judged,
  facts: SummaryFacts,
): Description {
  const say = sourcesFor(facts.repository, description.subject);
  const summary = toSummary(description.subject.digest, judgements, facts);
  return {
    ...description,
    statements: [
      ...description.statements,
      { ...say(PREDICATE_TYPES.verificationSummary, () => summary), isRenewed: true },
      ...(surface === undefined ? [] : [say(PREDICATE_TYPES.secrets, () => toSecrets(surface))]),
      ...(virusReport === undefined
        ? []
        : [{ ...say(PREDICATE_TYPES.virus, () => toVirusScan(virusReport)), isRenewed: true }]),
    ],
  };
}

/** Empty where there are none, as Docker's policies look for. Source: dhi.io images, "secrets" attestation. */
function toSecrets({ secrets }: Surface): object {
  return secrets.length === 0 ? {} : { secrets };
}

/** Source: dhi.io images, "virus" attestation. */
function toVirusScan({ version, summary }: VirusReport): object {
  return { scanner: { uri: "clamav/clamav", version, report: Buffer.from(summary).toString("base64") } };
}

function toSummary(digest: Digest, judgements: readonly Judgement[], facts: SummaryFacts): VerificationSummary {
  const { repository, policy, builderId, version, now } = facts;
  const isKept = violations(judgements).length === 0;
  const name = repository.slice(repository.lastIndexOf("/") + 1);
  return {
    verifier: { id: builderId, version: { basalt: version } },
    timeVerified: now().toISOString(),
    resourceUri: `pkg:oci/${encodeURIComponent(name)}@${encodeURIComponent(digest)}`,
    policy: { uri: "urn:basalt:policy:hardening:1", digest: { sha256: sha256Hex(canonicalJson(policyId(policy))) } },
    verificationResult: isKept ? "PASSED" : "FAILED",
    verifiedLevels: isKept ? ["SLSA_BUILD_LEVEL_UNEVALUATED", "BASALT_HARDENED"] : ["FAILED"],
    slsaVersion: "1.1",
    // What is kept says so without its reasons, which change from day to day.
    "urn:basalt:policy:rules": judgements.map(({ id, outcome }) => ({
      id,
      outcome: outcome.kind,
      ...(outcome.kind === "passed" ? {} : { why: outcome.why }),
    })),
  };
}

/** Adds what changed since the image that a tag led to before. */
export function describeChanges(
  description: Description,
  { repository, tag }: { readonly repository: RepositoryName; readonly tag: string },
  previous: ImageScan,
  current: ImageScan,
): Description {
  const { packages, environment, labels } = compareScans(current, previous);
  const [before, after] = [idsOf(previous), idsOf(current)];
  const ofKind = (...kinds: readonly string[]): readonly object[] =>
    packages
      .filter(({ change }) => kinds.includes(change))
      .map(({ name, version, comparisonVersion }) => ({
        name,
        ...(comparisonVersion === undefined ? {} : { from: comparisonVersion }),
        ...(version === undefined ? {} : { to: version }),
      }));
  const predicate = {
    tag,
    previous: previous.digest,
    packages: { added: ofKind("added"), removed: ofKind("removed"), updated: ofKind("upgraded", "downgraded") },
    vulnerabilities: {
      fixed: [...before].filter((id) => !after.has(id)).toSorted(),
      introduced: [...after].filter((id) => !before.has(id)).toSorted(),
    },
    environment,
    labels,
  };
  const source = sourcesFor(repository, description.subject)(PREDICATE_TYPES.changelog, () => predicate);
  return { ...description, statements: [...description.statements, source] };
}

function idsOf({ result }: ImageScan): ReadonlySet<string> {
  return new Set(result.findings.filter(isCounted).map(({ vulnerability }) => vulnerability));
}
