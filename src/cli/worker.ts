// SPDX-License-Identifier: Apache-2.0
import { work } from "../factory/index.js";
import { withStore, type CommandContext } from "./context.js";
import { EXIT, toFailure, type ExitCode } from "./exit.js";

/** `basalt worker`. */
export async function runWorker(flags: { readonly drain?: boolean }, context: CommandContext): Promise<ExitCode> {
  const { host, signal, console } = context;
  await withStore(context, (store) =>
    work(
      { host, store },
      {
        isDraining: flags.drain === true,
        signal,
        onFailure: (job, error) =>
          console.note(`job ${job.id} (${job.request.kind}), try ${job.attempts}: ${toFailure(error).text}\n`),
      },
    ),
  );
  return EXIT.ok;
}
