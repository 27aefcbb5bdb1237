// SPDX-License-Identifier: Apache-2.0
import type { ActionStep, InputValues } from "./action.js";
import { parseExpansions, quote, type Piece } from "./shell.js";

/**
 * Lines that put the linker's flags into `$ldflags`, one text that Go splits at blanks, except in `'…'` and `"…"` where these
 * begin a flag. Source: go help build, "-ldflags". What a shell expands must not add flags by itself, so the script ends where
 * an expansion gives a blank outside of such quotes, or a quote or line end inside of them.
 */
export function ldflagsScript(inputs: InputValues, step: ActionStep): string {
  const lines = inputs.list("ldflags").map((flag) => {
    const pieces = parseExpansions(flag);
    const script = pieces === undefined ? undefined : flagScript(pieces);
    if (script === undefined)
      step.fault("ldflags", `${JSON.stringify(flag)} has a quote or an expansion without its end`);
    return `ldflags="$ldflags "\n${script ?? ""}`;
  });
  const strip = inputs.flag("strip") === true ? " -s -w" : "";
  return `inside() {
  case $2 in *[$1]*) printf 'ldflags: %s does not stay one flag\\n' "$2" >&2; exit 1 ;; esac
}
ldflags='-buildid=${strip}'
${lines.join("")}`;
}

/** Undefined where a quote of Go is open at the end. */
function flagScript(pieces: readonly Piece[]): string | undefined {
  let state: GoQuotes = { quote: "", isStart: true };
  const lines: string[] = [];
  for (const { kind, text } of pieces) {
    if (kind === "literal") {
      state = afterText(state, text);
      lines.push(`ldflags="$ldflags"${quote(text)}\n`);
      continue;
    }
    // At the start of a flag a quote would be read by Go.
    const forbidden = state.quote === "" ? `[:space:]${state.isStart ? `"'` : ""}` : `${state.quote}\n`;
    lines.push(`v="${text}"\ninside ${quote(forbidden)} "$v"\nldflags="$ldflags$v"\n`);
    state = { ...state, isStart: false };
  }
  return state.quote === "" ? lines.join("") : undefined;
}

interface GoQuotes {
  /** The one that is open, or empty. */
  readonly quote: string;
  /** Whether a flag would begin here. */
  readonly isStart: boolean;
}

function afterText(state: GoQuotes, text: string): GoQuotes {
  let { quote: open, isStart } = state;
  for (const char of text) {
    if (open !== "") open = char === open ? "" : open;
    else if (isStart && (char === "'" || char === '"')) open = char;
    isStart = open === "" && /\s/.test(char);
  }
  return { quote: open, isStart };
}
