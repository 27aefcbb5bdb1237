// SPDX-License-Identifier: Apache-2.0
import { parse, type Command, type SyntaxNode, type Word } from "unbash";

/** A word of a shell command. */
export interface ShellWord {
  /** As written. */
  readonly text: string;
  /** What it says when nothing has to be expanded; absent when a variable, a pattern or a command is in it. */
  readonly value?: string;
}

/** A command of one program, wherever it stands in a script. */
export interface ShellCommand {
  /** Variables set for this command alone. */
  readonly assignments: readonly (readonly [name: string, value: string])[];
  /** The program and its arguments. */
  readonly words: readonly ShellWord[];
  /** Offsets in the script: of the first assignment or word, and behind the last word or redirection. */
  readonly start: number;
  readonly end: number;
  /** It is run in any case, after the one before it went well: not in a branch, a loop, a pipe or behind `||`. */
  readonly isPlain: boolean;
  readonly hasRedirects: boolean;
}

/** Every simple command of a script in the order in which they are written, those in branches and loops included. */
export interface ShellScript {
  readonly text: string;
  readonly commands: readonly ShellCommand[];
  /** Commands joined by && or ; and nothing else. */
  readonly isPlain: boolean;
  readonly isValid: boolean;
}

/** Reads a script of sh or bash. Never throws: what cannot be read has `isValid` false. */
export function readShell(text: string): ShellScript {
  let script;
  try {
    script = parse(text);
  } catch {
    return { text, commands: [], isPlain: false, isValid: false };
  }
  const commands: ShellCommand[] = [];
  collect(script, { isPlain: true, commands });
  const isPlain = commands.every((command) => command.isPlain);
  return { text, commands, isPlain, isValid: (script.errors?.length ?? 0) === 0 };
}

interface Walk {
  readonly isPlain: boolean;
  readonly commands: ShellCommand[];
}

/** Walks statements only: commands inside of words, as in $(…), are a part of their command. */
function collect(node: SyntaxNode, walk: Walk): void {
  switch (node.type) {
    case "Script":
    case "CompoundList":
      for (const statement of node.commands) collect(statement, walk);
      break;
    case "Statement":
      collect(node.command, { ...walk, isPlain: walk.isPlain && node.background !== true });
      break;
    case "AndOr": {
      const isPlain = walk.isPlain && node.operators.every((operator) => operator === "&&");
      for (const command of node.commands) collect(command, { ...walk, isPlain });
      break;
    }
    case "Command":
      walk.commands.push(toCommand(node, walk.isPlain));
      break;
    default:
      collectInside(node, { ...walk, isPlain: false });
  }
}

function collectInside(node: SyntaxNode, walk: Walk): void {
  switch (node.type) {
    case "Pipeline":
      for (const command of node.commands) collect(command, walk);
      break;
    case "Redirected":
      collect(node.command, walk);
      break;
    case "If":
      for (const part of [node.clause, node.then, ...node.elif, node.else]) if (part !== undefined) collect(part, walk);
      break;
    case "Elif":
      collect(node.clause, walk);
      collect(node.then, walk);
      break;
    case "While":
      collect(node.clause, walk);
      collect(node.body, walk);
      break;
    case "Case":
      for (const item of node.items) collect(item.body, walk);
      break;
    case "For":
    case "Select":
    case "Subshell":
    case "BraceGroup":
    case "Function":
    case "Coproc":
    case "ArithmeticFor":
      collect(node.body, walk);
      break;
    default:
      break;
  }
}

function toCommand(command: Command, isPlain: boolean): ShellCommand {
  const assignments = command.prefix.flatMap((part): (readonly [string, string])[] =>
    part.type === "Assignment" && part.value.type === "Word" ? [[part.name, part.value.value]] : [],
  );
  const words = [command.name, ...command.args].flatMap((word): ShellWord[] => {
    if (word === undefined) return [];
    return [word.type === "Word" ? toWord(word) : { text: word.text, value: word.text }];
  });
  const { pos: start, end } = command;
  return { assignments, words, start, end, isPlain, hasRedirects: command.redirects.length > 0 };
}

const FIXED = new Set(["Literal", "SingleQuoted", "AnsiCQuoted"]);

function toWord(word: Word): ShellWord {
  const isFixed = (word.parts ?? []).every(
    (part) =>
      FIXED.has(part.type) || (part.type === "DoubleQuoted" && part.parts.every((inner) => inner.type === "Literal")),
  );
  return { text: word.text, ...(isFixed ? { value: word.value } : {}) };
}
