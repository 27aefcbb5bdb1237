// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { readScriptLines } from "./script-lines.js";

const cases = [
  { summary: "lines that go on are joined", script: "a \\\n  b\nc", expected: ["a    b", "c"] },
  {
    summary: "a loop over plain words is written out",
    script: "for x in a b; do\n  run $x ${x}.1\ndone\nend",
    expected: ["  run a a.1", "  run b b.1", "end"],
  },
  {
    summary: "its do may stand on a line of its own",
    script: "for x in a\ndo\n run $x\ndone",
    expected: ["do", " run a"],
  },
  {
    summary: "loops may stand in loops",
    script: "for x in a b; do\nfor y in c d; do\n$x$y\ndone\ndone",
    expected: ["ac", "ad", "bc", "bd"],
  },
  {
    summary: "a loop over a variable of words is written out",
    script: "all='a b'\nfor x in $all; do\n  run $x\ndone",
    expected: ["all='a b'", "  run a", "  run b"],
  },
  {
    summary: "a loop over a variable that is set twice is not",
    script: "all='a b'\nall=c\nfor x in $all; do\n  run $x\ndone",
    expected: ["all='a b'", "all=c", "for x in $all; do", "  run $x", "done"],
  },
  {
    summary: "a loop over words of which one is a pattern is not",
    script: "all='a *'\nfor x in $all; do\n  run $x\ndone",
    expected: ["all='a *'", "for x in $all; do", "  run $x", "done"],
  },
  {
    summary: "a priority that is lowered for foreign architectures stays what it is",
    script: "p=2111\nif foreign; then\n  p=$(expr $p - 1)\nfi\nrun $p",
    expected: ["p=2111", "if foreign; then", "  p=$(expr 2111 - 1)", "fi", "run 2111"],
  },
  {
    summary: "a variable that is set once is filled in",
    script: "v=1.16\nrun x-$v",
    expected: ["v=1.16", "run x-1.16"],
  },
  { summary: "quotes around its value are none of it", script: 'v="a"\n$v', expected: ['v="a"', "a"] },
  { summary: "a variable that is set twice is not known", script: "v=1\nv=2\n$v", expected: ["v=1", "v=2", "$v"] },
  {
    summary: "a variable that something else sets as well is not known",
    script: "v=1\nif x; then v=$(y); fi\n$v",
    expected: ["v=1", "if x; then v=$(y); fi", "$v"],
  },
  {
    summary: "a variable that is read is not known",
    script: "v=1\nread -r v\n$v",
    expected: ["v=1", "read -r v", "$v"],
  },
  { summary: "a variable that a branch sets is not known", script: "  v=1\n$v", expected: ["  v=1", "$v"] },
  { summary: "what a command prints is not known", script: "v=$(x)\n$v", expected: ["v=$(x)", "$v"] },
  {
    summary: "a loop over what is not known stays",
    script: "for x in $words; do\n $x\ndone",
    expected: ["for x in $words; do", " $x", "done"],
  },
  {
    summary: "a loop over files stays",
    script: "for x in /usr/*; do\n $x\ndone",
    expected: ["for x in /usr/*; do", " $x", "done"],
  },
  { summary: "a loop without an end stays", script: "for x in a b; do\n$x", expected: ["for x in a b; do", "$x"] },
  { summary: "an end without a loop stays", script: "done\ndone", expected: ["done", "done"] },
  { summary: "parameters of the script are not known", script: "$1 ${2} $$ ${x:-y}", expected: ["$1 ${2} $$ ${x:-y}"] },
  { summary: "nothing", script: "", expected: [""] },
];
it.each(cases)("$summary", ({ script, expected }) => {
  expect(readScriptLines(script)).toEqual(expected);
});

it("loops that would never end are cut off", () => {
  const open = "for x in a b c d e f g h i j; do\n".repeat(30);
  const lines = readScriptLines(`${open}run\n${"done\n".repeat(30)}`);
  expect(lines.length).toBeLessThanOrEqual(10_000);
});
