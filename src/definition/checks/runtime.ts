// SPDX-License-Identifier: Apache-2.0
import type { RawDefinition } from "../raw.js";
import type { CheckContext } from "./check.js";

const SHELLS = new Set(["bash", "dash", "busybox", "busybox-static", "ksh93u+m", "mksh", "zsh"]);
const PACKAGE_MANAGERS = new Set(["apt", "dpkg", "apk-tools"]);
/** Packages that bring the interpreter of a script's first line. */
const INTERPRETERS: readonly (readonly [RegExp, readonly RegExp[]])[] = [
  [/\/bash$/, [/^bash$/]],
  [/\/(?:sh|dash|ash)$/, [/^(?:dash|bash|busybox.*|mksh|zsh)$/]],
  [/\/python3?$/, [/^python/]],
  [/\/perl$/, [/^perl/]],
  [/\/node$/, [/^nodejs/]],
  [/\/ruby$/, [/^ruby/]],
];

/** What an image for production has that it should not have, or lacks. */
export function checkRuntime(context: CheckContext): void {
  const requested = new Map(
    (context.raw.contents.packages ?? []).flatMap((entry, index) =>
      entry.startsWith("!") ? [] : [[entry.replace(/=.*$/, ""), index] as const],
    ),
  );
  if (context.raw.variant !== "dev") checkTools(requested, context);
  checkInterpreter(requested, context);
}

/** Shells and package managers of a runtime image, where no label says that they are meant to be there. */
function checkTools(requested: ReadonlyMap<string, number>, { raw, report }: CheckContext): void {
  const kinds = [
    ["shell", SHELLS, "DEFINITION_SHELL"],
    ["package-manager", PACKAGE_MANAGERS, "DEFINITION_PACKAGE_MANAGER"],
  ] as const;
  for (const [kind, names, code] of kinds) {
    const isAdmitted = Object.keys(raw.labels ?? {}).some((label) => label.endsWith(`.${kind}`));
    if (isAdmitted || isMeant(names, raw)) continue;
    for (const [name, index] of requested) {
      if (names.has(name))
        report(["contents", "packages", index], code, `the runtime variant has the ${kind.replace("-", " ")} ${name}`, {
          severity: "warning",
          hint: `take it out, or say so with the label io.basalt.${kind}`,
        });
    }
  }
}

/** An image of a shell has one, as have a base for others to build on, the `compat` flavor, and an image that starts a shell. */
function isMeant(names: ReadonlySet<string>, raw: RawDefinition): boolean {
  if (raw.flavor === "compat") return true;
  const image = raw.image.replace(/^.*\//, "").replace(/[:@].*$/, "");
  const started = [raw.entrypoint?.[0], raw.cmd?.[0]].map((program) => program?.replace(/^.*\//, "") ?? "");
  return names.has(image) || image.endsWith("-base") || started.some((name) => name === "sh" || names.has(name));
}

/** A script that starts the image and whose interpreter no request brings. Stages and artifacts may bring anything. */
function checkInterpreter(requested: ReadonlyMap<string, number>, { raw, report }: CheckContext): void {
  const { builds = [], artifacts = [], files = [] } = raw.contents;
  if (builds.length > 0 || artifacts.length > 0 || files.length > 0) return;
  for (const key of ["entrypoint", "cmd"] as const) {
    const program = raw[key]?.[0];
    if (program === undefined) continue;
    const script = raw.paths?.find((path) => path.type === "file" && path.path === program);
    const interpreter = script === undefined ? program : /^#!\s*(\S+)(?:\s+(\S+))?/.exec(script.content ?? "");
    const path = typeof interpreter === "string" ? interpreter : interpreterOf(interpreter);
    const packages = INTERPRETERS.find(([pattern]) => pattern.test(path))?.[1];
    if (packages === undefined || [...requested.keys()].some((name) => packages.some((one) => one.test(name))))
      continue;
    const what = script === undefined ? `${program} is what starts it` : `${program} is a script for ${path}`;
    report([key, 0], "DEFINITION_INTERPRETER", `${what}, and no package that is asked for brings it`, {
      severity: "warning",
      hint: "no package depends on a shell: ask for it by name",
    });
  }
}

/** `#!/usr/bin/env bash` names `/usr/bin/bash`. */
function interpreterOf(match: RegExpExecArray | null): string {
  const [, program = "", argument] = match ?? [];
  return program.endsWith("/env") && argument !== undefined ? `/usr/bin/${argument}` : program;
}
