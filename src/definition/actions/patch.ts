// SPDX-License-Identifier: Apache-2.0
import type { Action, InputValues } from "./action.js";
import { enter, quote } from "./shell.js";

const PATCHES = {
  inputs: { patch: "list", patches: "list", options: "list", dir: "text" },
  needs: [["patch", "patches"]],
} as const;

/** Changes of files by the programs `patch`, `git` and `strip` of the stage. */
export const PATCH_ACTIONS: Readonly<Record<string, Action>> = {
  "patch@v1": {
    ...PATCHES,
    plan: (inputs) => ({ kind: "run", script: patchScript(inputs, `patch ${optionsOf(inputs, "-p1")} -i`) }),
  },
  "git/patch@v1": {
    ...PATCHES,
    plan: (inputs) => ({ kind: "run", script: patchScript(inputs, `git apply ${optionsOf(inputs, "")}`) }),
  },
  "git/checkout@v1": {
    inputs: { "expected-commit": "text", dir: "text" },
    needs: [["expected-commit"]],
    plan: (inputs) => {
      const commit = quote(inputs.text("expected-commit") ?? "");
      return { kind: "run", script: `${enter(inputs.text("dir"))}test "$(git rev-parse HEAD)" = ${commit}\n` };
    },
  },
  "strip@v1": {
    inputs: { dir: "text" },
    plan: (inputs) => {
      const folder = quote(inputs.text("dir") ?? "/target");
      // What is no program or library stays as it is.
      const strip = `sh -c 'for f; do strip --strip-unneeded "$f" 2>/dev/null || :; done' sh`;
      return { kind: "run", script: `find ${folder} -type f -exec ${strip} {} +\n` };
    },
  },
};

function patchScript(inputs: InputValues, command: string): string {
  const patches = [...inputs.list("patch"), ...inputs.list("patches")];
  return `${enter(inputs.text("dir"))}${patches.map((patch) => `${command} ${quote(patch)}\n`).join("")}`;
}

/** Options are words, as on a command line. */
function optionsOf(inputs: InputValues, fallback: string): string {
  const words = inputs.list("options").flatMap((item) => (inputs.isList("options") ? [item] : item.split(/\s+/)));
  return words.length === 0 ? fallback : words.map(quote).join(" ");
}
