// SPDX-License-Identifier: Apache-2.0
// What is known and stated about an image that is built: it changes while the image does not.
import type { Advisories } from "../advisories/index.js";
import type { Digest } from "../formats/digest.js";
import type { RepositoryName } from "../formats/image-reference.js";
import { PREDICATE_TYPES } from "../formats/in-toto.js";
import type { VexDocument, VexStatement } from "../formats/openvex.js";
import { bySource } from "../inventory/index.js";
import { match, toVulnsPredicate, type NotAffected, type ScanResult } from "../scan/index.js";
import { mergeVexDocuments, suppressionsBy, toVexDocument, type DerivedStatement } from "../vex/index.js";
import { sourcesFor, type Description, type StatementSource } from "./description.js";

export interface KnownFacts {
  readonly repository: RepositoryName;
  /** `HOST[:PORT][/PREFIX]` of registries that have the repository. */
  readonly registries: readonly string[];
  /** Of the index that leads to the image. */
  readonly index: Digest;
  readonly advisories: Advisories;
  /** By files beside the definition. */
  readonly stated: readonly VexStatement[];
  /** Kept with the repository. */
  readonly added: readonly VexStatement[];
  readonly builderId: string;
  readonly version: string;
  readonly now: () => Date;
}

/** Adds to the description of a platform's image what is stated about its vulnerabilities, and what is known of them. */
export function describeKnown(description: Description, facts: KnownFacts): Description {
  const { subject, inventory } = description;
  const { advisories, repository, registries, index, stated, added, version } = facts;
  if (inventory === undefined) return description;
  const startedAt = facts.now();
  const lookedAt = {
    image: { repository, registries, digests: [...new Set([index, subject.digest])] },
    distro: inventory.distro,
  };
  const derived = derive(match(inventory, advisories), facts.now());
  const contents = { packages: bySource(inventory), stated: [...stated, ...added], derived };
  const document = toVexDocument(contents, lookedAt, makerOf(facts));
  const sources = document === undefined ? [] : [{ document, origin: "published with the image" }];
  const result = match(inventory, advisories, suppressionsBy(sources, lookedAt));
  const vulns = toVulnsPredicate(result, advisories, version, { startedAt, finishedAt: facts.now() });
  const say = sourcesFor(repository, subject);
  return {
    ...description,
    statements: [
      ...description.statements,
      sayVex(description, repository, document),
      ...(vulns === undefined ? [] : [{ ...say(PREDICATE_TYPES.vulns, () => vulns), isRenewed: true }]),
    ],
    scan: result,
    vex: { stated, ...(document === undefined ? {} : { document }) },
  };
}

/** Adds to the description of an index what is stated about the images that it leads to. */
export function describeKnownOfAll(
  description: Description,
  images: readonly Description[],
  { repository, stated }: Pick<KnownFacts, "repository" | "stated">,
): Description {
  const document = mergeVexDocuments(images.flatMap(({ vex }) => vex?.document ?? []));
  return {
    ...description,
    statements: [...description.statements, sayVex(description, repository, document)],
    vex: { stated, ...(document === undefined ? {} : { document }) },
  };
}

function sayVex({ subject }: Description, name: string, document: VexDocument | undefined): StatementSource {
  const { predicateType, make } = sourcesFor(name, subject)(PREDICATE_TYPES.openVex, () => document ?? {});
  return { predicateType, isRenewed: true, make: () => (document === undefined ? undefined : make()) };
}

function makerOf({ builderId, version }: KnownFacts): { readonly author: string; readonly tooling: string } {
  return { author: builderId, tooling: `basalt ${version}` };
}

/** What the distribution says of vulnerabilities that its packages do not have, or not in earnest, with where it says so. */
function derive({ findings, notAffected }: ScanResult, now: Date): readonly DerivedStatement[] {
  const toDerived = (known: NotAffected, why: Why): DerivedStatement => derivedFrom(known, why, now);
  return [
    ...notAffected.map((known) => {
      const { feed, note } = known.advisory;
      const notes = sentence(`${feed}: ${known.package.name} is not affected`, note);
      return toDerived(known, { justification: "vulnerable_code_not_present", status_notes: notes });
    }),
    ...findings.flatMap((finding) => {
      const { suppression, isUnimportant, advisory } = finding;
      if (suppression !== undefined) {
        const notes = `${suppression.by}: ${suppression.reason}`;
        return [toDerived(finding, { justification: "vulnerable_code_not_present", status_notes: notes })];
      }
      const impact = sentence(`${advisory.feed}: unimportant for ${finding.package.name}`, advisory.note);
      return isUnimportant ? [toDerived(finding, { impact_statement: impact })] : [];
    }),
  ];
}

type Why = Pick<VexStatement, "justification" | "impact_statement" | "status_notes">;

/** Feeds say the day that they are from, or the moment, or something else. */
function derivedFrom({ vulnerability, package: item, advisory }: NotAffected, why: Why, now: Date): DerivedStatement {
  const asOf = new Date(advisory.asOf);
  const timestamp = (Number.isNaN(asOf.getTime()) ? now : asOf).toISOString();
  return { item, statement: { vulnerability: { name: vulnerability }, timestamp, status: "not_affected", ...why } };
}

function sentence(text: string, note: string | undefined): string {
  return note === undefined || note === "" ? text : `${text}: ${note}`;
}
