// SPDX-License-Identifier: Apache-2.0
import type { Dockerfile } from "../formats/dockerfile/instruction.js";
import { parseDockerfile } from "../formats/dockerfile/parse.js";
import { VENV } from "./build-stage.js";
import { chooseArtifacts, type ChosenArtifacts } from "./choose-artifacts.js";
import { Composition } from "./compose.js";
import { isDoneByImage } from "./copy-text.js";
import { customizationOf } from "./customization.js";
import { devTargetOf, isSameVersion, needsVenv } from "./dev-stages.js";
import { chooseTarget, readFinal, type ChosenTarget, type FinalFacts } from "./final-plan.js";
import { writeFinal, type FinalStage } from "./final-stage.js";
import type { Mappings, Target } from "./mappings.js";
import type { Customization, MigrateOptions, Migration } from "./model.js";
import { isPhpExtensionCommand, neededPackages } from "./needed-packages.js";
import { Notes } from "./notes.js";
import { planPort } from "./ports.js";
import type { Rewriting } from "./rewriting.js";
import { readRun } from "./run-commands.js";
import { findSecrets } from "./secrets.js";
import { builderName, buildPart, BUILDS, fromLine, writeBuildStage, writeFolders } from "./write-build-stage.js";
import { joinPath, lineageOf, readStages } from "./stages.js";

/**
 * Rewrites a Dockerfile onto hardened images: what needs a shell runs in a build stage, the last stage runs on the runtime image.
 * A file whose last stage is on one already stays as it is. @throws DockerfileFault
 */
export function migrateDockerfile(text: string, mappings: Mappings, options: MigrateOptions): Migration {
  const file = parseDockerfile(text);
  const staged = readStages(file);
  const notes = new Notes();
  findSecrets(file.instructions, notes);
  findForeignSyntax(file, notes);
  const facts = readFinal(staged, mappings, options);
  if (facts.base.isOurs && !facts.base.tag.endsWith("-dev")) return unchanged(text, notes);
  const chosen = chooseTarget(facts, mappings, options);
  if (typeof chosen === "string") {
    notes.find(
      "impossible",
      facts.base.mapped === undefined ? "base-unknown" : "base-version",
      staged.final.from,
      chosen,
    );
    return unchanged(text, notes);
  }
  return rewrite({ staged, facts, chosen, mappings, options, notes });
}

function unchanged(text: string, notes: Notes): Migration {
  return { text, isChanged: false, changes: [], findings: notes.findings, customizations: [] };
}

function findForeignSyntax({ directives, instructions }: Dockerfile, notes: Notes): void {
  const syntax = directives.get("syntax");
  if (syntax !== undefined && !/^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@]|$)/.test(syntax))
    notes.find(
      "check",
      "syntax",
      1,
      `${syntax} reads this Dockerfile: it may understand it in another way than Docker's own`,
    );
  for (const instruction of instructions)
    if (instruction.keyword === "ONBUILD")
      notes.find(
        "check",
        "onbuild",
        instruction,
        "images that are made from this one run it on a base without a shell: let them stand on the build stage instead",
      );
}

function rewrite(work: Rewriting): Migration {
  const { staged, facts, chosen, options, notes } = work;
  noteBase(work);
  const packages = runtimePackages(work);
  const customization = packages.length === 0 ? undefined : customizationOf(chosen, packages);
  const image = customization?.image ?? `${chosen.target.name}:${chosen.tag}`;
  const isSplit = needsBuildStage(facts, chosen.target);
  const out = new Composition(staged.file);
  for (const instruction of staged.globals) out.keep(instruction);
  const devTargets = new Map(staged.stages.map((stage) => [stage, devTargetOf(stage, work)]));
  const withVenv = staged.stages.filter((stage) => devTargets.get(stage)?.name === "python" && needsVenv(stage));
  const usesVenv = withVenv.includes(staged.final);
  const kept = isSplit ? staged.stages : staged.stages.slice(0, -1);
  const builder = builderName(staged);
  for (const stage of kept) {
    const isBuilder = stage === staged.final;
    writeBuildStage(stage, { work, out, isBuilder, dev: devTargets.get(stage), name: isBuilder ? builder : undefined });
  }
  const copied = isSplit ? { stage: builder, ...artifactsOf(work, usesVenv) } : undefined;
  if (isSplit)
    writeFolders(
      out,
      (copied?.writable ?? []).filter((path) => !isMade(path, facts)),
    );
  if (isSplit) out.blank();
  const from = fromLine(staged.final, `${options.registry}/${image}`);
  if (customization !== undefined) notePackages(work, customization);
  notes.change(facts.base.mapped?.source.kind === "scratch" ? "base-scratch" : "base-image", staged.final.from, {
    after: from,
    reason: reasonOf(chosen, facts),
  });
  if (!isSplit && lineageOf(staged.final).length > 1) notes.change("stage-parent", staged.final.from, { after: from });
  const port = planPort(facts, chosen.target, options.context, notes);
  if (!isSplit) out.keepLead(staged.final.from);
  writeFinal({
    facts,
    chosen,
    notes,
    out,
    from,
    ownsFiles: ownsFiles(facts, isSplit),
    written: new Set(),
    elsewhere: new Set(
      isSplit
        ? buildPart(staged.final)
        : lineageOf(staged.final)
            .slice(0, -1)
            .flatMap(({ instructions }) => instructions),
    ),
    venvStages: new Set(
      withVenv.flatMap(({ name, index }) => (name === undefined ? [String(index)] : [name, String(index)])),
    ),
    environment: environmentOf(facts, withVenv.length > 0),
    ...(copied === undefined ? {} : { copied }),
    ...(port === undefined ? {} : { port }),
  } satisfies FinalStage);
  noteStart(work);
  suggestLockedInstall(work);
  return finish(work, out.finish(), customization === undefined ? [] : [customization]);
}

function finish({ staged, notes }: Rewriting, text: string, customizations: readonly Customization[]): Migration {
  // What was written is read again: nothing that BuildKit would refuse is handed out
  const again = readStages(parseDockerfile(text));
  if (again.final.instructions.some(({ keyword }) => keyword === "RUN"))
    throw new Error("internal: the last stage still runs commands");
  return {
    text,
    isChanged: text !== staged.file.text,
    changes: notes.changes,
    findings: notes.findings,
    customizations,
  };
}

function notePackages({ facts, notes, staged }: Rewriting, { image, packages }: Customization): void {
  const at = facts.runs.find(({ effects }) =>
    effects.some((effect) => effect.kind === "packages" && effect.packages.action === "install"),
  );
  const reason = `${packages.join(", ")} ${packages.length === 1 ? "is" : "are"} needed at run time: the image ${image} has what ${packages.length === 1 ? "it needs" : "they need"}`;
  notes.change("packages-run", at?.instruction ?? staged.final.from, { before: "", after: image, reason });
}

function noteBase({ facts, chosen, notes }: Rewriting): void {
  const { base, staged } = facts;
  const { from } = staged.final;
  if (base.hasDigest)
    notes.find(
      "check",
      "base-digest",
      from,
      "the digest named the ordinary image and is gone: pin the hardened one by its own, basalt build prints it",
    );
  const { mapped } = base;
  if (mapped?.asked !== undefined && mapped.target === chosen.target && !isSameVersion(mapped.asked, chosen.tag))
    notes.find(
      "check",
      "base-version",
      from,
      `${base.written}: the catalogue has no ${chosen.target.name} ${mapped.asked}; ${chosen.tag} is the next one: test the program with it`,
    );
  if (chosen.target.planned === true)
    notes.find(
      "impossible",
      "base-image",
      from,
      `the catalogue does not have ${chosen.target.name} yet: write a definition for it first`,
    );
  if (mapped?.source.kind === "plain" && ["node", "ruby", "php", "openjdk"].includes(chosen.target.name))
    notes.find(
      "check",
      "base-version",
      from,
      `the image has ${chosen.target.name} ${chosen.tag}: look whether what ${base.written} installs is of another version`,
    );
  if (mapped?.manager === "apk" && chosen.target.name !== "static")
    notes.find(
      "check",
      "base-distribution",
      from,
      "the hardened image is Debian with the GNU C library, the ordinary one Alpine with musl: programs that were compiled for it have to be compiled again, which the build stage does",
    );
}

function reasonOf({ why, target }: ChosenTarget, { base }: FinalFacts): string {
  return why === undefined
    ? `${base.written} becomes the hardened image of the same program: no shell, no package manager, no root`
    : `${target.name} is enough: ${why}`;
}

function runtimePackages({ facts, chosen, mappings, notes, staged }: Rewriting): readonly string[] {
  const needed = neededPackages(facts.runs, chosen.target, mappings, notes).filter(
    (name) => !isForWrapping(name, facts),
  );
  const { needsShell } = facts.start;
  if (needsShell === undefined || chosen.target.shell === true) return needed;
  const at = facts.state.entrypoint ?? facts.state.cmd ?? staged.final.from;
  notes.find(
    "impossible",
    "shell-needed",
    at,
    `${needsShell}: the image gets a shell, which a hardened image should not have; start the program itself, and do in it, or before, what the script does`,
  );
  return [...new Set([...needed, "bash", "coreutils"])].toSorted();
}

/** Whether a package was there for what no longer is: a wrapper around the program, or the health check. */
function isForWrapping(name: string, { start, instructions }: FinalFacts): boolean {
  if (["tini", "dumb-init", "gosu", "su-exec"].includes(name)) return !start.argv.some((word) => word.endsWith(name));
  return (
    ["curl", "wget"].includes(name) &&
    start.needsShell === undefined &&
    instructions.some(({ keyword, args }) => keyword === "HEALTHCHECK" && args.includes(name))
  );
}

/** Whether something in the last stage can only be done with a shell. */
function needsBuildStage({ runs, instructions, base, state }: FinalFacts, target: Target): boolean {
  const hasWork = runs.some(
    ({ instruction, effects }) =>
      !readRun(instruction).isReadable ||
      effects.some(
        (effect) =>
          effect.kind === "folder" ||
          (effect.kind === "owner" &&
            effect.paths.some((path) => joinPath(state.workdir, path).startsWith(`${state.workdir}/`))) ||
          (effect.kind === "work" && !isPhpExtensionCommand(effect) && !isDoneByImage(effect, target)),
      ),
  );
  const hasVolume = instructions.some(({ keyword }) => keyword === "VOLUME");
  return (
    hasWork || (hasVolume && base.mapped?.source.kind !== "scratch" && !/distroless|chainguard/.test(base.name ?? ""))
  );
}

function artifactsOf({ facts, chosen, options, notes, staged }: Rewriting, usesVenv: boolean): ChosenArtifacts {
  const found = chooseArtifacts(facts, chosen, options, usesVenv);
  const last = facts.instructions.findLast(({ keyword }) => BUILDS.has(keyword)) ?? staged.final.from;
  const list = found.artifacts.map(({ from }) => from).join(", ");
  notes.change("artifacts", last, {
    before: "",
    after: `COPY --from=${builderName(staged)} …`,
    reason: `the program needs ${list === "" ? "nothing of the build stage" : list}`,
  });
  if (found.unknown !== undefined && list !== "")
    notes.find("check", "artifacts", last, `${list} is copied: ${found.unknown}`);
  for (const path of found.writable)
    notes.change("writable-path", last, {
      before: "",
      after: `COPY --chown=${chosen.target.user} ${path}`,
      reason: `${path} is made in the build stage and belongs to the image's user`,
    });
  return found;
}

/** Whether a command of the file makes a folder already. */
function isMade(path: string, { runs, state }: FinalFacts): boolean {
  return runs.some(({ effects }) =>
    effects.some(
      (effect) => effect.kind === "folder" && effect.paths.some((made) => joinPath(state.workdir, made) === path),
    ),
  );
}

/** Whether the program's files belonged to the user that it ran as. */
function ownsFiles({ runs, instructions, state }: FinalFacts, isSplit: boolean): boolean {
  const chowned = runs.some(({ effects }) =>
    effects.some(
      (effect) =>
        effect.kind === "owner" &&
        effect.paths.some((path) => path === "." || path === state.workdir || state.workdir.startsWith(`${path}/`)),
    ),
  );
  const copied = instructions.some(
    ({ keyword, flags }) =>
      (keyword === "COPY" || keyword === "ADD") &&
      flags.some(([name, value]) => name === "chown" && !/^(?:root|0)(?::|$)/.test(value)),
  );
  return chowned || (isSplit && copied);
}

function environmentOf({ start, instructions }: FinalFacts, usesVenv: boolean): readonly (readonly [string, string])[] {
  const hasPath = instructions.some(
    ({ keyword, source }) => keyword === "ENV" && /PATH.*(?:\.local\/bin|\/opt\/venv\/bin)/.test(source),
  );
  return [...(usesVenv && !hasPath ? [["PATH", `${VENV}/bin:$PATH`] as const] : []), ...start.env];
}

function noteStart({ facts, notes, staged }: Rewriting): void {
  const at = facts.state.cmd ?? facts.state.entrypoint ?? staged.final.from;
  for (const { rule, text } of facts.start.remarks) notes.find("check", rule, at, text);
}

/** `npm install` may take other versions than those that were tested. */
function suggestLockedInstall({ facts, options, notes }: Rewriting): void {
  const paths = options.context?.paths ?? [];
  for (const { instruction, effects } of facts.runs)
    for (const { command } of effects)
      if (
        command.program === "npm" &&
        ["install", "i"].includes(command.texts.find((text) => !text.startsWith("-")) ?? "") &&
        !command.texts.includes("-g") &&
        paths.some((path) => path.endsWith("package-lock.json"))
      )
        notes.find(
          "suggestion",
          "install-locked",
          instruction,
          "npm ci --omit=dev installs exactly what package-lock.json says, and nothing that only development needs",
        );
}
