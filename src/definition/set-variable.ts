// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from "node:util";
import { isAlias, isMap, isScalar, parseDocument, type Scalar } from "yaml";
import { BasaltError } from "../errors.js";
import type { Platform } from "../formats/platform.js";
import { readDefinition } from "./expand.js";
import { parseLocatedYaml, YAML_OPTIONS } from "./located-yaml.js";
import type { Definition } from "./model.js";
import { parseDefinition } from "./parse.js";
import type { RawDefinition } from "./raw.js";

/** What a variable is to be, on each platform of the definition. */
export type PlatformValues = ReadonlyMap<Platform, string>;

/** Texts that mean themselves in quotes of YAML and of expressions. */
const PLAIN = /^[A-Za-z0-9._+~:@/=,-]*$/;
const STRING = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/g;
const EXPRESSION = /#\{[^}]*\}/g;
const MARKER = "basalt-literal-to-replace";

/**
 * The text of a definition with another value of one of its variables, all else as it stands. Of an expression the literals are
 * replaced that make its value on each platform. The result is read again and compared with what was wanted.
 * @throws BasaltError `TRACK_UNSAFE` where the value cannot be set that way
 */
export async function setVariable(
  text: string,
  definition: Definition,
  change: { readonly name: string; readonly values: PlatformValues },
): Promise<string> {
  const { name, values } = change;
  const { file } = definition;
  for (const value of values.values())
    if (!PLAIN.test(value)) throw unsafe(name, file, `${JSON.stringify(value)} has characters that would need quoting`);
  const node = findScalar(text, name, file);
  const [start, end] = node.range ?? [0, 0];
  const source = text.slice(start, end);
  const replaced = /[#$]\{/.test(String(node.value))
    ? replaceLiterals(source, String(node.value), definition, change)
    : replaceWhole(source, node, definition, change);
  const changed = text.slice(0, start) + replaced + text.slice(end);
  await requireOnlyThat(text, changed, definition, change);
  return changed;
}

/** The variable's value as it is written in the file itself. */
function findScalar(text: string, name: string, file: string): Scalar {
  const document = parseDocument(text, YAML_OPTIONS);
  const vars = document.get("vars", true);
  const node: unknown = isMap(vars) ? vars.get(name, true) : undefined;
  if (node === undefined)
    throw unsafe(name, file, "it is not among the vars that are written in this file", "add it to vars");
  if (isAlias(node)) throw unsafe(name, file, "it is an alias of another value");
  if (!isScalar(node)) throw unsafe(name, file, "it is no text");
  if (node.type === "BLOCK_FOLDED" || node.type === "BLOCK_LITERAL") throw unsafe(name, file, "it is a block of lines");
  return node;
}

function replaceWhole(
  source: string,
  node: Scalar,
  { file }: Definition,
  { name, values }: { readonly name: string; readonly values: PlatformValues },
): string {
  const wanted = [...new Set(values.values())];
  const [value = ""] = wanted;
  if (wanted.length > 1)
    throw unsafe(
      name,
      file,
      `its value differs from platform to platform: ${wanted.join(", ")}`,
      'write it as an expression: #{ target.arch == "amd64" ? "…" : "…" }',
    );
  if (node.type === "QUOTE_DOUBLE") return `"${value}"`;
  if (node.type === "QUOTE_SINGLE") return `'${value}'`;
  // Without quotes 22.10 would be a number, and true no text.
  const isText = parseLocatedYaml(`x: ${value}\n`, file).value;
  return source !== "" && isDeepStrictEqual(isText, { x: value }) ? value : `"${value}"`;
}

/** Replaces the strings of expressions that become the variable's value. */
function replaceLiterals(
  source: string,
  text: string,
  definition: Definition,
  { name, values }: { readonly name: string; readonly values: PlatformValues },
): string {
  const literals = literalsOf(text);
  const wanted = new Map<Literal, string>();
  for (const [platform, value] of values) {
    const making = literals.filter((literal) => evaluate(definition, name, marked(text, literal), platform) === MARKER);
    const [literal] = making;
    if (literal === undefined || making.length > 1)
      throw unsafe(name, definition.file, `it is computed on ${platform}, not one of the texts of its expression`);
    const known = wanted.get(literal);
    if (known !== undefined && known !== value)
      throw unsafe(name, definition.file, `one text of its expression would have to be both ${known} and ${value}`);
    wanted.set(literal, value);
  }
  let result = source;
  // From the end, so that places before stay what they are.
  for (const [literal, value] of [...wanted].toSorted(([a], [b]) => b.start - a.start)) {
    const nth = occurrences(text, literal.content).indexOf(literal.start);
    const places = occurrences(source, literal.content);
    const at = places[nth];
    if (!PLAIN.test(literal.content) || at === undefined)
      throw unsafe(name, definition.file, `the text ${JSON.stringify(literal.content)} cannot be found in its line`);
    result = result.slice(0, at) + value + result.slice(at + literal.content.length);
  }
  return result;
}

interface Literal {
  /** Offset of the content in the variable's value. */
  readonly start: number;
  readonly content: string;
}

function literalsOf(text: string): readonly Literal[] {
  return [...text.matchAll(EXPRESSION)].flatMap((expression) =>
    [...expression[0].matchAll(STRING)].map((match) => ({
      start: expression.index + match.index + 1,
      content: match[1] ?? match[2] ?? "",
    })),
  );
}

function marked(text: string, { start, content }: Literal): string {
  return text.slice(0, start) + MARKER + text.slice(start + content.length);
}

function evaluate(definition: Definition, name: string, text: string, platform: Platform): string | undefined {
  const raw = definition.yaml.value as RawDefinition;
  const value: RawDefinition = { ...raw, vars: { ...raw.vars, [name]: text } };
  return readDefinition({ ...definition, yaml: { ...definition.yaml, value } }, platform).variables?.get(name);
}

/** Where `part` begins in `text`; nowhere where it is empty. */
function occurrences(text: string, part: string): readonly number[] {
  if (part === "") return [];
  const found: number[] = [];
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) found.push(at);
  return found;
}

/** That the variable has its values, and that nothing else in the file was touched. */
async function requireOnlyThat(
  before: string,
  after: string,
  definition: Definition,
  { name, values }: { readonly name: string; readonly values: PlatformValues },
): Promise<void> {
  const { file } = definition;
  const old = parseLocatedYaml(before, file).value as RawDefinition;
  const own = parseLocatedYaml(after, file).value as RawDefinition | undefined;
  const written = own?.vars?.[name];
  if (written === undefined || !isDeepStrictEqual(own, { ...old, vars: { ...old.vars, [name]: written } }))
    throw unsafe(name, file, "something else in the file would change with it");
  const changed = await parseDefinition(after, file);
  for (const [platform, value] of values)
    if (readDefinition(changed, platform).variables?.get(name) !== value)
      throw unsafe(name, file, `it would not become ${value} on ${platform}`);
}

function unsafe(name: string, file: string, why: string, action?: string): BasaltError {
  const message = `${name} of ${file} cannot be changed: ${why}`;
  return new BasaltError("TRACK_UNSAFE", message, action === undefined ? {} : { action });
}
