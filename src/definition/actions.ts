// SPDX-License-Identifier: Apache-2.0
import type { RawStep } from "./raw.js";

/** Inputs of an action, by name. */
type Inputs = Readonly<Record<string, unknown>>;

/**
 * Built-in actions as shell scripts; the programs that they call are those of the stage. Source: research into the public catalogue,
 * whose own implementation is closed: inputs and their meaning were read off the definitions that use them.
 */
const SCRIPTS: Readonly<Record<string, (inputs: Inputs) => string | undefined>> = {
  "patch@v1": (inputs) => patchScript(inputs, `patch ${optionsOf(inputs, "-p1")} -i`),
  "git/patch@v1": (inputs) => patchScript(inputs, `git apply ${optionsOf(inputs, "")}`),
  "git/checkout@v1": (inputs) => {
    const commit = inputs["expected-commit"];
    if (typeof commit !== "string") return undefined;
    return `${enter(inputs)}test "$(git rev-parse HEAD)" = ${quote(commit)}\n`;
  },
  "strip@v1": (inputs) => {
    const folder = textOf(inputs["dir"]) ?? "/target";
    // What is no program or library stays as it is.
    return `find ${quote(folder)} -type f -exec sh -c 'for f; do strip --strip-unneeded "$f" 2>/dev/null || :; done' sh {} +\n`;
  },
};

/** The script of an action; undefined where this version has none. */
export function actionScript({ uses = "", with: inputs = {} }: RawStep): string | undefined {
  const script = Object.hasOwn(SCRIPTS, uses) ? SCRIPTS[uses]?.(inputs) : undefined;
  return script === undefined ? undefined : `set -eu\n${script}`;
}

function patchScript(inputs: Inputs, command: string): string | undefined {
  const patches = [...listOf(inputs["patch"]), ...listOf(inputs["patches"])];
  if (patches.length === 0) return undefined;
  return `${enter(inputs)}${patches.map((patch) => `${command} ${quote(patch)}\n`).join("")}`;
}

function enter(inputs: Inputs): string {
  const folder = textOf(inputs["dir"]);
  return folder === undefined ? "" : `cd ${quote(folder)}\n`;
}

/** Options are words, as on a command line. */
function optionsOf(inputs: Inputs, fallback: string): string {
  const words =
    typeof inputs["options"] === "string" ? inputs["options"].trim().split(/\s+/) : listOf(inputs["options"]);
  return words.length === 0 ? fallback : words.map(quote).join(" ");
}

/** A list of text; one text may hold several lines. */
function listOf(value: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : typeof value === "string" ? value.split("\n") : [];
  return items.flatMap((item) => (typeof item === "string" && item.trim() !== "" ? [item.trim()] : []));
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** One word of a shell. Source: POSIX.1-2017, XCU 2.2.2. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
