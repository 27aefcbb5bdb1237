// SPDX-License-Identifier: Apache-2.0
import { open, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { fileError, hasErrno, makeDirectory } from "./files.js";

export interface FileLock {
  release: () => Promise<void>;
}

/**
 * Takes an advisory lock that names this process, or answers undefined when a living process holds it. The lock of a
 * process that has died is taken over.
 */
export async function acquireFileLock(path: string): Promise<FileLock | undefined> {
  await makeDirectory(dirname(path));
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const handle = await open(path, "wx");
      await handle.writeFile(`${process.pid}\n`);
      await handle.close();
      return { release: () => rm(path, { force: true }) };
    } catch (cause) {
      if (!hasErrno(cause, "EEXIST")) throw fileError(cause, path);
      if (await isHeld(path)) return undefined;
      await rm(path, { force: true });
    }
  }
  return undefined;
}

async function isHeld(path: string): Promise<boolean> {
  const text = await readFile(path, "utf8").catch(() => "");
  const pid = Number(text.trim());
  // An empty file was just made by a process that has not written its number yet.
  if (!Number.isInteger(pid) || pid <= 0) return text === "";
  return isProcessAlive(pid);
}

export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasErrno(error, "EPERM");
  }
}
