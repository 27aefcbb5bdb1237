// SPDX-License-Identifier: Apache-2.0

/** More lines than any real script has once its loops are written out. */
const MAX_LINES = 10_000;
/** Real lines have a few hundred characters, joined ones included, and real scripts few variables. */
const MAX_LINE_LENGTH = 4_000;
const MAX_CONSTANTS = 100;
const ASSIGNMENT = /^([A-Za-z_]\w*)=(["']?)([^\s"'$`\\;&|()<>]*)\2$/;
/** Words in quotes, which a loop goes through. */
const LIST = /^([A-Za-z_]\w*)=(["'])([^"'$`\\;&|()<>*?[\]]*)\2$/;
const FOR = /^\s*for\s+([A-Za-z_]\w*)\s+in\s+([^\s;$`*?[\]"'\\][^;$`*?[\]"'\\]*)(?:;\s*do)?$/;
const LOOP = /^\s*(?:for|while|until)\s/;
const DONE = /^\s*done\b/;

/**
 * The lines of a shell script with what can be known of it without running it: lines that go on are joined, `for` loops over plain
 * words, or over a variable of plain words, are written out, and variables that the script sets once, at its top level, to a plain
 * word are filled in. Whatever else there is stays as it is. Nothing is run. Source: POSIX.1-2024, Shell Command Language, 2.9.4.2.
 */
export function readScriptLines(script: string): readonly string[] {
  const lines = script.replaceAll(/\\\n/g, " ").split("\n");
  const lists = constantsOf(lines, LIST);
  const unrolled = lines.map((line) =>
    LOOP.test(line) && line.length <= MAX_LINE_LENGTH ? fillIn(line, lists) : line,
  );
  return [...expand(unrolled, constantsOf(lines, ASSIGNMENT), { left: MAX_LINES })];
}

/** Variables that have one value in the whole script. */
function constantsOf(lines: readonly string[], form: RegExp): ReadonlyMap<string, string> {
  const constants = new Map<string, string>();
  const isSetOnce = (name: string): boolean => {
    const setting = new RegExp(
      `(?:^|[\\s;&|({])(?:${name}=|(?:read|for|local|export)\\s(?:.*\\s)?${name}(?:[\\s;=]|$))`,
    );
    // OpenJDK's scripts lower the priority by one where the package is not of the system's own architecture; here it is.
    const isLowered = (line: string): boolean => line.trim() === `${name}=$(expr $${name} - 1)`;
    return lines.filter((line) => setting.test(line) && !isLowered(line)).length === 1;
  };
  for (const [, name, , value] of lines.flatMap((line) => matchOf(form, line)).slice(0, MAX_CONSTANTS)) {
    if (name !== undefined && value !== undefined && isSetOnce(name)) constants.set(name, value);
  }
  return constants;
}

function matchOf(pattern: RegExp, line: string): readonly (readonly string[])[] {
  const match = line.length > MAX_LINE_LENGTH ? null : pattern.exec(line);
  return match === null ? [] : [match];
}

function* expand(
  lines: readonly string[],
  values: ReadonlyMap<string, string>,
  budget: { left: number },
): Generator<string> {
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const [, name, words] = matchOf(FOR, line)[0] ?? [];
    const end = name === undefined ? -1 : endOfLoop(lines, index);
    if (name === undefined || words === undefined || end === -1) {
      if ((budget.left -= 1) < 0) return;
      yield fillIn(line, values);
      continue;
    }
    const body = lines.slice(index + 1, end);
    for (const word of words.trimEnd().split(/\s+/)) {
      if ((budget.left -= 1) < 0) return;
      yield* expand(body, new Map([...values, [name, word]]), budget);
    }
    index = end;
  }
}

/** The line with the `done` of the loop that starts at `start`. */
function endOfLoop(lines: readonly string[], start: number): number {
  let depth = 0;
  for (let index = start; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (LOOP.test(line) && !/[;\s]done\b/.test(line)) depth += 1;
    if (DONE.test(line) && (depth -= 1) === 0) return index;
  }
  return -1;
}

function fillIn(line: string, values: ReadonlyMap<string, string>): string {
  return line.replaceAll(/\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/g, (text, plain: string, braced: string) => {
    return values.get(plain ?? braced) ?? text;
  });
}
