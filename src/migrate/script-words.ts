// SPDX-License-Identifier: Apache-2.0
import { fromWords } from "./run-commands.js";
import { readShell, type ShellCommand, type ShellWord } from "../formats/shell.js";
import { expandVariables, type Variables } from "./variables.js";

/** A script that starts one program, as that program's words. */
export interface StartWords {
  readonly argv: readonly string[];
  /** Variables that the script sets for it. */
  readonly env: readonly (readonly [name: string, value: string])[];
  /** Folder that the script changes to first. */
  readonly folder?: string;
  /** Variables whose values were put in. */
  readonly fixed: readonly string[];
}

/** What only prepares a shell. */
const PREPARATIONS = new Set(["set", ":", "true", "umask", "echo"]);

/**
 * The words of the one program that a script starts, with what `variables` say put in; a text when it takes a shell, saying why.
 */
export function wordsOfScript(script: string, variables: Variables): StartWords | string {
  const shell = readShell(script);
  if (!shell.isValid) return "its command cannot be read";
  let folder: string | undefined;
  let env: readonly (readonly [string, string])[] = [];
  const programs: ShellCommand[] = [];
  for (const command of shell.commands) {
    const program = command.words[0]?.value ?? "";
    if (!command.isPlain) return "its command has pipes, branches or several programs";
    if (program === "cd" && command.words[1]?.value !== undefined) folder = command.words[1].value;
    else if (program === "export") env = [...env, ...exported(command.words.slice(1))];
    else if (program === "" && command.words.length === 0) env = [...env, ...command.assignments];
    else if (!PREPARATIONS.has(program)) programs.push(command);
  }
  const [only, another] = programs;
  if (only === undefined) return "its command starts no program";
  if (another !== undefined) return "its command starts several programs one after the other";
  if (only.hasRedirects) return "its command redirects what it reads or writes";
  const words = withValues(only.words, variables);
  if (typeof words === "string") return words;
  const { argv, assigned } = withoutStarters(words.argv);
  return {
    argv,
    env: [...env, ...only.assignments, ...assigned],
    fixed: words.fixed,
    ...(folder === undefined ? {} : { folder }),
  };
}

function exported(words: readonly ShellWord[]): readonly (readonly [string, string])[] {
  return words.flatMap(({ value }): (readonly [string, string])[] => {
    const at = value?.indexOf("=") ?? -1;
    return value === undefined || at === -1 ? [] : [[value.slice(0, at), value.slice(at + 1)]];
  });
}

interface Filled {
  readonly argv: readonly string[];
  readonly fixed: readonly string[];
}

function withValues(words: readonly ShellWord[], variables: Variables): Filled | string {
  const argv: string[] = [];
  const fixed: string[] = [];
  for (const { text, value } of words) {
    if (value !== undefined) argv.push(value);
    else {
      const plain = text.replace(/^"(.*)"$/s, "$1");
      const names = [...plain.matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)/g)].map(([, name = ""]) => name);
      // Options of the Java machine, which it also takes from JAVA_TOOL_OPTIONS
      if (names.length === 1 && OPTIONS.test(names[0] ?? "") && /^\$\{?\w+(?::?-[^}]*)?\}?$/.test(plain)) {
        fixed.push(names[0] as string);
        argv.push(...(expandVariables(plain, variables) ?? "").split(/\s+/).filter((word) => word !== ""));
        continue;
      }
      const filled = /[`*?[\]]|\$\(|\$[@*#?!0-9]/.test(plain) ? undefined : expandVariables(plain, variables);
      if (filled === undefined) return `${text} is only known when it runs`;
      fixed.push(...names);
      argv.push(filled);
    }
  }
  return { argv, fixed };
}

/** Variables that hold options, and are empty unless somebody sets them. */
const OPTIONS =
  /^(?:JAVA|JVM|CATALINA|NODE|GUNICORN|UVICORN|PUMA)_?(?:OPTS|OPTIONS|ARGS|CMD_ARGS)$|^[A-Z_]*(?:OPTS|OPTIONS)$/;

/** Takes off exec, env and the like. */
function withoutStarters(argv: readonly string[]): {
  readonly argv: readonly string[];
  readonly assigned: readonly (readonly [string, string])[];
} {
  const [command] = fromWords(argv).commands;
  const first = argv[0] ?? "";
  if (command === undefined || !/^(?:exec|env|command|\/usr\/bin\/env)$/.test(first)) return { argv, assigned: [] };
  const at = argv.length - command.texts.length - 1;
  return { argv: argv.slice(at), assigned: command.assignments };
}
