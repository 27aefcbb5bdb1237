// SPDX-License-Identifier: Apache-2.0
import type { Instruction } from "../formats/dockerfile/instruction.js";
import { readShell, type ShellCommand } from "../formats/shell.js";

/** A command that a RUN instruction, or a start command, runs. */
export interface RunCommand {
  /** Last part of the program's path; "" when it is not known. */
  readonly program: string;
  /** Arguments; undefined for those that a variable, a pattern or a command decides. */
  readonly args: readonly (string | undefined)[];
  /** The same as written. */
  readonly texts: readonly string[];
  readonly assignments: ShellCommand["assignments"];
  /** It is run in any case: not in a branch, a loop or a pipe. */
  readonly isPlain: boolean;
  readonly hasRedirects: boolean;
  /** Where it stands in the script of its instruction; absent in a list or a quoted script. */
  readonly span?: readonly [start: number, end: number];
}

/** A RUN instruction, read. */
export interface Run {
  readonly instruction: Instruction;
  readonly commands: readonly RunCommand[];
  /** Whether all of it was understood. */
  readonly isReadable: boolean;
  /** The script, where its commands' spans count from, and the offset of each of its characters in the file. */
  readonly script?: { readonly text: string; readonly offsets: readonly number[] };
}

/** Reads what a RUN instruction does. */
export function readRun(instruction: Instruction): Run {
  const { json, args, argOffsets, heredocs } = instruction;
  if (json !== undefined) return { instruction, ...fromWords(json) };
  const first = heredocs[0];
  if (first !== undefined && args.startsWith("<<")) {
    // The heredoc is the script; another interpreter than a shell may be named behind it, or in its first line
    const interpreter = `${args.replace(/^<<-?\s*\S+\s*/, "")} ${/^#!(.*)/.exec(first.content)?.[1] ?? ""}`.trim();
    if (interpreter !== "" && !/\b(?:ba|da|a|k|z)?sh\b/.test(interpreter))
      return {
        instruction,
        commands: [
          {
            program: baseName(interpreter.split(/\s+/)[0] ?? ""),
            args: [],
            texts: [],
            assignments: [],
            isPlain: true,
            hasRedirects: false,
          },
        ],
        isReadable: false,
      };
    const offsets = Array.from(first.content, (_character, index) => first.start + index);
    return { instruction, ...fromScript(first.content), script: { text: first.content, offsets } };
  }
  return { instruction, ...fromScript(args), script: { text: args, offsets: argOffsets } };
}

type Read = Pick<Run, "commands" | "isReadable">;

/** Reads a script of sh or bash. */
export function fromScript(text: string): Read {
  const { commands, isValid } = readShell(text);
  const read = commands.map((command) => {
    const words = command.words.map(({ text: written, value }) => ({ written, value }));
    return unwrap(words, {
      assignments: command.assignments,
      isPlain: command.isPlain,
      hasRedirects: command.hasRedirects,
      span: [command.start, command.end],
    });
  });
  return {
    commands: read.flatMap((each) => each.commands),
    isReadable: isValid && read.every((each) => each.isReadable),
  };
}

/** Reads a command that is a list of words. */
export function fromWords(list: readonly string[]): Read {
  return unwrap(
    list.map((value) => ({ written: value, value })),
    { assignments: [], isPlain: true, hasRedirects: false },
  );
}

type Words = readonly { readonly written: string; readonly value?: string | undefined }[];
type Facts = Pick<RunCommand, "assignments" | "isPlain" | "hasRedirects" | "span">;

/** Takes off what only starts another command: sudo, env, exec, a shell with -c. */
function unwrap(words: Words, facts: Facts): Read {
  const [first, ...rest] = words;
  if (first === undefined) return { commands: [], isReadable: true };
  const program = baseName(first.value ?? "");
  if (["sudo", "exec", "command", "time", "nice", "eatmydata"].includes(program)) {
    const at = rest.findIndex(({ written }) => !written.startsWith("-"));
    if (at !== -1) return unwrap(rest.slice(at), facts);
  }
  if (program === "env") {
    const at = rest.findIndex(({ written }) => !/^-|^[A-Za-z_]\w*=/.test(written));
    const set = rest.slice(0, Math.max(at, 0)).flatMap(({ value }): (readonly [string, string])[] => {
      const [, name, content] = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(value ?? "") ?? [];
      return name === undefined ? [] : [[name, content ?? ""]];
    });
    if (at !== -1) return unwrap(rest.slice(at), { ...facts, assignments: [...facts.assignments, ...set] });
  }
  if (/^(?:ba|da|a|k|z)?sh$/.test(program)) {
    const at = rest.findIndex(({ written }) => /^-[a-z]*c[a-z]*$/.test(written));
    const script = at === -1 ? undefined : rest[at + 1]?.value;
    if (script !== undefined) return withoutSpans(fromScript(script), facts.isPlain);
  }
  const args = rest.map(({ value }) => value);
  const texts = rest.map(({ written }) => written);
  return { commands: [{ program, args, texts, ...facts }], isReadable: program !== "" };
}

function withoutSpans({ commands, isReadable }: Read, isPlain: boolean): Read {
  const inner = commands.map(({ span: _span, ...command }) => ({ ...command, isPlain: command.isPlain && isPlain }));
  return { commands: inner, isReadable };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
