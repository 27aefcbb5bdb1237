import { defineConfig } from "vitest/config";
export default defineConfig({ test: { include: ["test/e2e/*.test.ts"], provide: { home: "/tmp/asm-home", demoOutput: "" }, fileParallelism: false, testTimeout: 600_000, hookTimeout: 900_000, chaiConfig: { truncateThreshold: 0 } } });
