import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "web/**/*.test.{ts,tsx}", "test/*.test.ts", "test/contract/*.test.ts"],
    pool: "threads",
    isolate: false,
    maxWorkers: availableParallelism() + 1, // one of them waits for the disk at any time
    testTimeout: 20_000,
    chaiConfig: { truncateThreshold: 0 }, // sentences of tables in full
  },
});
