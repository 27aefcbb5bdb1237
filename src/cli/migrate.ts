// SPDX-License-Identifier: Apache-2.0
import { basename, dirname, join, relative, resolve } from "node:path";
import { BasaltError } from "../errors.js";
import { DockerfileFault } from "../formats/dockerfile/fault.js";
import { readText, writeFileAtomic } from "../host/files.js";
import {
  customizationFile,
  formatDiff,
  formatMigrationSarif,
  formatReport,
  loadMappings,
  migrateDockerfile,
  parseRegistry,
  readContext,
  suggestForManifest,
  toMigrationJson,
  type MigrateOptions,
  type Migration,
} from "../migrate/index.js";
import type { CommandContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit.js";
import { customizationDefinition } from "./migrate-customization.js";
import type { VerifyFlags } from "./migrate-verify.js";
import type { VerifyReport } from "./migrate-verify-report.js";
import { formatOf, type FormatFlags } from "./output-format.js";
import { publicHost } from "./public-url.js";

export interface MigrateFlags extends FormatFlags, VerifyFlags {
  readonly diff?: boolean;
  readonly write?: boolean;
  readonly registry?: string;
  readonly context?: string;
  readonly buildOn?: string;
  readonly strict?: boolean;
  readonly verify?: boolean;
}

const VERIFY_FLAGS = { probe: "--probe", probeArgs: "--probe-args", env: "--env", buildArg: "--build-arg" } as const;

interface Input {
  /** As the user gave it. */
  readonly file: string;
  readonly text: string;
}

/** `basalt migrate`: the rewritten file to stdout, why to stderr. */
export async function runMigrate(path: string, flags: MigrateFlags, context: CommandContext): Promise<ExitCode> {
  const format = formatOf<"text" | "json" | "sarif">(flags, ["text", "json", "sarif"]);
  const input = { file: path, text: path === "-" ? await readStdin() : await readText(path) };
  if (flags.write === true && path === "-") throw new BasaltError("USAGE", "--write needs a file, not stdin");
  requireVerify(flags);
  if (/\.ya?ml$/i.test(path)) return suggest(input, format, flags, context);
  const options = await optionsOf(path, flags, context);
  const migration = await migrateOrReturn(input, options, { format, flags }, context);
  const verified = flags.verify === true ? await verify(input, migration, { flags, options }, context) : undefined;
  switch (format) {
    case "json":
      context.console.print(
        `${JSON.stringify({ file: path, ...toMigrationJson(migration), ...(verified === undefined ? {} : { verify: verified.json }) }, undefined, 2)}\n`,
      );
      break;
    case "sarif":
      context.console.print(formatMigrationSarif(migration, path, context.version));
      break;
    case "text":
      if (flags.diff === true)
        context.console.print(formatDiff(input.text, migration.text, path === "-" ? "Dockerfile" : path));
      else if (flags.write !== true) context.console.print(migration.text);
      context.console.note(formatReport(migration, path));
      if (verified !== undefined) context.console.note(verified.text);
  }
  // What was tried and does not work is not put in place of what does
  if (verified !== undefined && verified.verdict !== "holds") return EXIT.conditionHolds;
  if (flags.verify === true && migration.findings.some(({ kind }) => kind === "impossible") && !migration.isChanged)
    return EXIT.conditionHolds;
  if (flags.write === true) await write(input, migration, context);
  const isLeft = migration.findings.some(({ kind }) => kind !== "suggestion");
  return flags.strict === true && isLeft ? EXIT.conditionHolds : EXIT.ok;
}

/** @throws BasaltError `USAGE` for what says how to try a Dockerfile that is not tried */
function requireVerify(flags: MigrateFlags): void {
  if (flags.verify === true) return;
  for (const name of ["probe", "probeArgs", "env", "buildArg"] as const)
    if (flags[name] !== undefined)
      throw new BasaltError("USAGE", `${VERIFY_FLAGS[name]} says how to try it, and --verify is missing`);
}

/** Compose files and manifests of Kubernetes: what they should say, and nothing is rewritten. */
async function suggest(
  input: Input,
  format: "text" | "json" | "sarif",
  flags: MigrateFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const { file, text } = input;
  if (flags.write === true || flags.diff === true || flags.verify === true)
    throw new BasaltError(
      "USAGE",
      `${file} is no Dockerfile: there are suggestions for it, and nothing to write or try`,
    );
  const findings = suggestForManifest(text, await loadMappings(), { registry: registryOf(flags, context) });
  if (format === "json") context.console.print(`${JSON.stringify({ file, findings }, undefined, 2)}\n`);
  else if (format === "sarif")
    context.console.print(
      formatMigrationSarif(
        { text, isChanged: false, changes: [], customizations: [], findings },
        file,
        context.version,
      ),
    );
  else for (const { line, rule, message } of findings) context.console.print(`${file}:${line}: ${rule}: ${message}\n`);
  return EXIT.ok;
}

/** Nothing to try where nothing changed. @throws BasaltError `USAGE` */
async function verify(
  { file, text }: Input,
  migration: Migration,
  { flags, options }: { readonly flags: MigrateFlags; readonly options: MigrateOptions },
  context: CommandContext,
): Promise<VerifyReport | undefined> {
  const folder = contextFolder(file, flags);
  if (folder === undefined)
    throw new BasaltError("USAGE", "--verify builds the Dockerfile, and one from stdin needs --context");
  if (!migration.isChanged) {
    context.console.note("nothing changed, so there is nothing to verify\n");
    return undefined;
  }
  const { verifyMigration } = await import("./migrate-verify.js");
  const { reportOf } = await import("./migrate-verify-report.js");
  const migrated = { file, text, context: folder, registry: options.registry, migration };
  return reportOf(await verifyMigration(migrated, flags, context), context.console.colors);
}

function contextFolder(path: string, { context }: MigrateFlags): string | undefined {
  return context ?? (path === "-" ? undefined : dirname(path));
}

interface Asked {
  readonly format: string;
  readonly flags: MigrateFlags;
}

/** Whoever pipes the output into a file gets the original back, not an empty file, when it cannot be read. */
async function migrateOrReturn(
  input: Input,
  options: MigrateOptions,
  { format, flags }: Asked,
  context: CommandContext,
): Promise<Migration> {
  try {
    return migrateDockerfile(input.text, await loadMappings(), options);
  } catch (error) {
    if (!(error instanceof DockerfileFault)) throw error;
    if (format === "text" && flags.diff !== true && flags.write !== true) context.console.print(input.text);
    throw new BasaltError(error.code, `${input.file}:${error.line}: ${error.problem}`, { cause: error });
  }
}

async function optionsOf(path: string, flags: MigrateFlags, context: CommandContext): Promise<MigrateOptions> {
  const buildOn = (["auto", "dev", "ordinary"] as const).find((each) => each === (flags.buildOn ?? "auto"));
  if (buildOn === undefined)
    throw new BasaltError("USAGE", `--build-on is auto, dev or ordinary, not ${JSON.stringify(flags.buildOn)}`);
  const folder = contextFolder(path, flags);
  return {
    registry: registryOf(flags, context),
    buildOn,
    ...(folder === undefined ? {} : { context: await readContext(folder) }),
  };
}

/** @throws BasaltError `USAGE` */
function registryOf(flags: MigrateFlags, { host }: CommandContext): string {
  return parseRegistry(flags.registry ?? publicHost(host), "--registry");
}

async function write({ file, text }: Input, migration: Migration, { console }: CommandContext): Promise<void> {
  const folder = dirname(file);
  for (const customization of migration.customizations) {
    const path = join(folder, customizationFile(customization));
    await writeFileAtomic(path, await customizationDefinition(customization));
    console.print(`${relative(".", resolve(path)) || basename(path)}\n`);
  }
  if (migration.text === text) return;
  await writeFileAtomic(file, migration.text);
  console.print(`${file}\n`);
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
