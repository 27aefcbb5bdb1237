// SPDX-License-Identifier: Apache-2.0
import { readPackageCommand, type PackageCommand } from "./package-commands.js";
import type { Run, RunCommand } from "./run-commands.js";

/** What a command of a RUN instruction is for. */
export type Effect =
  | { readonly kind: "packages"; readonly command: RunCommand; readonly packages: PackageCommand }
  /** Tidies up, says something, or sets the shell up: leaves nothing that runs. */
  | { readonly kind: "nothing"; readonly command: RunCommand }
  | { readonly kind: "account"; readonly command: RunCommand }
  /** Changes owners: `owner` is as written, `paths` absent when they are not known. */
  | { readonly kind: "owner"; readonly command: RunCommand; readonly paths: readonly string[] }
  | { readonly kind: "folder"; readonly command: RunCommand; readonly paths: readonly string[] }
  | { readonly kind: "work"; readonly command: RunCommand };

const ACCOUNT = new Set([
  "useradd",
  "adduser",
  "groupadd",
  "addgroup",
  "usermod",
  "groupmod",
  "passwd",
  "chpasswd",
  "deluser",
  "userdel",
  "delgroup",
  "groupdel",
  "visudo",
]);
const SAYING = new Set([
  "echo",
  "true",
  ":",
  "set",
  "printf",
  "sleep",
  "date",
  "ls",
  "pwd",
  "id",
  "whoami",
  "which",
  "ldconfig",
  "export",
  "exit",
  "test",
  "[",
  "hash",
  "sync",
  "wait",
  "umask",
]);
/** Folders whose content nobody runs. */
const REFUSE =
  /^(?:\/var\/lib\/apt\/lists|\/var\/cache|\/var\/tmp|\/tmp|\/root\/\.|~\/\.|\$HOME\/\.|\/usr\/share\/(?:man|doc|locale|info)|\/var\/log|\/var\/lib\/dpkg|\/var\/lib\/dnf|\/usr\/local\/share\/\.cache)/;

/** What a RUN instruction does, command by command. */
export function effectsOf(run: Run): readonly Effect[] {
  return run.commands.map(effectOf);
}

function effectOf(command: RunCommand): Effect {
  const packages = readPackageCommand(command);
  if (packages !== undefined) return { kind: "packages", command, packages };
  const { program, texts } = command;
  if (ACCOUNT.has(program)) return { kind: "account", command };
  if (program === "chown" || program === "chgrp") return { kind: "owner", command, paths: operands(texts).slice(1) };
  if (program === "mkdir") return { kind: "folder", command, paths: operands(texts, ["-m", "--mode"]) };
  if (program === "install" && texts.some((text) => /^-[a-z]*d/.test(text)))
    return { kind: "folder", command, paths: operands(texts, ["-m", "-o", "-g"]) };
  if (isNothing(command)) return { kind: "nothing", command };
  return { kind: "work", command };
}

function isNothing({ program, texts, isPlain, hasRedirects }: RunCommand): boolean {
  if (hasRedirects && program !== "rm") return false;
  if (program === "" && texts.length === 0) return true;
  if ((program === "echo" || program === "printf") && !isPlain) return false;
  if (SAYING.has(program)) return true;
  if (program === "rm") return operands(texts).every((path) => REFUSE.test(path));
  if (program === "find") return texts.includes("-delete") && REFUSE.test(texts[0] ?? "");
  const verbs = texts.filter((text) => !text.startsWith("-")).join(" ");
  if (["npm", "yarn", "pnpm", "pip", "pip3"].includes(program))
    return /^cache (?:clean|purge)|^store prune/.test(verbs);
  return program === "corepack" && verbs === "";
}

/** Arguments that are no options. */
function operands(texts: readonly string[], valued: readonly string[] = []): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < texts.length; at += 1) {
    const text = texts[at] ?? "";
    if (valued.includes(text)) at += 1;
    else if (!text.startsWith("-")) found.push(text.replace(/^(["'])(.*)\1$/, "$2"));
  }
  return found;
}
