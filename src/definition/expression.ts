// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";

/** What expressions can compute with. */
export type ExpressionValue = string | boolean;

/** Looks up a dotted name such as `target.arch` or `definition.vars.VERSION`. */
export type Lookup = (name: string) => ExpressionValue | undefined;

type Token = { readonly kind: "string" | "name" | "operator"; readonly text: string };

const TOKEN =
  /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*)*)|(==|!=|&&|\|\||[?:+!()]))/y;
const MAX_LENGTH = 2_000;
const MAX_DEPTH = 50;

/**
 * Evaluates the text between `#{` and `}`: strings, `true`, `false`, dotted names, `==`, `!=`, `&&`, `||`, `!`, `+` (joins
 * text), `a ? b : c`, parentheses. Nothing else exists, so every evaluation ends.
 * Source: research into the public DHI catalogue; the language is a subset of expr-lang. @throws BasaltError `EXPRESSION_INVALID`
 */
export function evaluateExpression(text: string, lookup: Lookup): ExpressionValue {
  if (text.length > MAX_LENGTH)
    throw new BasaltError("EXPRESSION_INVALID", `an expression of ${text.length} characters`);
  const parser = new Parser(tokenize(text), text, lookup);
  const value = parser.conditional(0);
  parser.requireEnd();
  return value;
}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const trimmed = text.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < trimmed.length) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(trimmed);
    if (match === null)
      throw new BasaltError(
        "EXPRESSION_INVALID",
        `cannot read ${JSON.stringify(trimmed.slice(start, start + 20))} in #{${text}}`,
      );
    const quoted = match[1] ?? match[2];
    if (quoted !== undefined) tokens.push({ kind: "string", text: quoted.replace(/\\(.)/g, "$1") });
    else if (match[3] !== undefined) tokens.push({ kind: "name", text: match[3] });
    else tokens.push({ kind: "operator", text: match[4] ?? "" });
  }
  return tokens;
}

class Parser {
  #next = 0;
  readonly #tokens: readonly Token[];
  readonly #text: string;
  readonly #lookup: Lookup;

  constructor(tokens: readonly Token[], text: string, lookup: Lookup) {
    this.#tokens = tokens;
    this.#text = text;
    this.#lookup = lookup;
  }

  conditional(depth: number): ExpressionValue {
    if (depth > MAX_DEPTH) throw this.#error("it is nested too deeply");
    const condition = this.#or(depth);
    if (!this.#take("?")) return condition;
    const yes = this.conditional(depth + 1);
    if (!this.#take(":")) throw this.#error("':' is missing");
    const no = this.conditional(depth + 1);
    return this.#truth(condition) ? yes : no;
  }

  requireEnd(): void {
    if (this.#next < this.#tokens.length)
      throw this.#error(`${JSON.stringify(this.#tokens[this.#next]?.text)} is not expected`);
  }

  #or(depth: number): ExpressionValue {
    let value = this.#and(depth);
    while (this.#take("||")) {
      const right = this.#and(depth);
      value = this.#truth(value) || this.#truth(right);
    }
    return value;
  }

  #and(depth: number): ExpressionValue {
    let value = this.#equality(depth);
    while (this.#take("&&")) {
      const right = this.#equality(depth);
      value = this.#truth(value) && this.#truth(right);
    }
    return value;
  }

  #equality(depth: number): ExpressionValue {
    const left = this.#sum(depth);
    // As text: built-in names such as target.dev say true or false in letters.
    if (this.#take("==")) return String(left) === String(this.#sum(depth));
    if (this.#take("!=")) return String(left) !== String(this.#sum(depth));
    return left;
  }

  #sum(depth: number): ExpressionValue {
    let value = this.#unary(depth);
    while (this.#take("+")) value = `${String(value)}${String(this.#unary(depth))}`;
    return value;
  }

  #unary(depth: number): ExpressionValue {
    if (depth > MAX_DEPTH) throw this.#error("it is nested too deeply");
    if (this.#take("!")) return !this.#truth(this.#unary(depth + 1));
    if (this.#take("(")) {
      const value = this.conditional(depth + 1);
      if (!this.#take(")")) throw this.#error("')' is missing");
      return value;
    }
    const token = this.#tokens[this.#next];
    this.#next += 1;
    if (token?.kind === "string") return token.text;
    if (token?.kind === "name") return this.#value(token.text);
    throw this.#error(token === undefined ? "it ends too early" : `${JSON.stringify(token.text)} is not expected`);
  }

  #value(name: string): ExpressionValue {
    if (name === "true" || name === "false") return name === "true";
    const value = this.#lookup(name);
    if (value === undefined) throw this.#error(`there is no ${name}`);
    return value;
  }

  #truth(value: ExpressionValue): boolean {
    if (typeof value === "boolean") return value;
    if (value === "true" || value === "false") return value === "true";
    throw this.#error(`${JSON.stringify(value)} is neither true nor false`);
  }

  #take(operator: string): boolean {
    const token = this.#tokens[this.#next];
    if (token?.kind !== "operator" || token.text !== operator) return false;
    this.#next += 1;
    return true;
  }

  #error(why: string): BasaltError {
    return new BasaltError("EXPRESSION_INVALID", `#{${this.#text}}: ${why}`);
  }
}
