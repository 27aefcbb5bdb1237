// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import type { PackageFacts } from "../distro/index.js";
import { isSameEntry, type EntryRecord } from "./entry-record.js";
import type { Layer } from "./layer.js";

/** By name of a package the packages whose files it may replace. Source: Debian Policy, 7.6.1; apk, "replaces". */
export type Replacing = ReadonlyMap<string, ReadonlySet<string>>;

/** A path of two packages in one layer: the first one's is in it, the second one's is not. */
export interface Clash {
  readonly kept: EntryRecord;
  readonly left: EntryRecord;
}

export function replacingOf(packages: readonly PackageFacts[]): Replacing {
  return new Map(packages.map(({ name, replaces }) => [name, new Set(replaces)] as const));
}

/** Whether the files of one package take the place of another's. */
export function isReplacedBy(loser: EntryRecord, winner: EntryRecord, replacing: Replacing): boolean {
  return winner.owner !== undefined && replacing.get(winner.owner)?.has(loser.owner ?? "") === true;
}

/**
 * Layers of packages in the order in which they were planned, but that a package comes above those that have a file of its own in
 * another form and that it replaces: dpkg keeps its file whichever is unpacked first.
 */
export function inReplacingOrder(layers: readonly Layer[]): readonly Layer[] {
  const replacing = replacingOf(layers.flatMap(({ packages }) => packages));
  const loses = [...replacing.values()].flatMap((names) => [...names]).some((name) => replacing.has(name));
  if (!loses) return layers;
  const below = new Map<Layer, Set<Layer>>();
  const owners = new Map<string, { readonly layer: Layer; readonly entry: EntryRecord }[]>();
  for (const layer of layers) {
    for (const entry of layer.entries) {
      if (entry.kind === "directory" || entry.owner === undefined) continue;
      const others = owners.get(entry.path);
      if (others === undefined) owners.set(entry.path, [{ layer, entry }]);
      else others.push({ layer, entry });
    }
  }
  for (const found of owners.values()) {
    for (const [index, { layer: first, entry: a }] of found.entries())
      for (const { layer: second, entry: b } of found.slice(index + 1))
        if (!isSameEntry(a, b) && isReplacedBy(b, a, replacing) && !isReplacedBy(a, b, replacing))
          below.set(first, (below.get(first) ?? new Set()).add(second));
  }
  return withPredecessors(layers, below);
}

/** Names of packages that have to be written first, since of two in one layer the first one's file counts; empty where all is well. */
export function firstToWrite(clashes: readonly Clash[], packages: readonly PackageFacts[]): readonly string[] {
  const replacing = replacingOf(packages);
  const before = new Map<string, Set<string>>();
  for (const { kept, left } of clashes) {
    if (isReplacedBy(left, kept, replacing)) continue;
    if (!isReplacedBy(kept, left, replacing)) throw conflict(kept, left, "neither replaces the other");
    before.set(kept.owner ?? "", (before.get(kept.owner ?? "") ?? new Set()).add(left.owner ?? ""));
  }
  const names = packages.map(({ name }) => name);
  return before.size === 0 ? [] : withPredecessors(names, before);
}

export function conflict(a: EntryRecord, b: EntryRecord, why: string): BasaltError {
  return new BasaltError(
    "ASSEMBLE_CONFLICT",
    `${a.owner ?? "a package"} and ${b.owner ?? "a package"} both have ${a.path}: ${why}`,
  );
}

/** The same items, each after its predecessors, else in the order given. Of a circle the first comes first. */
function withPredecessors<T>(items: readonly T[], predecessors: ReadonlyMap<T, ReadonlySet<T>>): readonly T[] {
  const left = new Set(items);
  const ordered: T[] = [];
  while (left.size > 0) {
    const free = [...left].find((item) => ![...(predecessors.get(item) ?? [])].some((each) => left.has(each)));
    const [first] = left;
    const next = free ?? first;
    if (next === undefined) break;
    left.delete(next);
    ordered.push(next);
  }
  return ordered;
}
