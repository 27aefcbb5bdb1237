// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { DockerfileFault } from "./fault.js";
import { wordsOf } from "./grammar.js";
import { parseDockerfile } from "./parse.js";

function faultOf(text: string): { code: string; line: number; problem: string } | undefined {
  try {
    parseDockerfile(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof DockerfileFault)) throw error;
    return { code: error.code, line: error.line, problem: error.problem };
  }
}

describe("instructions", () => {
  it("have their place, and their text without continuations and comments", () => {
    const text =
      "# syntax=docker/dockerfile:1\nFROM a\n\nRUN apt-get update && \\\n  # why\n\n  apt-get install -y \\\n    curl\n";
    const { instructions, directives } = parseDockerfile(text);
    const run = instructions[1];
    expect(directives.get("syntax")).toBe("docker/dockerfile:1");
    expect(run).toMatchObject({ keyword: "RUN", line: 4, endLine: 8 });
    expect(run?.args).toBe("apt-get update &&   apt-get install -y     curl");
    expect(run?.source).toBe(text.slice(text.indexOf("RUN"), -1));
    const at = run?.argOffsets[run.args.indexOf("curl")] ?? 0;
    expect(text.slice(at, at + 4)).toBe("curl");
  });

  it("have flags, lists and pairs", () => {
    const { instructions } = parseDockerfile(
      'FROM --platform=linux/amd64 a AS b\nCOPY --from=b --chown="1:1" --link ["x y", "/z"]\nENV A=1 B="two words" C=\'3\'\nENV OLD form of it\nARG D=4 E\nCMD ["n", "a\\u0062"]\nENTRYPOINT [not, json]\n',
    );
    const [from, copy, env, old, arg, cmd, entrypoint] = instructions;
    expect(from?.flags).toEqual([["platform", "linux/amd64"]]);
    expect(copy?.flags).toEqual([
      ["from", "b"],
      ["chown", "1:1"],
      ["link", ""],
    ]);
    expect(copy?.json).toEqual(["x y", "/z"]);
    expect(env?.pairs).toEqual([
      ["A", "1"],
      ["B", "two words"],
      ["C", "3"],
    ]);
    expect(old?.pairs).toEqual([["OLD", "form of it"]]);
    expect(arg?.pairs).toEqual([
      ["D", "4"],
      ["E", undefined],
    ]);
    expect(cmd?.json).toEqual(["n", "ab"]);
    expect(entrypoint?.json).toBeUndefined();
    expect(wordsOf(entrypoint ?? { args: "" })).toEqual(["[not,", "json]"]);
  });

  it("have heredocs, which are no instructions", () => {
    const { instructions } = parseDockerfile(
      "FROM a\nRUN <<EOF bash\nFROM b\nEOF\nCOPY <<\"x y\" <<-Z /c/\n$A\nx y\n\tlast\n\tZ\nONBUILD RUN <<E\nhi\nE\nRUN echo '<<NOT'\n",
    );
    expect(instructions.map(({ keyword }) => keyword)).toEqual(["FROM", "RUN", "COPY", "ONBUILD", "RUN"]);
    expect(instructions[1]?.heredocs).toMatchObject([{ name: "EOF", content: "FROM b\n", isExpanded: true }]);
    expect(instructions[2]?.heredocs).toMatchObject([
      { name: "x y", content: "$A\n", isExpanded: false, isChomped: false },
      { name: "Z", content: "\tlast\n", isExpanded: true, isChomped: true },
    ]);
    expect(instructions[3]?.trigger).toMatchObject({ keyword: "RUN", args: "<<E" });
    expect(instructions[4]?.heredocs).toEqual([]);
  });

  it("may be continued by a backtick, end lines as Windows does, and begin behind a byte-order mark", () => {
    const { escape, instructions } = parseDockerfile("\uFEFF# escape=`\r\nFROM a\r\nRUN dir `\r\n  C:\\\r\nCMD b");
    expect(escape).toBe("`");
    expect(instructions.map(({ keyword, endLine }) => [keyword, endLine])).toEqual([
      ["FROM", 2],
      ["RUN", 4],
      ["CMD", 5],
    ]);
    expect(instructions[1]?.args).toBe("dir   C:\\");
  });
});

describe("what BuildKit refuses", () => {
  it.each([
    ["nothing", "", 1, "there is no instruction"],
    ["comments only", "# a\n\n# b\n", 1, "there is no instruction"],
    ["a continuation of nothing", "\\\n\\\n", 1, "there is no instruction"],
    ["no FROM", "ARG A\n", 1, "there is no FROM"],
    ["something before FROM", "RUN a\nFROM b\n", 1, "there is no FROM before RUN"],
    ["an unknown instruction", "FROM a\nRUNN b\n", 2, "there is no instruction RUNN"],
    [
      "an unknown instruction behind a missing continuation",
      "FROM a\nRUN b &&\n  c d\n",
      3,
      "there is no instruction C",
    ],
    ["FROM without an image", "FROM\n", 1, "FROM needs an argument"],
    ["FROM with two images", "FROM a b\n", 1, /^FROM is written/],
    ["FROM with too much", "FROM a AS b c\n", 1, /^FROM has more than 3/],
    ["a stage named as nothing is", "FROM a AS -b\n", 1, /^FROM is written/],
    ["a heredoc without an end", "FROM a\nRUN <<EOF\nb\n", 2, "the heredoc EOF has no end"],
    ["a heredoc whose end is indented", "FROM a\nRUN <<EOF\nb\n EOF\n", 2, "the heredoc EOF has no end"],
    ["a flag that is none", "FROM a\nCOPY --form=b c d\n", 2, "COPY has no flag --form"],
    ["a flag where none is", "FROM a\nCMD --help\n", 2, "CMD has no flag --help"],
    ["a flag without a value", "FROM a\nCOPY --chown b c\n", 2, "--chown of COPY needs a value"],
    ["COPY without a target", "FROM a\nCOPY b\n", 2, "COPY needs 2 arguments"],
    ["a list of numbers", "FROM a\nCMD [1, 2]\n", 2, "the list of CMD holds something else than strings"],
    ["SHELL without a list", "FROM a\nSHELL bash\n", 2, "SHELL needs a list of strings"],
    ["ENV without a value", "FROM a\nENV B\n", 2, "ENV needs name=value"],
    ["ENV with a pair and a word", "FROM a\nENV B=1 C\n", 2, "ENV needs name=value"],
    ["LABEL without a value", "FROM a\nLABEL b\n", 2, "LABEL needs name=value"],
    ["HEALTHCHECK of something else", "FROM a\nHEALTHCHECK curl b\n", 2, /^HEALTHCHECK is followed/],
    ["HEALTHCHECK without a command", "FROM a\nHEALTHCHECK CMD\n", 2, /^HEALTHCHECK is followed/],
    ["ONBUILD of ONBUILD", "FROM a\nONBUILD ONBUILD RUN b\n", 2, "ONBUILD cannot keep ONBUILD for later"],
    ["ONBUILD of FROM", "FROM a\nONBUILD FROM b\n", 2, "ONBUILD cannot keep FROM for later"],
    ["ONBUILD of nothing that is", "FROM a\nONBUILD JUMP\n", 2, "there is no instruction JUMP"],
    ["an escape that is none", "# escape=x\nFROM a\n", 1, /^the directive escape is "x"/],
    ["a directive twice", "# escape=`\n# escape=`\nFROM a\n", 2, "the directive escape is there twice"],
    ["a NUL character", "FROM a\nRUN b\0\n", 2, "a NUL character: not a text file"],
    ["a flag that is there twice", "FROM a\nCOPY --from=b --from=c d e\n", 2, /^--from is there twice/],
    ["an ARG without a name", "FROM a\nARG b = c\n", 2, /^ARG needs a name/],
    ["a quote in a flag that is not closed", 'FROM a\nCOPY --chown="b c d\n', 2, /^a quote in the flags of COPY/],
    [
      "a duration that is none",
      "FROM a\nHEALTHCHECK --timeout=5 CMD b\n",
      2,
      /^--timeout of HEALTHCHECK cannot be "5"/,
    ],
    ["too short a duration", "FROM a\nHEALTHCHECK --interval=9us CMD b\n", 2, /^--interval of HEALTHCHECK cannot/],
    ["tries below none", "FROM a\nHEALTHCHECK --retries=-1 CMD b\n", 2, /^--retries of HEALTHCHECK cannot/],
    ["flags without end", `FROM a\nCOPY ${"-- ".repeat(300)}b c\n`, 2, /^there are more than 256 flags/],
    ["a quarter of a megabyte and more", `FROM a\n${"#".repeat(270_000)}`, 1, /^the file has more than/],
    ["names of JavaScript's objects", "FROM a\nconstructor b\n", 2, "there is no instruction CONSTRUCTOR"],
    ["binary data", "\u0001\u0002\uFFFD\n", 1, /^there is no (?:FROM|instruction)/],
  ])("%s", (_summary, text, line, problem) => {
    const fault = faultOf(text);
    expect(fault).toMatchObject({ code: "DOCKERFILE_INVALID", line });
    expect(fault?.problem).toMatch(problem);
  });

  it("is told apart from what readers do not agree about", () => {
    expect(faultOf("FROM a\nENV B C:\\\\\nENV D e\n")).toMatchObject({ code: "DOCKERFILE_AMBIGUOUS", line: 3 });
  });

  it("is found in ten thousand lines", () => {
    const run = `RUN ${Array.from({ length: 100 }, (_line, index) => `echo ${index}`).join(" && \\\n  ")}\n`;
    const text = `FROM a\n${run.repeat(100)}`;
    expect(faultOf(text)).toBeUndefined();
    expect(faultOf(`${text}END\n`)).toMatchObject({ line: 10_002, problem: "there is no instruction END" });
  });

  it("may be how many instructions there are", () => {
    expect(faultOf(`FROM a\n${"RUN b\n".repeat(1_999)}`)).toBeUndefined();
    expect(faultOf(`FROM a\n${"RUN b\n".repeat(2_000)}`)).toMatchObject({ line: 2_001 });
  });
});
