// SPDX-License-Identifier: Apache-2.0
// npm run build: dist/ anew, with a program that can be run.
import { spawnSync } from "node:child_process";
import { chmodSync, rmSync, writeFileSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });
for (const project of ["tsconfig.build.json", "web/client/tsconfig.json"]) {
  const { status } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", project], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}
chmodSync("dist/src/cli/main.js", 0o755);

// Checking a definition would compile its schema each time.
const { prepareSchema } = await import("../dist/src/definition/schema.js");
for (const schema of ["definition", "info"])
  writeFileSync(`dist/src/definition/${schema}.validate.cjs`, await prepareSchema(schema));
