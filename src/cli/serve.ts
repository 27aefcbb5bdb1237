// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { readBytes } from "../host/files.js";
import type { Host } from "../host/host.js";
import { programPath } from "../host/paths.js";
import type { WorkerCommand } from "../factory/index.js";
import { startServer, type RunningServer, type ServerOptions } from "../server.js";
import type { Store } from "../store/index.js";
import { mirrorsOf } from "./public-url.js";
import { withStore, type CommandContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit.js";

export interface ServeFlags {
  readonly host: string;
  readonly port: string;
  readonly publicUrl?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** Undefined: as the address suggests. */
  readonly anonymousPull: boolean | undefined;
}

/** `basalt serve`: until it is interrupted. */
export async function runServe(flags: ServeFlags, context: CommandContext): Promise<ExitCode> {
  return withStore(context, async (store) => {
    const server = await listen(await toOptions(flags, context), store, context);
    context.console.print(`${server.publicUrl.href}\n`);
    context.console.note(`registry, catalogue and API at ${server.publicUrl.href}, Ctrl-C ends it\n`);
    await untilAborted(context.signal);
    await server.close();
    return EXIT.ok;
  });
}

/** Starts the server. @throws BasaltError `PORT_IN_USE` */
export async function listen(options: ServerOptions, store: Store, { host }: CommandContext): Promise<RunningServer> {
  return startServer(options, { host, store }).catch((cause: unknown) => {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "EADDRINUSE")
      throw new BasaltError("PORT_IN_USE", `something listens on ${options.host}:${options.port} already`, { cause });
    if (code === "EACCES" || code === "EADDRNOTAVAIL")
      throw new BasaltError("PORT_IN_USE", `cannot listen on ${options.host}:${options.port}: ${code}`, {
        cause,
      });
    if (options.tls !== undefined && typeof code === "string" && /^ERR_(?:OSSL|SSL|CRYPTO)/.test(code))
      throw new BasaltError("USAGE", `--tls-cert and --tls-key cannot be used: ${(cause as Error).message}`, { cause });
    throw cause;
  });
}

export async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** A child process of this very program that does what is queued and ends. */
export function workerCommand({ home }: Pick<Host, "home">): WorkerCommand {
  return {
    program: process.execPath,
    args: [programPath(), "worker", "--drain"],
    env: {
      BASALT_HOME: home.root,
      BASALT_DATABASE_URL: `sqlite:${home.database}`,
      BASALT_BLOBS_URL: `file:${home.blobs}`,
    },
  };
}

async function toOptions(flags: ServeFlags, { host, version }: CommandContext): Promise<ServerOptions> {
  const port = parsePort(flags.port);
  if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined))
    throw new BasaltError("USAGE", "--tls-cert and --tls-key go together");
  const tls =
    flags.tlsCert === undefined || flags.tlsKey === undefined
      ? {}
      : { tls: { cert: await readBytes(flags.tlsCert), key: await readBytes(flags.tlsKey) } };
  const url = flags.publicUrl ?? host.env["BASALT_PUBLIC_URL"];
  if (url !== undefined && !URL.canParse(url))
    throw new BasaltError("USAGE", `--public-url takes a URL, not ${JSON.stringify(url)}`);
  return {
    host: flags.host,
    port,
    ...(url === undefined ? {} : { publicUrl: new URL(url) }),
    ...tls,
    anonymousPull: flags.anonymousPull ?? isLoopback(flags.host),
    mirrors: mirrorsOf(host),
    version,
    worker: workerCommand(host),
  };
}

/** @throws BasaltError `USAGE` */
export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^[0-9]{1,5}$/.test(text) || port > 65_535)
    throw new BasaltError("USAGE", `a port is a number up to 65535, not ${JSON.stringify(text)}`);
  return port;
}

function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || /^127(?:\.[0-9]{1,3}){3}$/.test(address);
}
