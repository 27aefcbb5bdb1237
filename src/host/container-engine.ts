// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { readTextIfAny } from "./files.js";
import { findProgram, runProgram, type ProgramResult } from "./programs.js";

/**
 * Docker's or Podman's command line. Builds go this way, and not by the engine's API, so that they are those that a user gets: with
 * BuildKit, ignore files, mounts and the user's credentials. Source: docs.docker.com/reference/cli/docker; podman(1).
 */
export interface ContainerEngine {
  /** The program, as it was found. */
  readonly program: string;
  readonly hasImage: (name: string) => Promise<boolean>;
  /** Answers what the build said, whether it succeeded or not. */
  readonly build: (options: ProgramBuild) => Promise<ProgramResult>;
  /** @throws BasaltError `ENGINE_FAILED` */
  readonly inspectImage: (name: string) => Promise<EngineImage>;
  /** Makes a container and starts it; one that cannot be started is one that ended. @throws BasaltError `ENGINE_FAILED` */
  readonly run: (options: ProgramRun) => Promise<EngineContainer>;
  /** Writes an image into an archive. @throws BasaltError `ENGINE_FAILED` */
  readonly save: (name: string, file: string) => Promise<void>;
  /** Takes the images of an archive. @throws BasaltError `ENGINE_FAILED` */
  readonly load: (file: string) => Promise<void>;
}

export interface ProgramBuild {
  readonly dockerfile: string;
  readonly context: string;
  readonly tag: string;
  /** `NAME=VALUE`, or `NAME` for the value of this process. */
  readonly buildArgs: readonly string[];
}

export interface ProgramRun {
  readonly image: string;
  /** Ports in the container that get free ones on this machine's loopback address. */
  readonly ports: readonly number[];
  /** `NAME=VALUE`, or `NAME` for the value of this process. */
  readonly env: readonly string[];
  /** In place of the image's own command. */
  readonly args: readonly string[];
}

export interface EngineImage {
  /** As configured; "" is root. */
  readonly user: string;
  /** `8080/tcp`, sorted by number. */
  readonly ports: readonly string[];
  readonly command: readonly string[];
  /** Uncompressed. */
  readonly sizeBytes: number;
}

export interface EngineContainer {
  readonly state: () => Promise<ContainerState>;
  /** `127.0.0.1:49153`, or undefined before it is published. */
  readonly address: (port: number) => Promise<string | undefined>;
  /** Standard output and standard error so far. */
  readonly logs: () => Promise<string>;
  /** Its first process, as this machine sees it; undefined where the engine runs elsewhere, or it has ended. */
  readonly process: () => Promise<ContainerProcess | undefined>;
  /** Whether a command in it ends with 0. */
  readonly succeeds: (command: readonly string[]) => Promise<boolean>;
  readonly remove: () => Promise<void>;
}

export type ContainerState =
  | { readonly isRunning: true }
  /** `why` it could not even be started. */
  | { readonly isRunning: false; readonly exitCode: number; readonly why?: string };

export interface ContainerProcess {
  readonly words: readonly string[];
  /** Within the container. */
  readonly uid: number;
}

const NAMES = ["docker", "podman"];
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024; // of a build: a compiler says a lot

/** The program that `BASALT_ENGINE` names, else Docker, else Podman. @throws BasaltError `ENGINE_UNAVAILABLE` */
export async function findContainerEngine(
  env: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): Promise<ContainerEngine> {
  const named = env["BASALT_ENGINE"] ?? "";
  const program = named === "" ? NAMES.map((name) => findProgram(name, env)).find(Boolean) : named;
  if (program === undefined)
    throw new BasaltError("ENGINE_UNAVAILABLE", "there is neither docker nor podman on the PATH", {
      action: "install one, or name it in BASALT_ENGINE",
    });
  const ask = async (...args: readonly string[]): Promise<ProgramResult> => {
    try {
      return await runProgram(program, args, {
        env,
        maxOutputBytes: MAX_OUTPUT_BYTES,
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (cause) {
      if (signal?.aborted === true) throw new BasaltError("CANCELLED", "the work with the engine was cancelled");
      if (cause instanceof BasaltError) throw cause;
      throw new BasaltError("ENGINE_UNAVAILABLE", `${program} cannot be run: ${(cause as Error).message}`, { cause });
    }
  };
  const { exitCode, stderr } = await ask("version");
  if (exitCode !== 0) throw new BasaltError("ENGINE_UNAVAILABLE", `${program} reaches no engine: ${lastLine(stderr)}`);
  return engineOf(program, ask);
}

type Ask = (...args: readonly string[]) => Promise<ProgramResult>;

function engineOf(program: string, ask: Ask): ContainerEngine {
  const must = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await ask(...args);
    if (exitCode === 0) return stdout;
    throw new BasaltError("ENGINE_FAILED", `${program} ${args.slice(0, 2).join(" ")}: ${lastLine(stderr)}`);
  };
  return {
    program,
    hasImage: async (name) => (await ask("image", "inspect", name)).exitCode === 0,
    build: ({ dockerfile, context, tag, buildArgs }) =>
      ask("build", "-f", dockerfile, "-t", tag, ...options("--build-arg", buildArgs), context),
    inspectImage: async (name) => toImage(await must("image", "inspect", name), name),
    run: async ({ image, ports, env, args }) => {
      const publish = ports.map((port) => `127.0.0.1::${port}`);
      const id = lastLine(await must("create", ...options("-p", publish), ...options("-e", env), image, ...args));
      const { exitCode, stderr } = await ask("start", id);
      return containerOf(id, exitCode === 0 ? undefined : lastLine(stderr), ask);
    },
    save: async (name, file) => void (await must("save", "-o", file, name)),
    load: async (file) => void (await must("load", "-i", file)),
  };
}

function options(flag: string, values: readonly string[]): readonly string[] {
  return values.flatMap((value) => [flag, value]);
}

const NOT_STARTED = 127; // what engines say of a program that is not there

function containerOf(id: string, refusal: string | undefined, ask: Ask): EngineContainer {
  const inspect = async (): Promise<ContainerFacts> => {
    const { stdout } = await ask("inspect", id);
    return firstOf(stdout)?.["State"] ?? {};
  };
  return {
    state: async () => {
      if (refusal !== undefined) return { isRunning: false, exitCode: NOT_STARTED, why: refusal };
      const { Running, ExitCode } = await inspect();
      return Running === true ? { isRunning: true } : { isRunning: false, exitCode: Number(ExitCode ?? NOT_STARTED) };
    },
    address: async (port) => (await ask("port", id, `${port}/tcp`)).stdout.split("\n")[0]?.trim() || undefined,
    logs: async () => {
      const { stdout, stderr } = await ask("logs", id);
      return stdout + stderr;
    },
    process: async () => processOf(Number((await inspect()).Pid ?? 0), id),
    succeeds: async (command) => (await ask("exec", id, ...command)).exitCode === 0,
    remove: async () => void (await ask("rm", "-f", "-v", id)),
  };
}

interface ContainerFacts {
  readonly Running?: unknown;
  readonly ExitCode?: unknown;
  readonly Pid?: unknown;
}

interface Inspected {
  readonly State?: ContainerFacts;
  readonly Size?: unknown;
  readonly Config?: {
    readonly User?: unknown;
    readonly ExposedPorts?: unknown;
    readonly Entrypoint?: unknown;
    readonly Cmd?: unknown;
  };
}

/** The one thing that `inspect` was asked about; undefined for what is no such answer. */
function firstOf(text: string): Inspected | undefined {
  try {
    const value = (JSON.parse(text) as readonly unknown[] | null)?.[0];
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @throws BasaltError `ENGINE_FAILED` */
function toImage(text: string, name: string): EngineImage {
  const { Config: config, Size: size } = firstOf(text) ?? {};
  if (config === undefined) throw new BasaltError("ENGINE_FAILED", `the engine does not say what ${name} is`);
  return {
    user: typeof config.User === "string" ? config.User : "",
    ports: Object.keys(config.ExposedPorts ?? {}).toSorted((left, right) => parseInt(left, 10) - parseInt(right, 10)),
    command: [...wordsOf(config.Entrypoint), ...wordsOf(config.Cmd)],
    sizeBytes: Number(size ?? 0),
  };
}

function wordsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/**
 * What the kernel says of a process, where it is one of that container: an engine in a virtual machine names numbers that mean something
 * else here. Source: proc_pid_status(5), proc_pid_cgroup(5), user_namespaces(7).
 */
async function processOf(pid: number, container: string): Promise<ContainerProcess | undefined> {
  if (!(pid > 0)) return undefined;
  const read = (name: string): Promise<string | undefined> =>
    readTextIfAny(`/proc/${pid}/${name}`).catch(() => undefined);
  const [cgroup, status, cmdline, map] = await Promise.all(["cgroup", "status", "cmdline", "uid_map"].map(read));
  const uid = /^Uid:\s+([0-9]+)/m.exec(status ?? "")?.[1];
  if (uid === undefined || cgroup?.includes(container) !== true) return undefined;
  return { words: (cmdline ?? "").split("\0").slice(0, -1), uid: insideUid(Number(uid), map ?? "") };
}

/** The number that a user of this machine has in a user namespace. */
function insideUid(outside: number, map: string): number {
  for (const line of map.split("\n")) {
    const [first = 0, from = 0, count = 0] = line.trim().split(/\s+/).map(Number);
    if (outside >= from && outside < from + count) return first + outside - from;
  }
  return outside;
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1)?.trim() || "it says nothing";
}
