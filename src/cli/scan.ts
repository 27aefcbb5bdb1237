// SPDX-License-Identifier: Apache-2.0
import { openAdvisories, type Advisories } from "../advisories/index.js";
import { formatOf } from "./output-format.js";
import { BasaltError } from "../errors.js";
import { SEVERITIES, type Severity } from "../formats/severity.js";
import { parsePlatform } from "../formats/platform.js";
import {
  compareScans,
  explainFinding,
  formatCompare,
  formatCompareMarkdown,
  formatCves,
  formatQuickview,
  hasPackageChange,
  isCounted,
  isWorse,
  scanImage,
  toCompareJson,
  toSide,
  type Finding,
  type ImageScan,
} from "../scan/index.js";
import { referenceOf } from "./reference-image.js";
import { openImage } from "../transfer/index.js";
import { withStore, type CommandContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit.js";
import type { TrustFlags } from "./trust-flags.js";
import { attestedVex, vexOfFiles } from "./vex-sources.js";

export interface VexFlags extends TrustFlags {
  /** Files with statements. */
  readonly vex?: readonly string[];
}

export interface ScanFlags extends VexFlags {
  readonly platform?: string;
  readonly json?: boolean;
  readonly format?: string;
}

export interface CvesFlags extends ScanFlags {
  readonly onlySeverity?: string;
  readonly onlyFixed?: boolean;
  readonly onlyCveId?: string;
  readonly onlyPackage?: string;
  readonly showSuppressed?: boolean;
  readonly explain?: string;
  readonly exitCode?: boolean;
}

export interface CompareFlags extends ScanFlags {
  readonly to: string;
  readonly ignoreUnchanged?: boolean;
  readonly exitOn?: string;
}

/** `basalt quickview`: one screen about an image, against what it replaces where that is in the store. */
export async function runQuickview(image: string, flags: ScanFlags, context: CommandContext): Promise<ExitCode> {
  return withScanner(context, flags, async (scan) => {
    const target = await scan(image);
    const other = referenceOf(target);
    const comparison = other === undefined ? undefined : await scan(other).catch(ignoreAbsent);
    const comparands = comparison === undefined ? [] : [{ heading: "Replaces", scan: comparison }];
    const isJson = formatOf(flags, ["text", "json"]) === "json";
    const json = { target: toSide(target), ...(comparison === undefined ? {} : { replaces: toSide(comparison) }) };
    context.console.print(isJson ? toText(json) : formatQuickview(target, comparands, context.console.colors));
    return EXIT.ok;
  });
}

/** `basalt cves`: the findings, filtered. */
export async function runCves(image: string, flags: CvesFlags, context: CommandContext): Promise<ExitCode> {
  const filter = toFilter(flags);
  const isJson = formatOf(flags, ["text", "json"]) === "json";
  return withScanner(context, flags, async (scan) => {
    const target = await scan(image);
    const all = target.result.findings;
    if (flags.explain !== undefined) return explain({ id: flags.explain, isJson }, all, target, context);
    const shown = all.filter(filter).filter((finding) => flags.showSuppressed === true || isCounted(finding));
    context.console.print(
      isJson ? toText({ ...toSide(target), findings: shown }) : formatCves(target, shown, context.console.colors),
    );
    return flags.exitCode === true && shown.some(isCounted) ? EXIT.conditionHolds : EXIT.ok;
  });
}

/** `basalt compare`: two images side by side. */
export async function runCompare(image: string, flags: CompareFlags, context: CommandContext): Promise<ExitCode> {
  const conditions = parseConditions(flags.exitOn);
  const format = formatOf(flags, ["text", "json", "markdown"]);
  return withScanner(context, flags, async (scan) => {
    const comparison = compareScans(await scan(image), await scan(flags.to));
    const options = { ignoreUnchanged: flags.ignoreUnchanged === true };
    if (format === "json") context.console.print(toText(toCompareJson(comparison, options)));
    else if (format === "markdown") context.console.print(formatCompareMarkdown(comparison, options));
    else context.console.print(formatCompare(comparison, options, context.console.colors));
    const holds =
      (conditions.has("vulnerability") && isWorse(comparison)) ||
      (conditions.has("package") && hasPackageChange(comparison));
    return holds ? EXIT.conditionHolds : EXIT.ok;
  });
}

type Scan = (image: string) => Promise<ImageScan>;

/** Opens store and advisories for the time of `work`. */
export async function withScanner<T>(
  context: CommandContext,
  flags: Pick<ScanFlags, "platform" | "vex" | "key">,
  work: (scan: Scan) => Promise<T>,
): Promise<T> {
  const platform = flags.platform === undefined ? {} : { platform: parsePlatform(flags.platform) };
  const files = await vexOfFiles(flags.vex);
  return withStore(context, async (store) => {
    const advisories: Advisories = await openAdvisories(context.host.home.advisories);
    try {
      return await work(async (image) => {
        const reader = await openImage(image, { host: context.host, store });
        try {
          const vex = [...files, ...(await attestedVex(reader, flags, context))];
          return await scanImage(reader, { ...platform, advisories, vex, store });
        } finally {
          await reader.close();
        }
      });
    } finally {
      advisories.close();
    }
  });
}

function explain(
  { id, isJson }: { readonly id: string; readonly isJson: boolean },
  findings: readonly Finding[],
  target: ImageScan,
  context: CommandContext,
): ExitCode {
  const found = findings.filter((finding) => finding.vulnerability === id);
  if (isJson) context.console.print(toText({ findings: found }));
  else if (found.length === 0) context.console.print(`${id} was not found in ${target.reference}\n`);
  if (!isJson) for (const finding of found) context.console.print(explainFinding(finding));
  return EXIT.ok;
}

function toFilter(flags: CvesFlags): (finding: Finding) => boolean {
  const severities = listOf(flags.onlySeverity)?.map(toSeverity);
  const ids = listOf(flags.onlyCveId);
  const packages = listOf(flags.onlyPackage);
  return (finding) =>
    (severities === undefined || severities.includes(finding.severity)) &&
    (flags.onlyFixed !== true || finding.fixedVersion !== undefined) &&
    (ids === undefined || ids.includes(finding.vulnerability)) &&
    (packages === undefined ||
      packages.some(
        (name) => finding.package.name === name || finding.package.binaries.some((binary) => binary.name === name),
      ));
}

function listOf(text: string | undefined): readonly string[] | undefined {
  return text
    ?.split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function toSeverity(text: string): Severity {
  const found = SEVERITIES.find((severity) => severity === text.toLowerCase());
  if (found === undefined)
    throw new BasaltError("USAGE", `unknown severity ${JSON.stringify(text)}; known: ${SEVERITIES.join(", ")}`);
  return found;
}

function parseConditions(text: string | undefined): ReadonlySet<string> {
  const known = ["vulnerability", "package"];
  const wanted = listOf(text) ?? [];
  const unknown = wanted.find((condition) => !known.includes(condition));
  if (unknown !== undefined)
    throw new BasaltError(
      "USAGE",
      `unknown condition ${JSON.stringify(unknown)} in --exit-on; known: ${known.join(", ")}`,
    );
  return new Set(wanted);
}

function toText(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** The image that is replaced need not be in the store. */
function ignoreAbsent(error: unknown): undefined {
  if (error instanceof BasaltError && (error.code === "MANIFEST_UNKNOWN" || error.code === "ENGINE_UNAVAILABLE"))
    return undefined;
  throw error;
}
