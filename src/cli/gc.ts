// SPDX-License-Identifier: Apache-2.0
import { sizeText } from "../scan/index.js";
import { collectGarbage } from "../store/index.js";
import { withStore, type CommandContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit.js";

export interface GcFlags {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `basalt gc`: safe beside a running server and running builds. */
export async function runGc(flags: GcFlags, context: CommandContext): Promise<ExitCode> {
  return withStore(context, async ({ db, blobs, now }) => {
    const found = await collectGarbage(db, blobs, { now: now(), isDryRun: flags.dryRun === true });
    const verb = flags.dryRun === true ? "would remove" : "removed";
    const text = `${verb} ${found.blobs} blobs (${sizeText(found.sizeBytes)}) and ${found.uploads} unfinished uploads\n`;
    context.console.print(flags.json === true ? `${JSON.stringify(found)}\n` : text);
    return EXIT.ok;
  });
}
