// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { isTag } from "../formats/image-reference.js";
import { architectureOf, type Platform } from "../formats/platform.js";
import { expandAccounts, expandPorts } from "./expand-accounts.js";
import { expandFiles } from "./expand-files.js";
import { expandArtifacts } from "./expand-artifacts.js";
import { expandPackages, repositoryKeysOf } from "./expand-packages.js";
import { checkAbsolutePath, expandPaths } from "./expand-paths.js";
import { expandStages } from "./expand-stages.js";
import { SOURCE_FOLDER, TARGET_FOLDER } from "./stage-folders.js";
import { expandTests } from "./expand-tests.js";
import type { Definition, ImageDefinition, OsRelease } from "./model.js";
import { definitionError, type Problem } from "./problem.js";
import type { RawDefinition } from "./raw.js";
import { createHolds, type ExpandContext } from "./condition.js";
import { reportInto, type Report } from "./report.js";
import { resolveVariables, substituteDeep, VariableError, type Variables } from "./substitution.js";

/** What keeps a definition from being built and is no fault of it: parts that are not built, and files that only its catalogue has. */
const INNOCENT = new Set(["DEFINITION_UNSUPPORTED", "DEFINITION_SOURCE"]);
const OBSTACLES = new Set([...INNOCENT, "DEFINITION_UNPINNED"]);

/** What a definition means on one platform, and what stands against it. */
export interface Expansion {
  /** Absent where variables cannot be replaced. */
  readonly image?: ImageDefinition;
  /** The definition with its variables replaced, as its schema describes it; absent as `image` is. */
  readonly raw?: RawDefinition;
  /** Values of its variables and of built-in names; absent as `image` is. */
  readonly variables?: Variables;
  /** What is wrong. */
  readonly problems: readonly Problem[];
  /** What keeps it from being built: parts that this version does not build, files that are not there, downloads that are not pinned. */
  readonly obstacles: readonly Problem[];
}

/**
 * Says what a definition means on `platform`. @throws BasaltError `DEFINITION_UNSUPPORTED` where only parts that are not
 * built stand in the way, else `DEFINITION_INVALID`, with every problem
 */
export function expandDefinition(definition: Definition, platform: Platform): ImageDefinition {
  const { image, obstacles } = expandWithObstacles(definition, platform);
  if (obstacles.length > 0) throw definitionError(obstacles);
  return image;
}

/** As `expandDefinition`, with what is not built as a result. @throws BasaltError `DEFINITION_INVALID` */
export function expandWithObstacles(
  definition: Definition,
  platform: Platform,
): { readonly image: ImageDefinition; readonly obstacles: readonly Problem[] } {
  const { image, problems, obstacles } = readDefinition(definition, platform);
  if (image === undefined || problems.some((problem) => problem.severity === "error"))
    throw definitionError([...problems, ...obstacles]);
  return { image, obstacles };
}

/** As `expandDefinition`, with problems as a result. */
export function readDefinition(definition: Definition, platform: Platform): Expansion {
  const found: Problem[] = [];
  const report = reportInto(found, definition);
  const source = substituted(definition.yaml.value as RawDefinition, platform, report);
  const sorted = (): Pick<Expansion, "problems" | "obstacles"> => ({
    problems: found.filter((problem) => !INNOCENT.has(problem.code)),
    obstacles: found.flatMap((problem) =>
      OBSTACLES.has(problem.code) ? [{ ...problem, severity: "error" as const }] : [],
    ),
  });
  if (source === undefined) return sorted();
  const { raw, variables } = source;
  reportUnsupported(raw, report);
  const holds = createHolds((name) => variables.get(name), report);
  const context = { platform, report, holds, sources: definition.sources };
  const image = toImage(raw, definition, context);
  return { image, raw, variables, ...sorted() };
}

function toImage(raw: RawDefinition, definition: Definition, context: ExpandContext): ImageDefinition {
  const { platform, report } = context;
  const { "work-dir": workDir, "stop-signal": stopSignal, flavor, volumes = [] } = raw;
  if (workDir !== undefined) checkAbsolutePath(workDir, ["work-dir"], report);
  for (const [index, volume] of volumes.entries()) checkAbsolutePath(volume, ["volumes", index], report);
  return {
    title: raw.name,
    image: definition.image,
    variant: raw.variant === "dev" ? "dev" : "runtime",
    output: raw.output ?? "layered",
    ...(raw.compression === "zstd" ? { compression: raw.compression } : {}),
    tags: toTags(raw, report),
    platform,
    dates: {
      ...(raw.dates?.release === undefined ? {} : { release: raw.dates.release }),
      ...(raw.dates?.["end-of-life"] === undefined ? {} : { endOfLife: raw.dates["end-of-life"] }),
    },
    osRelease: toOsRelease(raw),
    repositories: raw.contents.repositories ?? [],
    repositoryKeys: repositoryKeysOf(raw, raw.contents.repositories ?? [], raw.contents.keyring ?? []),
    keyring: raw.contents.keyring ?? [],
    ...expandPackages(raw.contents.packages ?? []),
    files: expandFiles(raw.contents.files ?? [], ["contents", "files"], context),
    artifacts: expandArtifacts(raw.contents.artifacts ?? [], ["contents", "artifacts"], context),
    stages: expandStages(raw, context),
    tests: expandTests(raw.tests ?? [], report),
    accounts: expandAccounts(raw.accounts, report),
    environment: withoutEmpty(raw.environment ?? {}),
    paths: expandPaths(raw.paths ?? [], ["paths"], context),
    annotations: raw.annotations ?? {},
    labels: raw.labels ?? {},
    entrypoint: raw.entrypoint ?? [],
    cmd: raw.cmd ?? [],
    ports: expandPorts(raw.ports ?? [], report),
    volumes,
    mappings: raw.contents.mappings ?? {},
    ...(flavor === undefined ? {} : { flavor }),
    ...(workDir === undefined ? {} : { workDir }),
    ...(stopSignal === undefined ? {} : { stopSignal }),
  };
}

/** The definition with its variables replaced; undefined where they cannot be, which is reported. */
function substituted(
  raw: RawDefinition,
  platform: Platform,
  report: Report,
): { readonly raw: RawDefinition; readonly variables: Variables } | undefined {
  const builtIns = new Map([
    ["target.arch", architectureOf(platform)],
    ["target.flavor", raw.flavor ?? ""],
    ["target.dev", String(raw.variant === "dev")],
    ["target.fips", "false"],
    ["source.dir", SOURCE_FOLDER],
    ["target.dir", TARGET_FOLDER],
  ]);
  try {
    const variables = resolveVariables(new Map(Object.entries(raw.vars ?? {})), builtIns);
    const { vars: _vars, ...rest } = raw;
    return { raw: substituteDeep(rest, variables) as RawDefinition, variables };
  } catch (error) {
    if (!(error instanceof BasaltError)) throw error;
    const variable = error instanceof VariableError ? [error.variable] : [];
    report(["vars", ...variable], "DEFINITION_VARS", error.message);
    return undefined;
  }
}

function reportUnsupported(raw: RawDefinition, report: Report): void {
  const unsupported = [[["variant"], raw.variant === "helm", "variant: helm"]] as const;
  for (const [path, isUsed, what] of unsupported)
    if (isUsed) report(path, "DEFINITION_UNSUPPORTED", `this version of Basalt does not build ${what}`);
}

function toTags({ tags: written, suffix = "" }: RawDefinition, report: Report): readonly string[] {
  const tags = written.map((tag) => `${tag}${suffix}`);
  for (const [index, tag] of tags.entries()) {
    // ${resolved.PACKAGE.version} is filled in after resolving, and checked again there.
    if (!isTag(tag.replaceAll(/\$\{resolved\.[^}]+\}/g, "0")))
      report(["tags", index], "DEFINITION_TAG", `not a tag: ${JSON.stringify(tag)}`);
  }
  return [...new Set(tags)];
}

function toOsRelease(raw: RawDefinition): OsRelease {
  const source = raw["os-release"];
  const fields = Object.entries(source).map(([key, value]) => [key.replaceAll("-", "_").toUpperCase(), value]);
  return {
    id: source.id,
    versionId: source["version-id"],
    fields: Object.fromEntries(fields) as Record<string, string>,
  };
}

/** DHI leaves out entries without a value (a comment in its catalogue says so). */
function withoutEmpty(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
}
