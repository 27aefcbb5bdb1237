// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import type { Host } from "../host/host.js";
import { listNames, removeTree, statIfAny } from "../host/files.js";
import { sizeText } from "../scan/index.js";
import { collectGarbage } from "../store/index.js";
import { withStore, type CommandContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit.js";

export interface GcFlags {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const LEFT_AFTER_MS = 24 * 60 * 60 * 1000; // no build stage, and no archive on its way to an engine, takes as long

/** `basalt gc`: safe beside a running server and running builds. */
export async function runGc(flags: GcFlags, context: CommandContext): Promise<ExitCode> {
  return withStore(context, async ({ db, blobs, now }) => {
    const isDryRun = flags.dryRun === true;
    const found = await collectGarbage(db, blobs, { now: now(), isDryRun });
    const leftovers = await removeLeftovers(context.host, isDryRun);
    const verb = isDryRun ? "would remove" : "removed";
    const size = `${found.blobs} blobs (${sizeText(found.sizeBytes)})`;
    const text = `${verb} ${size}, ${found.uploads} unfinished uploads and ${leftovers} leftovers of builds\n`;
    context.console.print(flags.json === true ? `${JSON.stringify({ ...found, leftovers })}\n` : text);
    return EXIT.ok;
  });
}

/** What builds that were killed left: trees of stages and tests, archives for an engine, repositories. Answers how many. */
async function removeLeftovers({ home, now }: Host, isDryRun: boolean): Promise<number> {
  let count = 0;
  for (const name of await listNames(home.temporary)) {
    const path = join(home.temporary, name);
    const facts = /^(?:stage|test|load|engine|git)-/.test(name) ? await statIfAny(path) : undefined;
    if (facts === undefined || now().getTime() - facts.modifiedAt.getTime() < LEFT_AFTER_MS) continue;
    count += 1;
    if (!isDryRun) await removeTree(path);
  }
  return count;
}
