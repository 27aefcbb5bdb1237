// SPDX-License-Identifier: Apache-2.0
import { compareText } from "../../formats/canonical-json.js";
import type { GeneratedEntry, PackageFacts } from "../contract.js";

const TEMPLATES = "usr/share/pam/common-";
const PROFILES = "usr/share/pam-configs/";
const TYPES = ["auth", "account", "password", "session", "session-noninteractive"] as const;
/** What stands where no module is primary, so that the jumps of the template stay right. */
const NO_PRIMARY = "[default=1]\t\t\tpam_permit.so";

type Block = "Primary" | "Additional";

/** A profile of modules that a package offers. */
interface Profile {
  readonly name: string;
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * What pam-auth-update makes of the profiles that packages switch on by default: the stacks below `/etc/pam.d` that `su`, `chpasswd`,
 * `adduser` and their like include, and its notes, without which an upgrade would take the stacks for edited ones. Between defaults
 * that conflict it would have asked; both are kept. Source: pam 1.7.0-5, debian/local/pam-auth-update and pam-auth-update(8).
 */
export function pamEntries(packages: readonly Pick<PackageFacts, "retained">[]): readonly GeneratedEntry[] {
  const retained = new Map(packages.flatMap((facts) => Object.entries(facts.retained)));
  const profiles = [...retained]
    .filter(([path]) => path.startsWith(PROFILES))
    .map(([path, text]) => ({ name: path.slice(PROFILES.length), fields: parseProfile(text) }))
    .toSorted((a, b) => priorityOf(b) - priorityOf(a) || compareText(b.name, a.name));
  const enabled = profiles.filter(({ fields }) => fields.get("Default") === "yes");
  const entries = TYPES.flatMap((type) => {
    const template = retained.get(`${TEMPLATES}${type}`);
    if (template === undefined) return [];
    return [
      file(`etc/pam.d/common-${type}`, fillTemplate(template, type, enabled)),
      file(`var/lib/pam/${type}`, formatNotes(type, enabled)),
    ];
  });
  if (entries.length === 0) return [];
  return [...entries, file("var/lib/pam/seen", profiles.map(({ name }) => `${name}\n`).join(""))];
}

function file(path: string, content: string): GeneratedEntry {
  return { kind: "file", path, mode: 0o644, content };
}

function priorityOf({ fields }: Profile): number {
  return Number(fields.get("Priority") ?? 0);
}

/** Fields, and below some of them lines of modules. */
function parseProfile(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let name = "";
  for (const line of text.split("\n")) {
    const field = /^(\S+):(?:\s+(.*))?$/.exec(line);
    if (field === null) {
      const more = line.trim();
      if (more !== "") fields.set(name, [fields.get(name) ?? "", more].filter((part) => part !== "").join("\n"));
    } else {
      name = (field[1] ?? "").replace(/-Final$/, "");
      fields.set(name, (field[2] ?? "").trim());
    }
  }
  if (!fields.has("Session-Interactive-Only"))
    for (const part of ["-Type", "", "-Initial"]) {
      const value = fields.get(`Session${part}`);
      if (value !== undefined) fields.set(`Session-noninteractive${part}`, value);
    }
  return fields;
}

/** The profiles that have modules in a block, with their lines; the first module of a block does not expect one before it. */
function modulesOf(
  type: string,
  block: Block,
  enabled: readonly Profile[],
): readonly { name: string; lines: string }[] {
  const field = `${type.charAt(0).toUpperCase()}${type.slice(1)}`;
  return enabled
    .filter(({ fields }) => fields.get(`${field}-Type`) === block)
    .map(({ name, fields }, index) => {
      const initial = index === 0 ? fields.get(`${field}-Initial`) : undefined;
      return { name, lines: initial ?? fields.get(field) ?? "" };
    });
}

function fillTemplate(template: string, type: string, enabled: readonly Profile[]): string {
  return template
    .split("\n")
    .flatMap((line) => {
      const [, block] = /^\$\w+_(primary|additional)$/.exec(line) ?? [];
      if (block === undefined) return [line];
      return linesOf(type, block === "primary" ? "Primary" : "Additional", enabled);
    })
    .join("\n");
}

/** Lines of a block. `end` is a jump past the lines that are left; in the last block it must not lead out of the stack. */
function linesOf(type: string, block: Block, enabled: readonly Profile[]): readonly string[] {
  const name = type.replace("-noninteractive", "");
  const lines = modulesOf(type, block, enabled).flatMap((module) => module.lines.split("\n"));
  if (block === "Primary" && lines.length === 0) return [`${name}\t${NO_PRIMARY}`];
  const count = block === "Primary" ? lines.length : lines.length - 1;
  return lines.map((line, index) => {
    const [, module = line, options = ""] = /^((?:\[[^\]]+\]|\w+)\s+\S+)\s*(.*)$/.exec(line) ?? [];
    const jump = module.replaceAll("end", String(count - index));
    return `${name}\t${jump} ${options.split(/\s+/).join(" ")}`;
  });
}

/** Which lines came from which profile. */
function formatNotes(type: string, enabled: readonly Profile[]): string {
  const primary = modulesOf(type, "Primary", enabled);
  const all = [
    ...(primary.length === 0 ? [{ name: "null", lines: NO_PRIMARY }] : primary),
    ...modulesOf(type, "Additional", enabled),
  ];
  return all.map(({ name, lines }) => `Module: ${name}\n${lines}\n`).join("");
}
