// SPDX-License-Identifier: Apache-2.0
import { canonicalJson } from "../formats/canonical-json.js";
import type { LocatedYaml, Position, YamlPath } from "./located-yaml.js";

/** A value that still knows which document it came from. */
interface Origin {
  readonly value: unknown;
  readonly at: Position;
  readonly entries: ReadonlyMap<string, Origin>;
}

/** Lists that say one thing as a whole: the later one replaces the earlier one. */
const WHOLE_LISTS = new Set(["entrypoint", "cmd", "platforms"]);

/**
 * Lays documents over each other, the later over the earlier: maps are merged key by key, lists are joined and lose what stands in them
 * twice, everything else is replaced; `entrypoint`, `cmd` and `platforms` are replaced as a whole. Problems are found where they
 * were written. Source: docs/definitions.md, "Includes"; the rules were read off what the public catalogue publishes merged.
 */
export function mergeDocuments(documents: readonly LocatedYaml[]): LocatedYaml {
  const last = documents.at(-1);
  if (last === undefined) throw new Error("internal: nothing to merge");
  if (documents.length === 1) return last;
  const root = documents.map((document) => originOf(document, document.value, [])).reduce((a, b) => merge(a, b, ""));
  return {
    file: last.file,
    value: root.value,
    locate: (path) => positionOf(root, path),
    problems: documents.flatMap((document) => document.problems),
  };
}

function originOf(document: LocatedYaml, value: unknown, path: YamlPath): Origin {
  const children = Array.isArray(value) ? [...value.entries()] : isMap(value) ? Object.entries(value) : [];
  const entries = children.map(([key, child]) => [String(key), originOf(document, child, [...path, key])] as const);
  return { value, at: { file: document.file, ...document.locate(path) }, entries: new Map(entries) };
}

function merge(under: Origin, over: Origin, key: string): Origin {
  if (isMap(under.value) && isMap(over.value)) {
    const entries = new Map(under.entries);
    for (const [name, child] of over.entries) {
      const known = entries.get(name);
      entries.set(name, known === undefined ? child : merge(known, child, name));
    }
    return { value: Object.fromEntries([...entries].map(([name, { value }]) => [name, value])), at: over.at, entries };
  }
  if (!Array.isArray(under.value) || !Array.isArray(over.value) || WHOLE_LISTS.has(key)) return over;
  const known = new Map<string, Origin>();
  for (const item of [...under.entries.values(), ...over.entries.values()]) {
    const content = canonicalJson(item.value);
    if (!known.has(content)) known.set(content, item);
  }
  const items = [...known.values()];
  const entries = new Map(items.map((item, index) => [String(index), item]));
  return { value: items.map(({ value }) => value), at: over.at, entries };
}

function positionOf(root: Origin, path: YamlPath): Position {
  let origin = root;
  for (const step of path) {
    const next = origin.entries.get(String(step));
    if (next === undefined) break;
    origin = next;
  }
  return origin.at;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
