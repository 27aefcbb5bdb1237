// SPDX-License-Identifier: Apache-2.0
import type { Manager } from "./mappings.js";
import type { RunCommand } from "./run-commands.js";

/** What a command asks a package manager for. */
export interface PackageCommand {
  readonly manager: Manager;
  readonly action: "install" | "update" | "upgrade" | "remove" | "clean" | "repository";
  /** Names without versions, releases and repositories. */
  readonly packages: readonly string[];
  /** Whether a variable or a command says some of the names, or they are files. */
  readonly hasUnknown: boolean;
}

interface Syntax {
  readonly manager: Manager;
  /** Options that take the next word. */
  readonly valued: ReadonlySet<string>;
  readonly actions: Readonly<Record<string, PackageCommand["action"]>>;
}

const APT: Syntax = {
  manager: "apt",
  valued: new Set([
    "-t",
    "--target-release",
    "--default-release",
    "-o",
    "--option",
    "-c",
    "--config-file",
    "-a",
    "--host-architecture",
  ]),
  actions: {
    install: "install",
    reinstall: "install",
    "build-dep": "install",
    update: "update",
    upgrade: "upgrade",
    "dist-upgrade": "upgrade",
    "full-upgrade": "upgrade",
    remove: "remove",
    purge: "remove",
    autoremove: "remove",
    autopurge: "remove",
    clean: "clean",
    autoclean: "clean",
  },
};
const APK: Syntax = {
  manager: "apk",
  valued: new Set([
    "-X",
    "--repository",
    "-t",
    "--virtual",
    "-p",
    "--root",
    "--keys-dir",
    "--repositories-file",
    "--arch",
    "--cache-dir",
    "--wait",
  ]),
  actions: { add: "install", del: "remove", update: "update", upgrade: "upgrade", cache: "clean", fix: "install" },
};
const DNF: Syntax = {
  manager: "dnf",
  valued: new Set([
    "-c",
    "--config",
    "-d",
    "-e",
    "-R",
    "-x",
    "--exclude",
    "--installroot",
    "--enablerepo",
    "--disablerepo",
    "--repo",
    "--repoid",
    "--releasever",
    "--setopt",
  ]),
  actions: {
    install: "install",
    localinstall: "install",
    reinstall: "install",
    groupinstall: "install",
    update: "upgrade",
    upgrade: "upgrade",
    makecache: "update",
    "check-update": "update",
    remove: "remove",
    erase: "remove",
    autoremove: "remove",
    clean: "clean",
    module: "repository",
    "config-manager": "repository",
    swap: "install",
  },
};
const SYNTAXES: Readonly<Record<string, Syntax>> = {
  "apt-get": APT,
  apt: APT,
  aptitude: APT,
  apk: APK,
  yum: DNF,
  dnf: DNF,
  dnf5: DNF,
  microdnf: DNF,
  tdnf: DNF,
};

/** What only prepares other repositories. */
const REPOSITORY_PROGRAMS = new Set([
  "add-apt-repository",
  "apt-add-repository",
  "apt-key",
  "yum-config-manager",
  "rpm-key",
]);

/** Reads a call of apt, apt-get, apk, dnf, yum and microdnf; undefined for any other program. */
export function readPackageCommand(command: RunCommand): PackageCommand | undefined {
  const { program } = command;
  if (program === "xargs") return readXargs(command);
  if (REPOSITORY_PROGRAMS.has(program))
    return { manager: program.includes("apt") ? "apt" : "dnf", action: "repository", packages: [], hasUnknown: false };
  if (program === "rpm" || program === "dpkg")
    return command.texts.some((text) => /^-(?:-install|[A-Za-z]*[iU])/.test(text))
      ? { manager: program === "rpm" ? "dnf" : "apt", action: "install", packages: [], hasUnknown: true }
      : undefined;
  const syntax = Object.hasOwn(SYNTAXES, program) ? SYNTAXES[program] : undefined;
  if (syntax === undefined) return undefined;
  const words = withoutOptions(command, syntax);
  const verb = words[0]?.text ?? "";
  const action = Object.hasOwn(syntax.actions, verb) ? syntax.actions[verb] : undefined;
  if (action === undefined) return undefined;
  if (command.texts.some((text) => text === "-s" || text === "--simulate" || text === "--dry-run")) return undefined;
  return { manager: syntax.manager, action, ...namesOf(words.slice(1), syntax) };
}

/** `… | xargs apt-get install`: the names come from somewhere else. */
function readXargs({ args, texts, ...rest }: RunCommand): PackageCommand | undefined {
  const at = args.findIndex((word) => Object.hasOwn(SYNTAXES, word ?? ""));
  if (at === -1) return undefined;
  const inner = { ...rest, program: args[at] ?? "", args: args.slice(at + 1), texts: texts.slice(at + 1) };
  const read = readPackageCommand(inner);
  return read === undefined ? undefined : { ...read, hasUnknown: true };
}

interface Named {
  readonly text: string;
  readonly value: string | undefined;
}

function withoutOptions({ args, texts }: RunCommand, { valued }: Syntax): readonly Named[] {
  const kept: Named[] = [];
  for (let at = 0; at < texts.length; at += 1) {
    const text = texts[at] ?? "";
    if (valued.has(text)) at += 1;
    else if (!text.startsWith("-")) kept.push({ text, value: args[at] });
  }
  return kept;
}

/** `curl=7.88*`, `curl/bookworm`, `curl@edge`, `curl>=8`, `curl:amd64`, `curl+` are all curl. */
const NAME = /^(\.?[A-Za-z0-9][A-Za-z0-9+._-]*?)(?:[=<>~@/:].*|[+-])?$/;

function namesOf(words: readonly Named[], { manager }: Syntax): Pick<PackageCommand, "packages" | "hasUnknown"> {
  const packages: string[] = [];
  let hasUnknown = false;
  for (const { text, value } of words) {
    const name = readName(value ?? text.replace(/[=<>~].*$/s, ""), manager);
    if (name === undefined) hasUnknown = true;
    else packages.push(name);
  }
  return { packages, hasUnknown };
}

function readName(text: string, manager: Manager): string | undefined {
  if (text.includes("/") && /^[./]|\.(?:deb|rpm|apk)$|:\/\//.test(text)) return undefined;
  // A group of packages, as dnf writes it
  if (manager === "dnf" && /^@?development[- ]tools$/i.test(text)) return "@development-tools";
  // g++ ends with what apt takes for "install this"
  if (/^[A-Za-z0-9.-]*\+\+$/.test(text)) return text;
  return NAME.exec(text)?.[1];
}
