// SPDX-License-Identifier: Apache-2.0
import { compareText } from "../formats/canonical-json.js";
import { splitDigest, type Digest } from "../formats/digest.js";
import { formatVexDocument, type VexDocument, type VexStatement } from "../formats/openvex.js";
import type { SourcePackage } from "../inventory/index.js";
import { imageProducts, packageProducts, type NamedImage } from "./names.js";
import { packagesOf, type LookedAt } from "./statements.js";

/** What the data of a distribution say about one of its packages, as a statement about it. */
export interface DerivedStatement {
  readonly statement: Omit<VexStatement, "products">;
  readonly item: SourcePackage;
}

export interface VexContents {
  readonly packages: readonly SourcePackage[];
  /** By people, about packages of the image or the image itself. */
  readonly stated: readonly VexStatement[];
  readonly derived: readonly DerivedStatement[];
}

export interface VexMaker {
  readonly author: string;
  readonly tooling: string;
}

/**
 * Everything that is stated about an image, each statement under all names that tools look for (docs/vex.md). One statement for a
 * vulnerability of a package: some tools take the oldest of several, others the newest. People are believed before data, and the last of
 * them before the others. Undefined where there is nothing to say: a document without statements is none.
 */
export function toVexDocument(
  { packages, stated, derived }: VexContents,
  { image, distro }: LookedAt & { readonly image: NamedImage },
  { author, tooling }: VexMaker,
): VexDocument | undefined {
  const found = new Map<string, VexStatement>();
  const put = (statement: Omit<VexStatement, "products">, item: SourcePackage): void => {
    const key = `${statement.vulnerability.name}\n${item.name}\n${item.version}`;
    found.set(key, { ...statement, products: productsOf(item, image) });
  };
  for (const { statement, item } of derived) put(statement, item);
  const inOrder = stated.toSorted((a, b) => Date.parse(a.timestamp ?? "") - Date.parse(b.timestamp ?? ""));
  for (const statement of inOrder)
    for (const item of packagesOf(statement, packages, { image, distro })) put(statement, item);
  const statements = [...found].toSorted(([a], [b]) => compareText(a, b)).map(([, statement]) => statement);
  if (statements.length === 0) return undefined;
  const times = statements.flatMap(({ timestamp }) => timestamp ?? []);
  const newest = times.toSorted((a, b) => Date.parse(a) - Date.parse(b)).at(-1) ?? "";
  return formatVexDocument(statements, { author, tooling, timestamp: newest });
}

function productsOf(item: SourcePackage, image: NamedImage): VexStatement["products"] {
  const names = packageProducts(item).map((name) => ({ "@id": name }));
  const hashes = image.digests.map((digest) => ({ hashes: hashOf(digest), subcomponents: names }));
  return [...imageProducts(image).map((name) => ({ "@id": name, subcomponents: names })), ...hashes, ...names];
}

/** Names of algorithms as OpenVEX has them. Grype finds an image by this whatever it is called. */
function hashOf(digest: Digest): Readonly<Record<string, string>> {
  const { algorithm, hex } = splitDigest(digest);
  return { [algorithm === "sha256" ? "sha-256" : "sha-512"]: hex };
}

/** One document about all platforms of an image. */
export function mergeVexDocuments(documents: readonly VexDocument[]): VexDocument | undefined {
  const [first] = documents;
  if (first === undefined) return undefined;
  const found = new Map<string, VexStatement>();
  for (const statement of documents.flatMap(({ statements }) => statements)) {
    const { products, timestamp: _, ...rest } = statement;
    const key = JSON.stringify([rest, products.at(-1)?.["@id"]]);
    const before = found.get(key);
    const all = new Map(
      [...(before?.products ?? []), ...products].map((product) => [JSON.stringify(product), product]),
    );
    found.set(key, { ...statement, products: [...all.values()] });
  }
  const statements = [...found.values()];
  const newest = documents
    .map(({ timestamp }) => timestamp)
    .toSorted((a, b) => Date.parse(a) - Date.parse(b))
    .at(-1);
  const { author, tooling = "", timestamp } = first;
  return formatVexDocument(statements, { author, tooling, timestamp: newest ?? timestamp });
}
