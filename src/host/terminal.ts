// SPDX-License-Identifier: Apache-2.0
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { BasaltError } from "../errors.js";
import { collect } from "../formats/bytes.js";

const MAX_PASSWORD_BYTES = 4096;

/** A password: the first line of standard input, or asked for on the terminal without showing it. @throws BasaltError `USAGE`, `CANCELLED`, `SIZE_LIMIT_EXCEEDED` */
export async function readPassword(options: { readonly prompt: string; readonly isPiped: boolean }): Promise<string> {
  if (options.isPiped) {
    const text = (await collect(process.stdin, { maxBytes: MAX_PASSWORD_BYTES, name: "standard input" })).toString(
      "utf8",
    );
    return text.split(/\r?\n/, 1)[0] ?? "";
  }
  if (!process.stdin.isTTY)
    throw new BasaltError("USAGE", "there is no terminal to ask for a password", {
      action: "pipe it in and add --password-stdin",
    });
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  process.stderr.write(options.prompt);
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      const giveUp = (): void => reject(new BasaltError("CANCELLED", "no password was given"));
      reader.on("SIGINT", giveUp);
      reader.on("close", giveUp); // Ctrl-D, or the end of the input: no answer will come
      reader.question("", resolve);
    });
  } finally {
    reader.close();
    process.stderr.write("\n");
  }
}
