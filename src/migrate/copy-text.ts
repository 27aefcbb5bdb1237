// SPDX-License-Identifier: Apache-2.0
import type { Instruction } from "../formats/dockerfile/instruction.js";
import { VENV } from "./build-stage.js";
import type { Effect } from "./effects.js";
import type { Target } from "./mappings.js";
import type { Notes } from "./notes.js";
import type { CopyFacts } from "./origins.js";

export interface CopyRewriting {
  readonly target: Target;
  readonly notes: Notes;
  /** `chown` says that the program's files belong to its user. */
  readonly ownsFiles: boolean;
  /** Build stages whose Python packages are in a virtual environment that the Dockerfile did not make. */
  readonly venvStages: ReadonlySet<string>;
  /** The ordinary image's own default.conf of nginx was removed. */
  readonly replacesDefaultConf: boolean;
}

/** COPY or ADD in the last stage. */
export function copyText(instruction: Instruction, facts: CopyFacts | undefined, rewriting: CopyRewriting): string {
  const { notes, venvStages, target } = rewriting;
  if (facts?.from !== undefined && venvStages.has(facts.from.toLowerCase()) && facts.sources.some(isPythonPrefix)) {
    const text = `COPY --from=${facts.from} ${VENV} ${VENV}`;
    notes.change("venv", instruction, {
      after: text,
      reason: "the Python packages are in one folder, with the programs that they bring",
    });
    return text;
  }
  const owned = withOwner(instruction, rewriting);
  if (target.name !== "nginx" || !rewriting.replacesDefaultConf || !/\s\/etc\/nginx\/conf\.d\/?$/.test(owned))
    return owned;
  if (facts?.sources.length !== 1) return owned;
  const text = owned.replace(/\/etc\/nginx\/conf\.d\/?$/, "/etc/nginx/conf.d/default.conf");
  notes.change("artifacts", instruction, {
    after: text,
    reason: "it takes the place of the image's own default.conf, which was removed before",
  });
  return text;
}

/** Where pip puts packages with --user, --prefix, or beside those of the interpreter. */
function isPythonPrefix(path: string): boolean {
  return /\/\.local(?:\/|$)|\/site-packages|\/dist-packages|^\/install\/?$|^\/usr\/local\/?$|^\/usr\/local\/bin\/?$|^\/usr\/local\/lib\/python[0-9.]*\/?$/.test(
    path,
  );
}

/** `--chown` with the image's own user, where another one than root was named. */
function withOwner(instruction: Instruction, { target, notes, ownsFiles }: CopyRewriting): string {
  const owner = instruction.flags.find(([name]) => name === "chown")?.[1];
  const { user } = target;
  if (owner === undefined) {
    if (!ownsFiles) return instruction.source;
    const text = instruction.source.replace(/^(\s*\w+)(\s+)/, `$1 --chown=${user}$2`);
    notes.change("owner", instruction, {
      after: text,
      reason: "the program's files belong to its user, as chown said before",
    });
    return text;
  }
  if (/^(?:root|0)(?::|$)/.test(owner) || owner === user || owner === user.split(":")[0]) return instruction.source;
  const text = instruction.source.replace(/--chown=\S+/, `--chown=${user}`);
  notes.change("owner", instruction, {
    after: text,
    reason: `${owner} is not in the image: ${user} is the user that it runs as`,
  });
  return text;
}

/** Whether a command is done by the image being what it is. */
export function isDoneByImage(effect: Effect, target: Target): boolean {
  if (effect.kind !== "work" || target.name !== "nginx") return false;
  const { program, texts } = effect.command;
  if (removesDefaultConf(effect))
    return texts.every((text) => text.startsWith("-") || text.startsWith("/etc/nginx/conf.d"));
  return (
    program === "chmod" &&
    texts.some((text) => text.startsWith("/usr/share/nginx")) &&
    texts.some((text) => /^[0-7]?[67][4567][45]$/.test(text))
  );
}

export function removesDefaultConf({ command }: Effect): boolean {
  return (
    command.program === "rm" &&
    command.texts.some((text) => /^\/etc\/nginx\/conf\.d(?:\/(?:\*|default\.conf|\*\.conf))?$/.test(text))
  );
}
