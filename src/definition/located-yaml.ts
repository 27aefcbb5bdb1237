// SPDX-License-Identifier: Apache-2.0
import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document } from "yaml";
import type { Problem } from "./problem.js";

/** A place in a YAML document: map keys and list indexes from the root. */
export type YamlPath = readonly (string | number)[];

export interface Position {
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

const MAX_ALIASES = 100; // yaml's own default: stops alias bombs

/** Parses YAML 1.2 with the core schema, so that `no` and dates stay text. Problems are returned, not thrown. */
export function parseLocatedYaml(text: string, file: string): LocatedYaml {
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const fail = (message: string, offset = 0, code = "YAML_INVALID"): Problem => ({
    file,
    ...at(offset),
    severity: "error",
    code,
    message,
  });
  let document: Document;
  try {
    document = parseDocument(text, { version: "1.2", schema: "core", lineCounter: lines, uniqueKeys: true });
  } catch (error) {
    // Thousands of nested brackets exhaust the parser's stack.
    return {
      file,
      value: undefined,
      locate: () => at(0),
      problems: [fail(error instanceof RangeError ? "nested too deeply" : String(error))],
    };
  }
  const problems = document.errors.map((error) => fail(firstLine(error.message), error.pos[0], `YAML_${error.code}`));
  let value: unknown;
  if (problems.length === 0) {
    try {
      value = document.toJS({ maxAliasCount: MAX_ALIASES });
    } catch (error) {
      problems.push(fail(error instanceof Error ? error.message : String(error), 0, "YAML_ALIASES"));
    }
  }
  return { file, value, locate: (path) => at(offsetOf(document, path)), problems };
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
  const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step));
  const offset = rangeStart(pair?.key);
  return pair === undefined || offset === undefined ? undefined : { node: pair.value, offset };
}

function rangeStart(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? text;
}
