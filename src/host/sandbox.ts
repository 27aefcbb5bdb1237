// SPDX-License-Identifier: Apache-2.0
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { BasaltError } from "../errors.js";
import { openControlGroup } from "./control-group.js";
import { findProgram } from "./programs.js";
import { watch, type SandboxLimits } from "./sandbox-watch.js";
import { openIdentity, release, type Identity, type Ids } from "./user-namespace.js";

export type { SandboxLimits } from "./sandbox-watch.js";

export interface SandboxRequest {
  /** Folder that is `/` inside. For a read-only one it needs the folders `proc`, `dev`, `tmp` and `run`. */
  readonly root: string;
  /** @default false: what is changed stays in the folder */
  readonly isReadOnly?: boolean;
  /**
   * Who the program is inside. Files belong to whom they belong to where `hasManyIds`, else all of them to that user.
   * @default user and group 0
   */
  readonly user?: Ids;
  /** Folders of the machine that can be written to inside, by their places, which exist. */
  readonly mounts?: ReadonlyMap<string, string>;
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly hasNetwork: boolean;
  readonly limits: SandboxLimits;
  readonly onOutput: (text: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Of the kernel, not of a sandbox: numbers of users do not tell its files from those of the machine's root.
 * Source: OCI runtime-spec, config-linux.md, default readonlyPaths and maskedPaths of runtimes.
 */
const KERNEL_PATHS = ["acpi", "asound", "bus", "fs", "irq", "mtrr", "scsi", "sys", "sysrq-trigger"];
const HIDDEN_PATHS = ["kcore", "keys", "latency_stats", "sched_debug", "timer_list", "timer_stats"];

/**
 * Runs a program with a root of its own, without rights outside of it, without other processes, mounts, secrets of the environment, and
 * without network unless it is asked for. Nothing of it is left running. Answers its exit code, as a shell would: 127 for a program
 * that is not there, 126 for one that cannot be run. Source: bwrap(1); POSIX.1-2017, XCU 2.8.2. @throws BasaltError `SANDBOX_UNAVAILABLE`, `STAGE_LIMIT`, `CANCELLED`
 */
export async function runSandboxed(request: SandboxRequest): Promise<number> {
  const bwrap = findProgram("bwrap");
  if (bwrap === undefined) throw new BasaltError("SANDBOX_UNAVAILABLE", "there is no bwrap on the PATH");
  const identity = await openIdentity(request.user ?? { uid: 0, gid: 0 });
  const group = openControlGroup(request.limits.processes);
  const child = spawn(bwrap, argumentsOf(request, identity), {
    stdio: ["ignore", "pipe", "pipe", "pipe", identity.descriptor, "pipe"],
    env: {},
    ...identity.runAs,
  });
  let first: string | undefined;
  const kill = (): void => {
    child.kill("SIGKILL");
    // Before it is set up, the sandbox's first process does not end with bubblewrap.
    if (first !== undefined) killProcess(first);
  };
  request.signal?.addEventListener("abort", kill);
  let exceeded: string | undefined;
  const exceed = (what: string): void => {
    exceeded ??= what;
    kill();
  };
  let failure: string | undefined;
  const fail = (error: unknown): void => {
    failure = error instanceof Error ? error.message : String(error);
    kill();
  };
  const begin = (pid: string): void => {
    first = pid;
    identity.begin(child, pid);
    group?.add(pid);
    release(child, 5);
  };
  const folders = [...(request.isReadOnly === true ? [] : [request.root]), ...(request.mounts?.values() ?? [])];
  const watched = { limits: request.limits, folders };
  const hasReached = (): boolean => group?.hasReached() === true;
  const hasStarted = watch(child, watched, { exceed, fail, begin, hasReached });
  const timer = setTimeout(() => exceed(`${request.limits.timeoutMs / 1000} seconds`), request.limits.timeoutMs);
  try {
    const { exitCode, complaint } = await forward(child, request, exceed);
    if (request.signal?.aborted === true) throw new BasaltError("CANCELLED", "what ran in the sandbox was cancelled");
    // A shell that cannot start a program may end before anybody looks.
    if (hasReached()) exceeded ??= `${request.limits.processes} processes`;
    if (exceeded !== undefined) throw new BasaltError("STAGE_LIMIT", `it took more than ${exceeded}`);
    if (failure !== undefined || !hasStarted()) throw unavailable(failure ?? complaint);
    return startFailure(exitCode, complaint) ?? exitCode;
  } finally {
    identity.close();
    await group?.remove();
    clearTimeout(timer);
    request.signal?.removeEventListener("abort", kill);
  }
}

function killProcess(pid: string): void {
  try {
    process.kill(Number(pid), "SIGKILL");
  } catch {
    // it has ended
  }
}

/** bwrap says so in one line and ends with 1 where it cannot start the program; the program itself may end with 1, too. */
function startFailure(exitCode: number, complaint: string): 126 | 127 | undefined {
  if (exitCode !== 1 || !/^bwrap: [^\n]*\n?$/.test(complaint)) return undefined;
  if (complaint.startsWith("bwrap: Can't chdir to ")) return 126; // the user may not enter its folder
  const why = /^bwrap: execvp [^\n]*: ([^:\n]*)\n?$/.exec(complaint)?.[1];
  if (why === undefined) throw unavailable(complaint);
  return why === "No such file or directory" ? 127 : 126;
}

function unavailable(complaint: string): BasaltError {
  return new BasaltError("SANDBOX_UNAVAILABLE", `bwrap cannot start: ${complaint.trim()}`);
}

function argumentsOf(request: SandboxRequest, identity: Identity): readonly string[] {
  const { root, command, cwd, env, hasNetwork, isReadOnly = false } = request;
  const namespaces = ["ipc", "pid", "uts", "cgroup", ...(hasNetwork ? [] : ["net"])].map((name) => `--unshare-${name}`);
  const control = ["--hostname", "basalt", "--die-with-parent", "--new-session", "--info-fd", "3", "--block-fd", "5"];
  const kernel = [
    ...KERNEL_PATHS.map((name) => ["--ro-bind-try", `/proc/${name}`, `/proc/${name}`]),
    ...HIDDEN_PATHS.map((name) => `/proc/${name}`)
      .filter((path) => existsSync(path))
      .map((path) => ["--ro-bind", "/dev/null", path]),
  ].flat();
  const places = [...(request.mounts ?? [])].flatMap(([place, folder]) => ["--bind", folder, place]);
  const temporary = ["--perms", "1777", "--tmpfs", "/tmp", "--tmpfs", "/run"];
  const rootBind = [isReadOnly ? "--ro-bind" : "--bind", root, "/"];
  const mounts = [...rootBind, "--proc", "/proc", ...kernel, "--dev", "/dev", ...temporary, ...places];
  const variables = Object.entries(env).flatMap(([name, value]) => ["--setenv", name, value]);
  return [...identity.options, ...namespaces, ...control, ...mounts, ...variables, "--chdir", cwd, "--", ...command];
}

/** Passes on what a child prints, in whole characters. */
function forward(
  child: ChildProcess,
  { limits, onOutput }: SandboxRequest,
  exceed: (what: string) => void,
): Promise<{ readonly exitCode: number; readonly complaint: string }> {
  let printed = 0;
  let complaint = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      printed += text.length;
      if (printed > limits.outputBytes) exceed(`${limits.outputBytes} bytes of output`);
      else onOutput(text);
      if (complaint.length < 2000) complaint += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    // Killed by a signal counts as it does in shells. Source: POSIX.1-2017, XCU 2.8.2.
    child.on("close", (code) => resolve({ exitCode: code ?? 137, complaint }));
  });
}
