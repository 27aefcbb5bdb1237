// SPDX-License-Identifier: Apache-2.0
import type { Inventory, InventoryPackage } from "./inventory.js";

/** What advisories speak about as one: all that was built from one version of a source, or one package of a language. */
export interface SourcePackage {
  readonly kind: InventoryPackage["kind"];
  /** Of the source, where there is one. */
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly binaries: readonly { readonly name: string; readonly version: string; readonly purl: string }[];
}

export function isDistroPackage({ kind }: Pick<InventoryPackage, "kind">): boolean {
  return kind === "deb" || kind === "apk";
}

/** Packages of the distribution by their source, then each other one by itself. */
export function bySource({ packages }: Pick<Inventory, "packages">): readonly SourcePackage[] {
  const groups = new Map<string, InventoryPackage[]>();
  for (const item of packages.filter(isDistroPackage)) {
    const key = `${item.kind} ${item.source ?? item.name} ${item.sourceVersion ?? item.version}`;
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values(), ...packages.filter((item) => !isDistroPackage(item)).map((item) => [item])].flatMap(
    (members) => {
      const [first] = members;
      if (first === undefined) return [];
      const { kind, name, version, source = name, sourceVersion = version, purl } = first;
      return [{ kind, name: source, version: sourceVersion, purl, binaries: members }];
    },
  );
}
