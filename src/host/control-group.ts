// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { hasErrno } from "./files.js";
import { wait } from "./wait.js";

/** Bounds how many processes there are at once: forks beyond that fail. */
export interface ControlGroup {
  /** Processes that it starts belong to it, too. */
  readonly add: (pid: string) => void;
  /** Whether a fork has failed. */
  readonly hasReached: () => boolean;
  /** To be called when its processes were ended; waits for them. */
  readonly remove: () => Promise<void>;
}

const MOUNT = "/sys/fs/cgroup";
const PREFIX = "basalt-";
const ATTEMPTS = 50;
const RETRY_MS = 20;
const LEFT_MS = 60_000;

/**
 * Makes a control group beside or in that of this process, where it may. Undefined where it may not, and for all but root: then
 * somebody has to look at the processes. Source: cgroups(7); Linux, admin-guide/cgroup-v2.rst and cgroup-v1/pids.rst.
 */
export function openControlGroup(processes: number): ControlGroup | undefined {
  for (const folder of parentFolders()) {
    const path = join(folder, `${PREFIX}${randomUUID()}`);
    try {
      removeEmpty(folder);
      mkdirSync(path);
      writeFileSync(join(path, "pids.max"), String(processes));
    } catch {
      removeFolder(path);
      continue; // not ours to write, or it does not count processes
    }
    return {
      add: (pid) => writeFileSync(join(path, "cgroup.procs"), pid),
      hasReached: () => !/^max 0$/m.test(textOf(join(path, "pids.events"))),
      remove: async () => {
        for (let attempt = 0; attempt < ATTEMPTS && !removeFolder(path); attempt += 1) await wait(RETRY_MS, undefined);
      },
    };
  }
  return undefined;
}

/** Where a group could be made. */
function parentFolders(): readonly string[] {
  if (process.getuid?.() !== 0) return [];
  // `0::/path` is the one hierarchy of version 2, `8:pids:/path` one of version 1.
  for (const line of textOf("/proc/self/cgroup").split("\n")) {
    const [, controllers, path = "/"] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers?.split(",").includes("pids") === true) return [join(MOUNT, "pids", path)];
    if (controllers !== "" || textOf(join(MOUNT, "cgroup.controllers")) === "") continue;
    const candidates = [dirname(path), path].map((folder) => join(MOUNT, folder));
    return candidates.filter((folder) => /\bpids\b/.test(textOf(join(folder, "cgroup.subtree_control"))));
  }
  return [];
}

/** What killed runs left. Groups with processes stay, and those that another run has just made. */
function removeEmpty(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (!name.startsWith(PREFIX)) continue;
    const facts = statSync(path, { throwIfNoEntry: false });
    if (facts !== undefined && Date.now() - facts.ctimeMs > LEFT_MS) removeFolder(path);
  }
}

/** Answers whether it is gone; while a process in it is about to end it stays. */
function removeFolder(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    return hasErrno(error, "ENOENT");
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
