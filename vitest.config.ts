import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "web/**/*.test.{ts,tsx}", "test/*.test.ts", "test/contract/*.test.ts"],
    pool: "threads",
    isolate: false,
    maxWorkers: "100%",
    testTimeout: 20_000,
    chaiConfig: { truncateThreshold: 0 }, // sentences of tables in full
  },
});
