// SPDX-License-Identifier: Apache-2.0
import {
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from "yaml";
import type { Problem } from "./problem.js";
import { firstFault } from "./yaml-problems.js";

/** A place in a YAML document: map keys and list indexes from the root. */
export type YamlPath = readonly (string | number)[];

export interface Position {
  /** Where it is not the document's own. */
  readonly file?: string;
  readonly line: number;
  readonly column: number;
}

/** A YAML document as plain values, which still knows where each of them stands. */
export interface LocatedYaml {
  readonly file: string;
  readonly value: unknown;
  /** Position of the value at `path`, or of the nearest one above it that exists. */
  readonly locate: (path: YamlPath) => Position;
  readonly problems: readonly Problem[];
}

const MAX_EXPANSIONS = 100; // of one alias; yaml's own default: stops alias bombs
const MAX_ALIASES = 1_000; // in one document; the parser looks for the anchor of each of them anew

/** Source: YAML 1.2.2, section 10.3. The parser knows more of YAML 1.1, such as sets and bytes. */
const CORE_TAGS = new Set(
  ["map", "seq", "str", "null", "bool", "int", "float"].map((name) => `tag:yaml.org,2002:${name}`),
);

/** Our own search for keys that stand twice, and our own messages, take linear time; the parser's are quadratic. */
export const YAML_OPTIONS = { version: "1.2", schema: "core", uniqueKeys: false, prettyErrors: false } as const;

/** Parses YAML 1.2 with the core schema, so that `no` and dates stay text. Problems are returned, not thrown. */
export function parseLocatedYaml(text: string, file: string): LocatedYaml {
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems: Problem[] = [];
  const report: ReportAt = (code, message, offset = 0, hint) => {
    const problem = { file, ...at(offset), severity: "error", code, message } as const;
    problems.push(hint === undefined ? problem : { ...problem, hint });
  };
  try {
    const options = { ...YAML_OPTIONS, lineCounter: lines };
    const document = parseDocument(text, options);
    const fault = firstFault(document, text);
    if (fault !== undefined) report(`YAML_${fault.code}`, fault.message, fault.offset, fault.hint);
    if (problems.length === 0) reportMisuse(document, report);
    const value = problems.length === 0 ? valueOf(document, report) : undefined;
    return { file, value, locate: (path) => at(offsetOf(document, path)), problems };
  } catch (error) {
    // Thousands of nested brackets exhaust the stack.
    report("YAML_INVALID", error instanceof RangeError ? "nested too deeply" : String(error));
    return { file, value: undefined, locate: () => at(0), problems };
  }
}

type ReportAt = (code: string, message: string, offset?: number, hint?: string) => void;

function valueOf(document: Document, report: ReportAt): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_EXPANSIONS });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    let first: Node | undefined;
    visit(document, {
      Alias: (_key, alias) => {
        first = alias;
        return visit.BREAK;
      },
    });
    report("YAML_ALIASES", "aliases of aliases make too many values, this one and others", rangeStart(first));
    return undefined;
  }
}

/** Keys that stand twice in one map or are no text, tags of YAML 1.1, aliases of nothing, and aliases of what they stand in: values without an end. */
function reportMisuse(document: Document, report: ReportAt): void {
  const anchors = new Map<string, Node>();
  let aliases = 0;
  visit(document, {
    Value: (_key, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
      if (node.tag !== undefined && !CORE_TAGS.has(node.tag))
        report("YAML_TAG", `there is no tag !!${node.tag.replace(/^.*:/, "")}`, rangeStart(node));
      if (isMap(node)) reportKeys(node, report);
    },
    Alias: (_key, alias, path) => {
      aliases += 1;
      if (aliases === MAX_ALIASES + 1) report("YAML_ALIASES", `more than ${MAX_ALIASES} aliases`, rangeStart(alias));
      const target = anchors.get(alias.source);
      if (target === undefined) report("YAML_ALIASES", `*${alias.source} names nothing`, rangeStart(alias));
      else if (path.includes(target))
        report("YAML_ALIASES", `*${alias.source} names what it stands in`, rangeStart(alias));
    },
  });
}

function reportKeys(map: YAMLMap, report: ReportAt): void {
  const seen = new Set<string>();
  for (const { key } of map.items) {
    if (!isScalar(key)) {
      report("YAML_KEY", "a key must be text", rangeStart(key));
      continue;
    }
    const name = nameOf(key);
    if (seen.has(name)) report("YAML_DUPLICATE_KEY", `the key ${JSON.stringify(name)} stands twice`, rangeStart(key));
    seen.add(name);
  }
}

function offsetOf(document: Document, path: YamlPath): number {
  let node: unknown = document.contents;
  let offset = rangeStart(node) ?? 0;
  for (const step of path) {
    const next = stepInto(node, step);
    if (next === undefined) break;
    offset = next.offset;
    node = next.node;
  }
  return offset;
}

function stepInto(
  node: unknown,
  step: string | number,
): { readonly node: unknown; readonly offset: number } | undefined {
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    const offset = rangeStart(item);
    return offset === undefined ? undefined : { node: item, offset };
  }
  if (!isMap(node)) return undefined;
  const pair = pairsOf(node).get(String(step));
  const offset = rangeStart(pair?.key);
  return pair === undefined || offset === undefined ? undefined : { node: pair.value, offset };
}

/** Entries by key, made once: a document may have a problem at each of its keys. */
const pairsOfMaps = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

function pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
  const known = pairsOfMaps.get(map);
  if (known !== undefined) return known;
  const pairs = new Map(map.items.flatMap((pair) => (isScalar(pair.key) ? [[nameOf(pair.key), pair] as const] : [])));
  pairsOfMaps.set(map, pairs);
  return pairs;
}

/** A key as the plain value has it. */
function nameOf({ value }: Scalar): string {
  return value === null ? "" : `${value as string | number | boolean}`;
}

function rangeStart(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
