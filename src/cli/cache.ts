// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { CACHE_KINDS, listCacheEntries, type CacheEntry, type CacheKind } from "../host/cache-entries.js";
import { pruneCache, type PruneOptions, type PruneResult } from "../host/cache-prune.js";
import { formatTable, sizeText } from "../scan/index.js";
import type { CommandContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit.js";
import { parseByteSize, parseDurationMs } from "./quantities.js";

export interface CachePruneFlags {
  readonly olderThan?: string;
  readonly keepBytes?: string;
  readonly kind?: readonly string[];
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const DEFAULT_AGE = "30d";

interface KindSummary {
  readonly kind: CacheKind;
  readonly entries: number;
  readonly sizeBytes: number;
  /** ISO 8601. */
  readonly oldestUse: string;
  readonly newestUse: string;
}

/** `basalt cache df`: reads the file system only, and may run beside anything. */
export async function runCacheDf(flags: { readonly json?: boolean }, context: CommandContext): Promise<ExitCode> {
  const folder = context.host.home.cache;
  const entries: CacheEntry[] = [];
  for await (const entry of listCacheEntries(folder)) entries.push(entry);
  const kinds = summarize(entries);
  const total = { entries: entries.length, sizeBytes: sumOf(entries) };
  if (flags.json === true) context.console.print(`${JSON.stringify({ folder, kinds, ...total }, undefined, 2)}\n`);
  else if (entries.length === 0) context.console.print(`nothing is in the cache ${folder}\n`);
  else context.console.print(formatKinds(kinds, total));
  return EXIT.ok;
}

/** `basalt cache prune`: safe beside running builds. */
export async function runCachePrune(flags: CachePruneFlags, context: CommandContext): Promise<ExitCode> {
  const { home, now } = context.host;
  const options = pruneOptions(flags, now());
  const result = await pruneCache(home.cache, options);
  const { removed, inUse, failures } = result;
  if (flags.json === true) {
    const counts = { entries: removed.length, sizeBytes: sumOf(removed) };
    const kept = { entries: inUse.length, sizeBytes: sumOf(inUse) };
    const document = { ...counts, kinds: summarize(removed), inUse: kept, failures, isDryRun: options.isDryRun };
    context.console.print(`${JSON.stringify(document, undefined, 2)}\n`);
  } else context.console.print(formatPrune(result, options.isDryRun));
  const [failure] = failures;
  if (failure === undefined) return EXIT.ok;
  throw new BasaltError(
    "FILE_UNREADABLE",
    `${failures.length} entries of the cache cannot be removed, the first: ${failure.reason}`,
  );
}

function pruneOptions(flags: CachePruneFlags, now: Date): PruneOptions {
  const { all: isAll, olderThan, keepBytes } = flags;
  if (isAll === true && (olderThan !== undefined || keepBytes !== undefined))
    throw new BasaltError("USAGE", "--all goes with neither --older-than nor --keep-bytes");
  const age = olderThan ?? (isAll === true || keepBytes !== undefined ? undefined : DEFAULT_AGE);
  return {
    kinds: parseKinds(flags.kind),
    ...(age === undefined ? {} : { unusedSince: new Date(now.getTime() - parseDurationMs(age, "--older-than")) }),
    ...(keepBytes === undefined ? {} : { keepBytes: parseByteSize(keepBytes, "--keep-bytes") }),
    isDryRun: flags.dryRun === true,
  };
}

function parseKinds(wanted: readonly string[] | undefined): readonly CacheKind[] {
  const names = wanted?.flatMap((text) => text.split(",").map((name) => name.trim()));
  const unknown = names?.find((name) => !(CACHE_KINDS as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new BasaltError("USAGE", `unknown kind ${JSON.stringify(unknown)}; known: ${CACHE_KINDS.join(", ")}`);
  return names === undefined ? CACHE_KINDS : CACHE_KINDS.filter((kind) => names.includes(kind));
}

function summarize(entries: readonly CacheEntry[]): readonly KindSummary[] {
  return CACHE_KINDS.flatMap((kind) => {
    const own = entries.filter((entry) => entry.kind === kind).toSorted((a, b) => +a.lastUsed - +b.lastUsed);
    const [oldest, newest] = [own[0], own.at(-1)];
    if (oldest === undefined || newest === undefined) return [];
    const uses = { oldestUse: oldest.lastUsed.toISOString(), newestUse: newest.lastUsed.toISOString() };
    return [{ kind, entries: own.length, sizeBytes: sumOf(own), ...uses }];
  });
}

function sumOf(entries: readonly CacheEntry[]): number {
  return entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function minute(time: string): string {
  return time.slice(0, 16).replace("T", " ");
}

function formatKinds(kinds: readonly KindSummary[], total: Pick<KindSummary, "entries" | "sizeBytes">): string {
  const rows = kinds.map(({ kind, entries, sizeBytes, oldestUse, newestUse }) => [
    kind,
    String(entries),
    sizeText(sizeBytes),
    minute(oldestUse),
    minute(newestUse),
  ]);
  const head = ["Kind", "Entries", "Size", "Oldest use", "Newest use"];
  return `${formatTable({ head, rows }, "")}${total.entries} entries, ${sizeText(total.sizeBytes)}; times in UTC\n`;
}

function formatPrune({ removed, inUse }: PruneResult, isDryRun: boolean): string {
  const verb = isDryRun ? "would remove" : "removed";
  const lines = summarize(removed).map(
    ({ kind, entries, sizeBytes }) => `${kind}: ${entries} (${sizeText(sizeBytes)})\n`,
  );
  const kept =
    inUse.length === 0 ? "" : `; kept ${inUse.length} (${sizeText(sumOf(inUse))}) that running commands may use`;
  return `${lines.join("")}${verb} ${removed.length} entries (${sizeText(sumOf(removed))})${kept}\n`;
}
