// SPDX-License-Identifier: Apache-2.0
import { expandDefinition, type Definition } from "../definition/index.js";
import { parsePlatforms, type Platform } from "../formats/platform.js";
import { explainPackage, type AbsenceReason, type DependencyStep, type PackageReasons } from "../resolve/index.js";
import { findOne } from "./find-definitions.js";
import type { Console } from "./console.js";
import type { CommandContext } from "./context.js";
import { parseMapping, type MappingFlags } from "./mapping-flags.js";
import { EXIT, type ExitCode } from "./exit.js";
import { countWords, formatParagraph, formatPieces, listWords } from "./paragraph.js";

export interface WhyFlags extends MappingFlags {
  readonly platform?: string;
  readonly json?: boolean;
}

type Present = Extract<PackageReasons, { readonly kind: "present" }>;
type Absent = Extract<PackageReasons, { readonly kind: "absent" }>;
type Colors = Console["colors"];

const MAX_PATHS = 10; // on a screen; --json has all
const FLAT = { first: "", rest: "  " };
const LISTED = { first: "  ", rest: "      " };

/** `basalt why`: the dependencies that bring a package in, or why it is not in. Either is an answer, and ends with 0. */
export async function runWhy(
  target: string,
  name: string,
  flags: WhyFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const definition = await findOne(target, "why is asked of one");
  const platforms = flags.platform === undefined ? definition.platforms : parsePlatforms(flags.platform);
  const options = { platforms, mapping: parseMapping(flags), signal: context.signal };
  const reasons = await explainPackage(name, definition, options, context.host);
  const downloads = downloadsOf(name, definition, platforms);
  const { print, colors } = context.console;
  if (flags.json === true) {
    const document = { definition: definition.file, package: name, downloads, platforms: Object.fromEntries(reasons) };
    print(`${JSON.stringify(document, undefined, 2)}\n`);
  } else {
    const groups = groupEqual(reasons).map((group) => formatReasons(group, definition, colors));
    const held = downloads.length === 0 ? "" : `\nDownloaded, not a package: ${listWords(downloads)}.\n`;
    print(`${groups.join("\n")}${held}`);
  }
  return EXIT.ok;
}

/** Downloads that hold software of that name: who asks for it may not know that it is no package. */
function downloadsOf(name: string, definition: Definition, platforms: readonly Platform[]): readonly string[] {
  const files = platforms.flatMap((platform) => expandDefinition(definition, platform).files);
  const holding = files.filter(({ software }) => software.some((item) => item.name === name));
  return [...new Set(holding.map(({ url }) => url))];
}

interface Group {
  readonly platforms: readonly Platform[];
  readonly reasons: PackageReasons;
}

/** Platforms that have the same reasons are told together. */
function groupEqual(all: ReadonlyMap<Platform, PackageReasons>): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const [platform, reasons] of all) {
    const key = JSON.stringify(reasons);
    groups.set(key, { platforms: [...(groups.get(key)?.platforms ?? []), platform], reasons });
  }
  return [...groups.values()];
}

function formatReasons({ platforms, reasons }: Group, { file }: Definition, colors: Colors): string {
  const where = `${file} on ${listWords(platforms)}`;
  return reasons.kind === "present" ? formatPresent(reasons, where, colors) : formatAbsent(reasons, where, colors);
}

function formatPresent(reasons: Present, where: string, colors: Colors): string {
  const { name, version, suite, isRequested, paths } = reasons;
  const head = formatParagraph(`${colors.bold(name)} ${version} of ${suite} is in ${where}.`, FLAT);
  if (isRequested && paths.length === 0)
    return `${head}The definition asks for it, and no other package that is in needs it.\n`;
  const needed = `${countWords(paths.length, "package")} need${paths.length === 1 ? "s" : ""} it`;
  const intro = isRequested ? `The definition asks for it, and ${needed}:` : `${capital(needed)}:`;
  const rest = paths.slice(MAX_PATHS).map((path) => path.at(-1)?.package ?? "");
  const more =
    rest.length === 0
      ? ""
      : formatParagraph(`and ${countWords(rest.length, "package")} more: ${listWords(rest)}`, {
          first: "  ",
          rest: "  ",
        });
  return `${head}${intro}\n${paths.slice(0, MAX_PATHS).map(formatPath).join("")}${more}`;
}

/** `ca-certificates -> openssl (>= 1.1.1)`. */
function formatPath(path: readonly DependencyStep[]): string {
  const [first] = path;
  if (first === undefined) return "";
  return formatPieces([first.package, ...path.map((step) => `-> ${formatStep(step)}`)], LISTED);
}

/** What a package needs, with the package that is in for it where the name does not say so. */
function formatStep({ dependency, metBy }: DependencyStep): string {
  const [name] = dependency.split(/[ :]/, 1);
  return name === metBy ? dependency : `${dependency} (here ${metBy})`;
}

function formatAbsent({ name, versions, reasons, ifRequested }: Absent, where: string, colors: Colors): string {
  const places = versions.map(({ version, suite }) => `${version} of ${suite}`);
  const offered = places.length === 0 ? "" : ` There is ${listWords([...new Set(places)])}.`;
  return [
    formatParagraph(`${colors.bold(name)} is not in ${where}.${offered}`, FLAT),
    ...reasons.map((reason) => formatReason(name, reason)),
    ifRequested === undefined ? "" : formatIfRequested(ifRequested),
  ].join("");
}

function formatReason(name: string, reason: AbsenceReason): string {
  switch (reason.kind) {
    case "unknown": {
      const near = reason.near.length === 0 ? "" : ` Did you mean ${listWords(reason.near, "or")}?`;
      return formatParagraph(`There is no package of that name in ${reason.release}.${near}`, FLAT);
    }
    case "virtual":
      return formatVirtual(reason);
    case "masked":
      return formatMasked(name, reason.dropped);
    case "bare":
      return `Packages that are to come alone need it. Lost by that:\n${formatDropped(reason.dropped)}`;
    case "alternative":
      return formatAlternative(name, reason);
    case "recommended":
      return formatParagraph(
        `${listWords(reason.by)} ${reason.by.length === 1 ? "recommends" : "recommend"} it, and only what is needed comes in.`,
        FLAT,
      );
    case "unneeded":
      return "No package that is in needs it.\n";
  }
}

function formatVirtual({
  providers,
  present,
  neededBy,
  dropped,
}: Extract<AbsenceReason, { readonly kind: "virtual" }>): string {
  const isOne = providers.length === 1;
  const none = isOne ? "which is not in" : "none of which is in";
  const state =
    present.length === 0 ? none : `of which ${listWords(present)} ${present.length === 1 ? "is" : "are"} in`;
  return [
    formatParagraph(`It is a virtual package, provided by ${listWords(providers)}, ${state}.`, FLAT),
    ...(neededBy.length === 0 ? [] : ["Needed by:\n", ...neededBy.map((step) => formatPath([step]))]),
    ...(dropped.length === 0
      ? []
      : ["Lost, since what would meet it is masked, or its owner comes alone:\n", formatDropped(dropped)]),
  ].join("");
}

function formatDropped(dropped: readonly { readonly package: string; readonly dependency: string }[]): string {
  return dropped.map((item) => formatPieces([item.package, `-> ${item.dependency}`], LISTED)).join("");
}

function formatMasked(name: string, dropped: Extract<AbsenceReason, { readonly kind: "masked" }>["dropped"]): string {
  if (dropped.length === 0) return `The definition masks it (!${name}); no dependency was lost by that.\n`;
  return `The definition masks it (!${name}). Lost by that:\n${formatDropped(dropped)}`;
}

type Alternative = Extract<AbsenceReason, { readonly kind: "alternative" }>;

/** `base-files depends on awk; mawk is taken, since the definition masks gawk`. */
function formatAlternative(name: string, { package: owner, dependency, metBy, because }: Alternative): string {
  const causes = {
    masked: `${metBy} is taken, since the definition masks ${name}`,
    already: `${metBy} meets that, and is in anyway`,
    preferred: `${metBy} is taken, which comes first`,
    version: `${metBy} is taken, since no version of ${name} does`,
  };
  return formatParagraph(`${owner} depends on ${dependency}; ${causes[because]}.`, FLAT);
}

function formatIfRequested(outcome: NonNullable<Absent["ifRequested"]>): string {
  if (outcome.kind === "impossible")
    return formatParagraph(`It cannot come in as well: ${outcome.reason.replaceAll("\n", "; ")}.`, FLAT);
  const { packages } = outcome;
  return formatParagraph(
    `Asking for it would bring ${countWords(packages.length, "package")}: ${listWords(packages)}.`,
    FLAT,
  );
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
