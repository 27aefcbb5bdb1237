// SPDX-License-Identifier: Apache-2.0
import {
  namesOf,
  type VexComponent,
  type VexDocument,
  type VexProduct,
  type VexStatement,
} from "../formats/openvex.js";
import type { Inventory, SourcePackage } from "../inventory/index.js";
import { imageTargets, packageTargets, type NamedImage } from "./names.js";
import { parsePurl, purlMatches, type Purl } from "./purl.js";

/** A document, and where it is from, as people are told. */
export interface VexSource {
  readonly document: VexDocument;
  readonly origin: string;
}

/** The image that statements are asked about. */
export interface LookedAt {
  readonly image: Partial<NamedImage>;
  readonly distro: Inventory["distro"];
}

/** Why a vulnerability does not count. */
export interface Suppression {
  readonly by: string;
  readonly reason: string;
}

interface SourcedStatement {
  readonly statement: VexStatement;
  readonly origin: string;
}

/**
 * What documents say about the vulnerabilities of an image's packages. Of several statements about the same the one that was made last
 * holds. Source: openvex/spec, OPENVEX-SPEC.md, "Updating Statements With Inherited Data"; openvex/go-vex, "Matches".
 */
export function suppressionsBy(
  sources: readonly VexSource[],
  lookedAt: LookedAt,
): (vulnerability: string, item: SourcePackage) => Suppression | undefined {
  const byVulnerability = new Map<string, SourcedStatement[]>();
  for (const { document, origin } of sources)
    for (const statement of document.statements)
      for (const name of [statement.vulnerability.name, ...(statement.vulnerability.aliases ?? [])])
        byVulnerability.set(name, [...(byVulnerability.get(name) ?? []), { statement, origin }]);
  if (byVulnerability.size === 0) return () => undefined;
  const image = new Targets(imageTargets(lookedAt.image));
  return (vulnerability, item) => {
    const about = byVulnerability.get(vulnerability);
    if (about === undefined) return undefined;
    const targets = new Targets([], packageTargets(item, lookedAt.distro));
    const last = about
      .filter(({ statement }) => statement.products.some((product) => isAbout(product, image, targets)))
      .toSorted((a, b) => Date.parse(a.statement.timestamp ?? "") - Date.parse(b.statement.timestamp ?? ""))
      .at(-1);
    return last === undefined ? undefined : toSuppression(last);
  };
}

/** Packages of an image that a statement is about. */
export function packagesOf(
  { products }: VexStatement,
  packages: readonly SourcePackage[],
  lookedAt: LookedAt,
): readonly SourcePackage[] {
  const image = new Targets(imageTargets(lookedAt.image));
  return packages.filter((item) => {
    const targets = new Targets([], packageTargets(item, lookedAt.distro));
    return products.some((product) => isAbout(product, image, targets));
  });
}

/** A product is a package by itself, or an image with packages in it, or all of an image. */
function isAbout(product: VexProduct, image: Targets, item: Targets): boolean {
  const { subcomponents = [] } = product;
  if (subcomponents.length === 0) return item.have(product) || image.have(product);
  return (image.have(product) || item.have(product)) && subcomponents.some((part) => item.have(part));
}

/** Names that something goes by. */
class Targets {
  readonly #names: ReadonlySet<string>;
  readonly #purls: readonly Purl[];

  constructor(names: readonly string[], purls: readonly Purl[] = names.flatMap((name) => parsePurl(name) ?? [])) {
    this.#names = new Set(names);
    this.#purls = purls;
  }

  have(component: VexComponent): boolean {
    return namesOf(component).some((name) => {
      if (this.#names.has(name)) return true;
      const purl = parsePurl(name);
      return purl !== undefined && this.#purls.some((target) => purlMatches(purl, target));
    });
  }
}

function toSuppression({ statement, origin }: SourcedStatement): Suppression | undefined {
  const { status, justification, impact_statement: impact, status_notes: notes } = statement;
  if (status !== "not_affected" && status !== "fixed") return undefined;
  const said = [justification?.replaceAll("_", " "), impact, notes].filter((part) => part !== undefined);
  return { by: `VEX, ${origin}: ${status.replaceAll("_", " ")}`, reason: said.join("; ") || "it is fixed" };
}
