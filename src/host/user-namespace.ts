// SPDX-License-Identifier: Apache-2.0
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import type { Writable } from "node:stream";
import { BasaltError } from "../errors.js";
import { findProgram } from "./programs.js";

/** Numeric user and group. */
export interface Ids {
  readonly uid: number;
  readonly gid: number;
}

/** How bubblewrap gets the user namespace of a sandbox. */
export interface Identity {
  readonly options: readonly string[];
  /** What the program has as its file descriptor 4. */
  readonly descriptor: number | "pipe" | "ignore";
  /** Who bubblewrap runs as; empty for this process's own user. */
  readonly runAs: Partial<Ids>;
  /** To be called as soon as the process in the namespace is known; throws where it cannot have its ids. */
  readonly begin: (child: ChildProcess, pid: string) => void;
  readonly close: () => void;
}

const HOLDER_MS = 10_000;
/** What root in a container may do to files and processes of its own; nothing of it counts outside. Source: capabilities(7). */
export const ROOT_CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID"];

/** Whether owners of files can be kept in a sandbox: root has all ids to give away, other users have only their own. */
export function hasManyIds(): boolean {
  return process.getuid?.() === 0 && /^\s*\d+\s+\d+\s+(?!1\s*$)\d+/m.test(ownMap("uid"));
}

/** @throws BasaltError `SANDBOX_UNAVAILABLE` */
export async function openIdentity(user: Ids): Promise<Identity> {
  if (!hasManyIds()) return oneIdentity(user);
  return user.uid === 0 && user.gid === 0 ? rootIdentity() : userIdentity(user);
}

/** The user is whoever runs this program, and so is the owner of every file. */
function oneIdentity({ uid, gid }: Ids): Identity {
  const options = ["--unshare-user", "--uid", String(uid), "--gid", String(gid), "--cap-drop", "ALL"];
  return { options, descriptor: "ignore", runAs: {}, begin: () => undefined, close: () => undefined };
}

/** A namespace with the same ids as outside; bubblewrap makes such ones itself only with a single id. */
async function rootIdentity(): Promise<Identity> {
  const descriptor = await holdNamespace();
  const capabilities = ROOT_CAPABILITIES.flatMap((name) => ["--cap-add", `CAP_${name}`]);
  return {
    options: ["--userns", "4", "--uid", "0", "--gid", "0", "--cap-drop", "ALL", ...capabilities],
    descriptor,
    runAs: {},
    begin: () => undefined,
    close: () => closeSync(descriptor),
  };
}

/** Bubblewrap does not change to another user in a namespace that it is given: it runs as that user, and waits for the ids. */
function userIdentity({ uid, gid }: Ids): Identity {
  const ids = ["--uid", String(uid), "--gid", String(gid)];
  return {
    options: ["--unshare-user", "--userns-block-fd", "4", ...ids, "--cap-drop", "ALL"],
    descriptor: "pipe",
    runAs: { uid, gid },
    begin: (child, pid) => {
      writeMaps(pid);
      release(child, 4);
    },
    close: () => undefined,
  };
}

/** Lets bubblewrap go on, which waits for a byte on a descriptor. */
export function release(child: ChildProcess, descriptor: number): void {
  const pipe = (child.stdio as readonly unknown[])[descriptor] as Writable;
  pipe.on("error", () => undefined); // it has ended: that is told where its end is waited for
  pipe.end("x");
}

/** Opens a new user namespace; it lasts as long as something has it open. */
async function holdNamespace(): Promise<number> {
  const unshare = findProgram("unshare");
  if (unshare === undefined) throw new BasaltError("SANDBOX_UNAVAILABLE", "there is no unshare on the PATH");
  const holder = spawn(unshare, ["--user", "cat"], { stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  holder.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  holder.stdin.on("error", () => undefined); // it ends before it reads where namespaces are not allowed
  try {
    holder.stdin.write("x");
    // What it was sent comes back once it is in the namespace.
    await once(holder.stdout, "data", { signal: AbortSignal.any([AbortSignal.timeout(HOLDER_MS), endOf(holder)]) });
    writeMaps(String(holder.pid));
    return openSync(`/proc/${holder.pid}/ns/user`, "r");
  } catch (cause) {
    const why = complaint.trim() || (cause instanceof Error ? cause.message : String(cause));
    throw new BasaltError("SANDBOX_UNAVAILABLE", `no user namespace can be made: ${why}`, { cause });
  } finally {
    holder.kill("SIGKILL");
  }
}

function endOf(child: ChildProcess): AbortSignal {
  const controller = new AbortController();
  child.once("close", () => controller.abort()).once("error", (error) => controller.abort(error));
  return controller.signal;
}

/** Every id that this process has keeps its number. Source: user_namespaces(7). */
function writeMaps(pid: string): void {
  for (const kind of ["uid", "gid"] as const) {
    const ranges = ownMap(kind).matchAll(/^\s*(\d+)\s+\d+\s+(\d+)/gm);
    const lines = [...ranges].map(([, first, count]) => `${first} ${first} ${count}\n`);
    writeFileSync(`/proc/${pid}/${kind}_map`, lines.join(""));
  }
}

function ownMap(kind: "uid" | "gid"): string {
  try {
    return readFileSync(`/proc/self/${kind}_map`, "utf8");
  } catch {
    return ""; // no Linux
  }
}
