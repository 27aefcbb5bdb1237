// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { readShell } from "./shell.js";

function commandsOf(script: string): readonly string[] {
  return readShell(script).commands.map(
    ({ words, isPlain, hasRedirects }) =>
      `${words.map(({ value, text }) => value ?? `<${text}>`).join(" ")}${isPlain ? "" : " (maybe)"}${hasRedirects ? " (redirected)" : ""}`,
  );
}

describe("commands of a script", () => {
  it.each([
    ["one", "node server.js", ["node server.js"]],
    ["several, joined by && and ;", "a && b; c", ["a", "b", "c"]],
    ["one that is run when another fails", "a || b", ["a (maybe)", "b (maybe)"]],
    ["a pipe", "a | b && c", ["a (maybe)", "b (maybe)", "c"]],
    [
      "branches and loops",
      "if a; then b; else c; fi; for x in 1 2; do d; done; case x in y) e;; esac",
      ["a (maybe)", "b (maybe)", "c (maybe)", "d (maybe)", "e (maybe)"],
    ],
    ["groups and functions", "(a); { b; }; f() { c; }", ["a (maybe)", "b (maybe)", "c (maybe)"]],
    ["in the background", "a & b", ["a (maybe)", "b"]],
    ["quotes", `a 'b c' "d e" f\\ g`, ["a b c d e f g"]],
    ["what has to be expanded", 'a $B "${C:-d}" $(e) *.js', ['a <$B> <"${C:-d}"> <$(e)> <*.js>']],
    ["redirections", "a > b 2>&1", ["a (redirected)"]],
    ["a heredoc", "cat <<EOF > b\nx && y\nEOF\nc", ["cat (redirected)", "c"]],
    ["assignments", "A=1 B=2 c", ["c"]],
  ])("%s", (_summary, script, expected) => {
    expect(commandsOf(script)).toEqual(expected);
  });

  it("have their places and their variables", () => {
    const script = "true && A=1 npm ci --omit=dev > log";
    const command = readShell(script).commands[1];
    expect(script.slice(command?.start, command?.end)).toBe("A=1 npm ci --omit=dev > log");
    expect(command?.assignments).toEqual([["A", "1"]]);
  });

  it.each(["if a; then", "a 'b", "a && ", ")", "$((", "case", "`".repeat(1001), "(".repeat(5000), "{ ".repeat(2000)])(
    "of one that is broken are found or not, and it says so: %j",
    (script) => {
      expect(() => readShell(script)).not.toThrow();
      expect(readShell(script).isValid).toBe(false);
    },
  );
});
