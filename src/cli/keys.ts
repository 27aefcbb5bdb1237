// SPDX-License-Identifier: Apache-2.0
import { publicKeyPem } from "../sign/index.js";
import type { CommandContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit.js";

/** `basalt keys list`: the public key; the pair is made if there is none. */
export async function runKeysList(context: CommandContext): Promise<ExitCode> {
  context.console.print(await publicKeyPem(context.host));
  return EXIT.ok;
}
