// SPDX-License-Identifier: Apache-2.0
// A hundred Dockerfiles in one process, from its start and with warm data, and one by the command.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { measure, median } from "./measure.mjs";

const CASES = join("test", "migrate");
const COUNT = 100;
const WANTED_SECONDS = 1;

/** Runs in a process of its own: loading the program and its data is part of what is measured. */
const SCRIPT = `
  import { readFileSync } from "node:fs";
  const { loadMappings, migrateDockerfile } = await import("./dist/src/migrate/index.js");
  const files = process.argv.slice(1).map((path) => readFileSync(path, "utf8"));
  const mappings = await loadMappings();
  const startedAt = performance.now();
  let changed = 0;
  for (const text of files) if (migrateDockerfile(text, mappings, { registry: "registry.example" }).isChanged) changed += 1;
  console.log(JSON.stringify({ changed, seconds: (performance.now() - startedAt) / 1000 }));
`;

/** @param {{ readonly runs: number }} options */
export async function benchMigrate({ runs }) {
  const names = readdirSync(CASES);
  const files = Array.from({ length: COUNT }, (_, index) =>
    join(CASES, names[index % names.length], "before.Dockerfile"),
  );
  const lines = files.reduce((sum, path) => sum + readFileSync(path, "utf8").split("\n").length - 1, 0);
  const all = [];
  const rewriting = [];
  const one = [];
  for (let run = 0; run < runs; run += 1) {
    const { seconds, stdout } = await measure([
      process.execPath,
      "--input-type=module",
      "--eval",
      SCRIPT,
      "--",
      ...files,
    ]);
    const { changed, seconds: inner } = JSON.parse(stdout);
    if (changed < COUNT / 2) throw new Error(`only ${changed} of ${COUNT} files were rewritten`);
    all.push(seconds);
    rewriting.push(inner);
    one.push((await measure([process.execPath, "dist/bin/basalt.js", "migrate", files[0]])).seconds);
  }
  return [
    `| ${COUNT} Dockerfiles of the corpus, ${lines} lines, median of ${runs} | seconds | wanted |`,
    "|---|--:|--:|",
    row("one process, from its start", all, `< ${WANTED_SECONDS}`),
    row("the rewriting alone", rewriting, ""),
    row("`basalt migrate` with one file", one, ""),
  ].join("\n");
}

function row(name, values, wanted) {
  return `| ${name} | ${median(values).toFixed(2)} | ${wanted} |`;
}
