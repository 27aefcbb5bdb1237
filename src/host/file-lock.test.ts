// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { acquireFileLock, isProcessAlive } from "./file-lock.js";

const HOUR_SECONDS = 3600;

function lockPath(content?: string): string {
  const path = join(temporaryFolder(), "some.lock");
  if (content !== undefined) writeFileSync(path, content);
  return path;
}

/** The number of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await new Promise((resolve) => child.on("close", resolve));
  if (child.pid === undefined) throw new Error("Node.js did not start");
  return child.pid;
}

describe("taking a lock", () => {
  it("a lock that nobody holds is taken, names this process, and is gone when it is released", async () => {
    const path = lockPath();
    const lock = await acquireFileLock(path);
    expect(readFileSync(path, "utf8")).toBe(`${process.pid} ${hostname()}\n`);
    await lock?.release();
    expect(existsSync(path)).toBe(false);
  });

  it("the folder of a lock is made", async () => {
    const path = join(temporaryFolder(), "a", "b", "some.lock");
    expect(await acquireFileLock(path)).toBeDefined();
    expect(existsSync(path)).toBe(true);
  });

  it("a lock that is held is not taken again, not even by the process that holds it", async () => {
    const path = lockPath();
    const first = await acquireFileLock(path);
    expect(await acquireFileLock(path)).toBeUndefined();
    await first?.release();
    expect(await acquireFileLock(path)).toBeDefined();
  });

  it("locks of different names do not disturb each other", async () => {
    const folder = temporaryFolder();
    const locks = await Promise.all(["a", "b", "c"].map((name) => acquireFileLock(join(folder, name))));
    expect(locks.filter((lock) => lock !== undefined)).toHaveLength(3);
  });

  it("releasing twice does no harm", async () => {
    const lock = await acquireFileLock(lockPath());
    await lock?.release();
    expect(await codeOf(() => lock?.release())).toBeUndefined();
  });

  it("of many that want a free lock at once, one gets it", async () => {
    const path = lockPath();
    const locks = await Promise.all(Array.from({ length: 20 }, () => acquireFileLock(path)));
    expect(locks.filter((lock) => lock !== undefined)).toHaveLength(1);
  });

  it("a folder that cannot be made is an error", async () => {
    const file = lockPath("not a folder");
    expect(await codeOf(() => acquireFileLock(join(file, "folder", "some.lock")))).toBe("FILE_NOT_FOUND");
  });
});

describe("locks that were left behind", () => {
  const contents = [
    { summary: "the lock of another living process is held", content: `${process.ppid}\n`, isHeld: true },
    {
      summary: "a file that was made this moment is held: its process writes its number next",
      content: "",
      isHeld: true,
    },
    { summary: "a file of blanks belongs to nobody", content: "\n", isHeld: false },
    { summary: "a file of other text belongs to nobody", content: "garbage", isHeld: false },
    { summary: "zero is no process", content: "0\n", isHeld: false },
    { summary: "a negative number is no process", content: "-1\n", isHeld: false },
    { summary: "a fraction is no process", content: "1.5\n", isHeld: false },
    { summary: "more than a number and a machine is neither", content: "1 a b\n", isHeld: false },
    { summary: "a living process of this machine holds it", content: `${process.ppid} ${hostname()}\n`, isHeld: true },
    {
      summary: "a process of another machine holds what it has just touched",
      content: "4194305 elsewhere\n",
      isHeld: true,
    },
  ];
  it.each(contents)("$summary", async ({ content, isHeld }) => {
    expect((await acquireFileLock(lockPath(content))) === undefined).toBe(isHeld);
  });

  it("the lock of a process that has died is taken over", async () => {
    const path = lockPath(`${await deadPid()}\n`);
    expect(await acquireFileLock(path)).toBeDefined();
    expect(readFileSync(path, "utf8")).toBe(`${process.pid} ${hostname()}\n`);
    expect(await acquireFileLock(path)).toBeUndefined();
  });

  it("the lock of a process that died before it wrote its number is taken over", async () => {
    const path = lockPath("");
    const hourAgo = Date.now() / 1000 - HOUR_SECONDS;
    utimesSync(path, hourAgo, hourAgo);
    expect(await acquireFileLock(path)).toBeDefined();
  });

  it("the lock of another machine that was not touched for a minute is taken over, though its number is a living process here", async () => {
    const path = lockPath(`${process.ppid} elsewhere\n`);
    const ago = Date.now() / 1000 - 61;
    utimesSync(path, ago, ago);
    expect(await acquireFileLock(path)).toBeDefined();
  });

  it("a lock that is held long gets a new time, so that other machines see that it is held", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    vi.resetModules(); // without the locks of other tests
    try {
      const alone = await import("./file-lock.js");
      const path = lockPath();
      const lock = await alone.acquireFileLock(path);
      const hourAgo = Date.now() / 1000 - HOUR_SECONDS;
      utimesSync(path, hourAgo, hourAgo);
      vi.advanceTimersByTime(10_000);
      await vi.waitFor(() => expect(statSync(path).mtimeMs).toBeGreaterThan(Date.now() - 10_000));
      await lock?.release();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("a lock with this process's number that it never took is an earlier one's: in a container all have number 1", async () => {
    expect(await acquireFileLock(lockPath(`${process.pid}\n`))).toBeDefined();
  });

  it("of many that find the lock of a dead process at once, one gets it", async () => {
    const [folder, dead] = [temporaryFolder(), await deadPid()];
    for (let round = 0; round < 100; round += 1) {
      const path = join(folder, `${round}.lock`);
      writeFileSync(path, `${dead}\n`);
      const locks = await Promise.all(Array.from({ length: 8 }, () => acquireFileLock(path)));
      expect(locks.filter((lock) => lock !== undefined).length).toBeLessThanOrEqual(1);
    }
  });
});

describe("living processes", () => {
  it("this process lives", () => {
    expect(isProcessAlive(process.pid)).toBe(true);
  });

  it("a process of another user lives as well", () => {
    expect(isProcessAlive(1)).toBe(true);
  });

  it("a process that has ended does not live", async () => {
    expect(isProcessAlive(await deadPid())).toBe(false);
  });
});
