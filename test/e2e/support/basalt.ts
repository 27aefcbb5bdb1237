// SPDX-License-Identifier: Apache-2.0
import { ended, must, PROGRAM, run, start, type RunOptions, type RunResult } from "./run.js";

/** `basalt` with one home. */
export interface Basalt {
  readonly home: string;
  readonly run: (args: readonly string[], options?: RunOptions) => Promise<RunResult>;
  /** Has to succeed; answers standard output. */
  readonly must: (args: readonly string[], options?: RunOptions) => Promise<string>;
  /** Has to succeed; answers the one JSON document that it prints. */
  readonly json: <T>(args: readonly string[]) => Promise<T>;
  readonly serve: (args?: readonly string[]) => Promise<Server>;
}

export interface Server {
  readonly url: URL;
  /** `localhost:PORT`. */
  readonly host: string;
  readonly stop: () => Promise<void>;
}

export function basaltAt(home: string): Basalt {
  const env = { BASALT_HOME: home };
  const withEnv = (options: RunOptions = {}): RunOptions => ({ ...options, env: { ...env, ...options.env } });
  const mustRun: Basalt["must"] = (args, options) => must(process.execPath, [PROGRAM, ...args], withEnv(options));
  return {
    home,
    run: (args, options) => run(process.execPath, [PROGRAM, ...args], withEnv(options)),
    must: mustRun,
    json: async <T>(args: readonly string[]) => JSON.parse(await mustRun(args)) as T,
    serve: (args = []) => serve(env, args),
  };
}

/** A server on a free port; it prints its address when it listens. */
async function serve(env: Readonly<Record<string, string>>, args: readonly string[]): Promise<Server> {
  const child = start(process.execPath, [PROGRAM, "serve", "--port", "0", ...args], { env });
  const stopped = ended(child);
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const address = await Promise.race([
    new Promise<string>((resolve) => child.stdout?.setEncoding("utf8").once("data", resolve)),
    stopped.then((status) => Promise.reject(new Error(`basalt serve ended with ${status}\n${stderr}`))),
  ]);
  const url = new URL(address.trim());
  return {
    url,
    host: url.host,
    stop: async () => {
      child.kill("SIGTERM");
      await stopped;
    },
  };
}
