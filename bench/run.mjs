// SPDX-License-Identifier: Apache-2.0
// Usage: npm run bench [-- NAME…] [--runs N]. Prints tables for docs/benchmarks.md.
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { benchBuild, benchPatroni } from "./build.mjs";
import { benchIndex } from "./index.mjs";
import { benchMemory } from "./memory.mjs";
import { benchMigrate } from "./migrate.mjs";
import { benchResolve } from "./resolve.mjs";
import { benchUpdate } from "./update.mjs";

const BENCHES = {
  build: benchBuild,
  patroni: benchPatroni,
  update: benchUpdate,
  memory: benchMemory,
  index: benchIndex,
  resolve: benchResolve,
  migrate: benchMigrate,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: "string", default: "5" } },
});
const names = positionals.length === 0 ? Object.keys(BENCHES) : positionals;
const unknown = names.find((name) => !(name in BENCHES));
if (unknown !== undefined) {
  console.error(`there is no bench ${unknown}; there are: ${Object.keys(BENCHES).join(", ")}`);
  process.exit(64);
}
console.log(`Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model}\n`);
for (const name of names) console.log(`${await BENCHES[name]({ runs: Number(values.runs) })}\n`);
