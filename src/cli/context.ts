// SPDX-License-Identifier: Apache-2.0
import type { Host } from "../host/host.js";
import { openStore, type Store } from "../store/index.js";
import type { Console } from "./console.js";
import type { ExitCode } from "./exit.js";

/** What every command works with. */
export interface CommandContext {
  readonly host: Host;
  readonly console: Console;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Version of Basalt. */
  readonly version: string;
}

/** Opens the store for the time of `work`. */
export async function withStore<T>(context: CommandContext, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(context.host);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** A command's work; answers how the program ends. */
export type Work = (context: CommandContext) => Promise<ExitCode>;

/** Takes a command's work from the command line. */
export type Run = (work: Work, options?: { readonly offline?: boolean }) => void;
