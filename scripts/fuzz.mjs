// SPDX-License-Identifier: Apache-2.0
// npm run fuzz: compiles the fuzz targets into .fuzz/ and runs them.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

rmSync(".fuzz", { recursive: true, force: true });
run("node_modules/typescript/bin/tsc", "-p", "tsconfig.fuzz.json");
run(".fuzz/fuzz/main.js", ...process.argv.slice(2));
