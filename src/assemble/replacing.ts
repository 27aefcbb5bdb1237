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
  const isAnyReplaced = [...replacing.values()].flatMap((names) => [...names]).some((name) => replacing.has(name));
  if (!isAnyReplaced) return layers;
  const below = new Predecessors<Layer>();
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
        if (isSameEntry(a, b) || isReplacedBy(a, b, replacing) === isReplacedBy(b, a, replacing)) continue;
        else if (isReplacedBy(b, a, replacing)) below.add(first, second, [a, b]);
        else below.add(second, first, [a, b]);
  }
  return below.order(layers);
}

/** Names of packages that have to be written first, since of two in one layer the first one's file counts; empty where all is well. */
export function firstToWrite(clashes: readonly Clash[], packages: readonly PackageFacts[]): readonly string[] {
  const replacing = replacingOf(packages);
  const before = new Predecessors<string>();
  let isWrong = false;
  for (const { kept, left } of clashes) {
    const [first = "", second = ""] = [kept.owner, left.owner];
    if (isReplacedBy(left, kept, replacing)) before.add(second, first, [kept, left]);
    else if (isReplacedBy(kept, left, replacing)) {
      before.add(first, second, [kept, left]);
      isWrong = true;
    } else throw conflict(kept, left, "neither replaces the other");
  }
  return isWrong ? before.order(packages.map(({ name }) => name)) : [];
}

export function conflict(a: EntryRecord, b: EntryRecord, why: string): BasaltError {
  return new BasaltError(
    "ASSEMBLE_CONFLICT",
    `${a.owner ?? "a package"} and ${b.owner ?? "a package"} both have ${a.path}: ${why}`,
  );
}

/** What has to come before what, and the two entries that say so. */
class Predecessors<T> {
  readonly #before = new Map<T, Map<T, readonly [EntryRecord, EntryRecord]>>();

  add(item: T, predecessor: T, why: readonly [EntryRecord, EntryRecord]): void {
    this.#before.set(item, (this.#before.get(item) ?? new Map()).set(predecessor, why));
  }

  /** The same items, each after its predecessors, else in the order given. @throws BasaltError `ASSEMBLE_CONFLICT` for a circle */
  order(items: readonly T[]): readonly T[] {
    const left = new Set(items);
    const ordered: T[] = [];
    while (left.size > 0) {
      let circle: readonly [EntryRecord, EntryRecord] | undefined;
      for (const item of left) {
        const why = this.#whyNot(item, left);
        circle ??= why;
        if (why !== undefined) continue;
        left.delete(item);
        ordered.push(item);
        circle = undefined;
        break;
      }
      if (circle !== undefined) throw conflict(...circle, "packages replace each other in a circle");
    }
    return ordered;
  }

  #whyNot(item: T, left: ReadonlySet<T>): readonly [EntryRecord, EntryRecord] | undefined {
    return [...(this.#before.get(item) ?? [])].find(([predecessor]) => left.has(predecessor))?.[1];
  }
}
