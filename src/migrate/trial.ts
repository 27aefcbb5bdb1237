// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { collect } from "../formats/bytes.js";
import type { ContainerEngine, ContainerProcess, EngineContainer, EngineImage } from "../host/container-engine.js";
import type { HttpClient } from "../host/http.js";
import { wait } from "../host/wait.js";

/** What shows that a program works. */
export type Probe =
  /** It answers over HTTP; on any port that it exposes where none is named. */
  | { readonly kind: "http"; readonly path: string; readonly port?: number }
  /** It runs to its end. `args` stand in place of the image's own. */
  | { readonly kind: "command"; readonly args: readonly string[] };

export interface TrialOptions {
  readonly dockerfile: string;
  readonly context: string;
  /** What the image is called that is built. */
  readonly image: string;
  readonly buildArgs: readonly string[];
  readonly env: readonly string[];
  /** @default an HTTP request for / where the image exposes a port, else its own command */
  readonly probe?: Probe;
}

export interface TrialDeps {
  readonly engine: ContainerEngine;
  /** Asks this machine, without a proxy. */
  readonly http: HttpClient;
  readonly now: () => Date;
  readonly signal?: AbortSignal;
}

/** A Dockerfile, built and started. */
export interface Trial {
  readonly image: string;
  readonly buildSeconds: number;
  /** What the build said last, when it failed; nothing more is known then. */
  readonly buildFailure?: string;
  readonly built?: EngineImage;
  readonly behaviour?: Behaviour;
}

export interface Behaviour {
  readonly probe: Probe;
  /** Its first process, where the engine is on this machine, and it ran long enough to be looked at. */
  readonly process?: ContainerProcess;
  /** Whether /bin/sh is there and runs, when it ran long enough to be tried. */
  readonly hasShell?: boolean;
  readonly answer?: HttpAnswer;
  /** It ended by itself. */
  readonly end?: { readonly exitCode: number };
  /** What it printed, or why it could not be started. */
  readonly output: string;
}

export interface HttpAnswer {
  /** In the container. */
  readonly port: number;
  readonly status: number;
  readonly contentType: string | undefined;
  readonly sizeBytes: number;
}

/** All chosen, not measured. */
const START_MS = 60_000; // a Java server on a small machine
const PAUSE_MS = 250;
const TRY_MS = 5_000;
const FAULT_PATIENCE_MS = 5_000; // an answer from 500 on may be that of a program that is still starting
const WORKER_MS = 10_000; // what has not ended by then and has no port is taken for a service
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const MAX_SAID_LINES = 20;

/** Builds a Dockerfile, starts the image and looks at what it does. The image stays, the container goes. @throws BasaltError `ENGINE_FAILED`, `CANCELLED` */
export async function tryDockerfile(options: TrialOptions, deps: TrialDeps): Promise<Trial> {
  const { dockerfile, context, image, buildArgs } = options;
  const { engine, now } = deps;
  const startedAt = now().getTime();
  const build = await engine.build({ dockerfile, context, tag: image, buildArgs });
  const trial = { image, buildSeconds: Math.round((now().getTime() - startedAt) / 1000) };
  if (build.exitCode !== 0) return { ...trial, buildFailure: lastLines(`${build.stdout}\n${build.stderr}`) };
  const built = await engine.inspectImage(image);
  const probe = options.probe ?? defaultProbe(built);
  const ports = probe.kind === "http" ? portsOf(probe.port, built) : [];
  const container = await engine.run({
    image,
    env: options.env,
    args: probe.kind === "command" ? probe.args : [],
    ports,
  });
  try {
    const seen = probe.kind === "http" ? await ask(container, probe.path, ports, deps) : await follow(container, deps);
    return { ...trial, built, behaviour: { probe, ...seen } };
  } finally {
    await container.remove();
  }
}

function defaultProbe({ ports }: EngineImage): Probe {
  return ports.some(isTcp) ? { kind: "http", path: "/" } : { kind: "command", args: [] };
}

/** @throws BasaltError `USAGE` */
function portsOf(named: number | undefined, { ports }: EngineImage): readonly number[] {
  const found = named === undefined ? ports.filter(isTcp).map((port) => parseInt(port, 10)) : [named];
  if (found.length > 0) return found;
  throw new BasaltError("USAGE", "the image exposes no port that could be asked; name one, as in --probe :8080/health");
}

function isTcp(port: string): boolean {
  return port.endsWith("/tcp");
}

type Seen = Omit<Behaviour, "probe">;

/** Waits for an answer, or for the end of the program. */
async function ask(container: EngineContainer, path: string, ports: readonly number[], deps: TrialDeps): Promise<Seen> {
  const deadline = deps.now().getTime() + START_MS;
  let faultsUntil = Infinity;
  for (;;) {
    const state = await container.state();
    if (!state.isRunning) return ended(container, state);
    const answer = await firstAnswer(container, path, ports, deps);
    const at = deps.now().getTime();
    if (answer !== undefined && answer.status >= 500) faultsUntil = Math.min(faultsUntil, at + FAULT_PATIENCE_MS);
    const isFinal = answer !== undefined && (answer.status < 500 || at >= faultsUntil);
    if (isFinal || at >= deadline)
      return {
        ...(await look(container)),
        ...(answer === undefined ? {} : { answer }),
        output: await container.logs(),
      };
    await pause(deps);
  }
}

async function firstAnswer(
  container: EngineContainer,
  path: string,
  ports: readonly number[],
  deps: TrialDeps,
): Promise<HttpAnswer | undefined> {
  for (const port of ports) {
    const address = await container.address(port);
    const answer = address === undefined ? undefined : await get(new URL(`http://${address}${path}`), port, deps);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** Waits for the end of a command; one that goes on is a service. */
async function follow(container: EngineContainer, deps: TrialDeps): Promise<Seen> {
  const deadline = deps.now().getTime() + WORKER_MS;
  let looks: Pick<Seen, "process" | "hasShell"> | undefined; // at the start: what ends cannot be looked at any more
  for (;;) {
    const state = await container.state();
    if (!state.isRunning) return { ...looks, ...(await ended(container, state)) };
    if (deps.now().getTime() >= deadline) return { ...(await look(container)), output: await container.logs() };
    looks ??= await look(container);
    await pause(deps);
  }
}

async function ended(
  container: EngineContainer,
  { exitCode, why }: { readonly exitCode: number; readonly why?: string },
): Promise<Seen> {
  return { end: { exitCode }, output: why ?? (await container.logs()) };
}

async function look(container: EngineContainer): Promise<Pick<Seen, "process" | "hasShell">> {
  const process = await container.process();
  const hasShell = await container.succeeds(["/bin/sh", "-c", "true"]);
  // What ended meanwhile has no shell for another reason
  const { isRunning } = await container.state();
  return { ...(process === undefined ? {} : { process }), ...(isRunning ? { hasShell } : {}) };
}

/** An answer over HTTP; undefined where there is none. */
async function get(url: URL, port: number, { http, signal }: TrialDeps): Promise<HttpAnswer | undefined> {
  const timeout = AbortSignal.timeout(TRY_MS);
  try {
    const response = await http.request(url, {
      followRedirects: false,
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    const body = await collect(response.body, { maxBytes: MAX_BODY_BYTES, name: url.href });
    return {
      port,
      status: response.status,
      contentType: response.header("content-type"),
      sizeBytes: body.length,
    };
  } catch (error) {
    if (error instanceof BasaltError) return undefined;
    throw error;
  }
}

async function pause({ signal }: TrialDeps): Promise<void> {
  await wait(PAUSE_MS, signal);
  if (signal?.aborted === true) throw new BasaltError("CANCELLED", "the trial was cancelled");
}

function lastLines(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-MAX_SAID_LINES).join("\n");
}
