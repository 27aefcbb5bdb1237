// SPDX-License-Identifier: Apache-2.0
import { compareText } from "../../formats/canonical-json.js";
import type { AlternativeLink, GeneratedEntry, PackageFacts } from "../contract.js";
import { readScriptLines } from "./script-lines.js";

const ADMIN_FOLDER = "var/lib/dpkg/alternatives";
const OPTIONS_WITH_VALUE = new Set(["--altdir", "--admindir", "--instdir", "--root", "--log"]);

/**
 * The links that a maintainer script registers with `update-alternatives --install` commands whose words are plain, or can be known
 * without running the script. Other commands are passed over. Source: update-alternatives(1).
 */
export function parseAlternatives(script: string): readonly AlternativeLink[] {
  const links: AlternativeLink[] = [];
  for (const command of commandsOf(script)) {
    const link = parseCommand(command);
    if (link !== undefined) links.push(link);
  }
  return links;
}

/**
 * What update-alternatives(1) knows of each group: links, choices, priorities; without it an upgrade or a removal would take the
 * links away. Choices that do not exist are left out, as it does itself. Source: dpkg 1.22, utils/update-alternatives.c
 * (alternative_save).
 */
export function formatAlternatives(
  packages: readonly Pick<PackageFacts, "alternatives">[],
  exists: (path: string) => boolean,
): readonly GeneratedEntry[] {
  const groups = new Map<string, AlternativeLink[]>();
  for (const choice of packages.flatMap((facts) => facts.alternatives))
    if (exists(choice.path)) groups.set(choice.name, [...(groups.get(choice.name) ?? []), choice]);
  return [...groups]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([name, choices]) => ({
      kind: "file",
      path: `${ADMIN_FOLDER}/${name}`,
      mode: 0o644,
      content: formatGroup(choices.toSorted((a, b) => compareText(a.path, b.path))),
    }));
}

function formatGroup(choices: readonly AlternativeLink[]): string {
  const [best] = choices.toSorted((a, b) => b.priority - a.priority);
  const slaves = new Map(choices.flatMap((choice) => choice.slaves).map(({ name, link }) => [name, link]));
  const names = [...slaves.keys()].toSorted(compareText);
  const lines = [
    "auto",
    `/${best?.link ?? ""}`,
    ...names.flatMap((name) => [name, `/${slaves.get(name) ?? ""}`]),
    "",
    ...choices.flatMap((choice) => [
      choice.path,
      String(choice.priority),
      ...names.map((name) => choice.slaves.find((slave) => slave.name === name)?.path ?? ""),
    ]),
    "",
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** Words of each command that calls update-alternatives. */
function commandsOf(script: string): readonly (readonly string[])[] {
  return readScriptLines(script).flatMap((line) => {
    const at = line.search(/(?:^|[\s;&|({])update-alternatives\s/);
    if (at === -1 || line.trimStart().startsWith("#")) return [];
    const command = line.slice(at).split(/[;&|>)}]|\d>/, 1)[0] ?? "";
    // The separator before the command may itself be one of the characters that end it.
    const text = command.trim() === "" ? (line.slice(at + 1).split(/[;&|>)}]|\d>/, 1)[0] ?? "") : command;
    const words = text
      .trim()
      .split(/\s+/)
      .map((word) => word.replaceAll(/["']/g, ""));
    return [words.slice(words.indexOf("update-alternatives") + 1)];
  });
}

function parseCommand(words: readonly string[]): AlternativeLink | undefined {
  let index = words.indexOf("--install");
  if (index === -1 || words.slice(0, index).some((word) => OPTIONS_WITH_VALUE.has(word))) return undefined;
  const [link, name, path, priority] = words.slice(index + 1, index + 5);
  if (![link, name, path].every(isLiteral) || !/^-?[0-9]+$/.test(priority ?? "")) return undefined;
  const slaves: { name: string; link: string; path: string }[] = [];
  for (index += 5; index < words.length; index += 1) {
    if (words[index] !== "--slave") continue;
    const [slaveLink, slaveName, slavePath] = words.slice(index + 1, index + 4);
    if ([slaveLink, slaveName, slavePath].every(isLiteral))
      slaves.push({ name: slaveName ?? "", link: withoutSlash(slaveLink ?? ""), path: slavePath ?? "" });
  }
  return { name: name ?? "", link: withoutSlash(link ?? ""), path: path ?? "", priority: Number(priority), slaves };
}

function isLiteral(word: string | undefined): boolean {
  return (
    word !== undefined &&
    word !== "" &&
    !/[$`*\\]/.test(word) &&
    !word.startsWith("-") &&
    !word.split("/").includes("..")
  );
}

function withoutSlash(path: string): string {
  return path.replace(/^\/+/, "");
}
