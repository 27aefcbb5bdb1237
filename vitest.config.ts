import { statfsSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { defineConfig } from "vitest/config";

const SHARED_MEMORY = "/dev/shm";
const NEEDED_BYTES = 2 ** 31;

/** Tests write thousands of small files, and wait for each; where memory can hold them, it does. */
function temporaryFolder(): string {
  try {
    const { bavail, bsize } = statfsSync(SHARED_MEMORY);
    return bavail * bsize >= NEEDED_BYTES ? SHARED_MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "web/**/*.test.{ts,tsx}", "test/*.test.ts", "test/contract/*.test.ts"],
    // Processes, not threads: starting git or xz costs the more the larger the process is that starts it.
    pool: "forks",
    execArgv: ["--max-semi-space-size=32"],
    isolate: false,
    env: { TMPDIR: temporaryFolder() },
    maxWorkers: availableParallelism() + 1, // one of them waits for the disk at any time
    testTimeout: 20_000,
    chaiConfig: { truncateThreshold: 0 }, // sentences of tables in full
  },
});
