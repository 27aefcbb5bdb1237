// SPDX-License-Identifier: Apache-2.0
import {
  exportAdvisories,
  feedSources,
  importFeeds,
  openAdvisories,
  updateFeeds,
  type FeedSource,
  type Updated,
} from "../advisories/index.js";
import { BasaltError } from "../errors.js";
import { statIfAny } from "../host/files.js";
import { redactUrl } from "../host/http.js";
import type { CommandContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit.js";

export interface ImportFlags {
  readonly complete?: boolean;
  readonly asOf?: string;
}

/** `basalt db import`. */
export async function runDbImport(
  paths: readonly string[],
  flags: ImportFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const asOf = flags.asOf === undefined ? undefined : new Date(flags.asOf);
  if (asOf !== undefined && Number.isNaN(asOf.getTime()))
    throw new BasaltError("USAGE", `--as-of takes a date, not ${JSON.stringify(flags.asOf)}`);
  const options = { isComplete: flags.complete === true, ...(asOf === undefined ? {} : { asOf }) };
  const imported = await importFeeds(paths, options, context.host);
  for (const path of imported.passedOver)
    context.console.note(`passed over ${path}: not a feed that this version reads\n`);
  for (const { title, records } of imported.feeds) context.console.print(`${title}: ${records} records\n`);
  return EXIT.ok;
}

/** `basalt db update`: 1 when some feed could not be had, though the others were taken. */
export async function runDbUpdate(context: CommandContext): Promise<ExitCode> {
  const updated = await fetchFeeds(context);
  for (const { title, records } of updated.feeds) context.console.print(`${title}: ${records} records\n`);
  return updated.failures.length === 0 ? EXIT.ok : EXIT.failed;
}

/** Fetches the public feeds and says what could not be had. @throws BasaltError `FEEDS_UNREACHABLE` */
export async function fetchFeeds({ host, console, signal }: CommandContext): Promise<Updated> {
  const onSource = (source: FeedSource): void => console.note(`fetching ${redactUrl(source.url)}\n`);
  const updated = await updateFeeds(feedSources(host), host, { signal, onSource });
  for (const { source, error } of updated.failures) {
    console.note(`error: ${error.code}: ${source.kind}: ${error.message}; the old data of this feed are kept\n`);
  }
  return updated;
}

/** `basalt db status`. */
export async function runDbStatus(flags: { readonly json?: boolean }, context: CommandContext): Promise<ExitCode> {
  const advisories = await openAdvisories(context.host.home.advisories);
  const { feeds } = advisories;
  advisories.close();
  if (flags.json === true) context.console.print(`${JSON.stringify({ feeds }, undefined, 2)}\n`);
  else if (feeds.length === 0)
    context.console.print("there are no advisory data: run basalt db update, or basalt db import PATH\n");
  else
    for (const feed of feeds)
      context.console.print(
        `${feed.title}: ${feed.records} records, as of ${feed.asOf.slice(0, 10)}, from ${feed.source}\n`,
      );
  return EXIT.ok;
}

/** `basalt db export`. */
export async function runDbExport(file: string, context: CommandContext): Promise<ExitCode> {
  if ((await statIfAny(context.host.home.advisories)) === undefined)
    throw new BasaltError("FILE_NOT_FOUND", "there is no advisory database to export", {
      action: "run basalt db update, or basalt db import PATH",
    });
  await exportAdvisories(file, context.host);
  return EXIT.ok;
}
