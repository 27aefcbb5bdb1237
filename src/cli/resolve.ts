// SPDX-License-Identifier: Apache-2.0
import { formatLock } from "../formats/lock.js";
import { parsePlatforms } from "../formats/platform.js";
import { writeFileAtomic } from "../host/files.js";
import { resolve } from "../resolve/index.js";
import { findOne } from "./find-definitions.js";
import type { CommandContext } from "./context.js";
import { parseMapping, type MappingFlags } from "./mapping-flags.js";
import { EXIT, type ExitCode } from "./exit.js";

export interface ResolveFlags extends MappingFlags {
  readonly platform?: string;
  readonly output?: string;
}

/** `basalt resolve`: prints the lock, or writes it to a file. */
export async function runResolve(target: string, flags: ResolveFlags, context: CommandContext): Promise<ExitCode> {
  const definition = await findOne(target, "a lock is for one");
  const platforms = flags.platform === undefined ? definition.platforms : parsePlatforms(flags.platform);
  const lock = formatLock(
    await resolve(definition, { platforms, mapping: parseMapping(flags), signal: context.signal }, context.host),
  );
  if (flags.output === undefined) context.console.print(lock);
  else await writeFileAtomic(flags.output, lock);
  return EXIT.ok;
}
