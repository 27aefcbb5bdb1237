// SPDX-License-Identifier: Apache-2.0
// npm run build: dist/ anew; dist/src is the library, dist/bin the program in few files, since opening many costs a third of a
// short command's time.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { rolldown } from "rolldown";

const PROGRAM = "dist/src/cli/main.js";
/** Dependencies that short commands load, file by file; all others stay where npm has put them. */
const BUNDLED = ["commander", "picocolors", "yaml"];

rmSync("dist", { recursive: true, force: true });
for (const project of ["tsconfig.build.json", "web/client/tsconfig.json"]) {
  const { status } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", project], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}

// Checking a definition would compile its schema each time.
const { prepareSchema } = await import("../dist/src/definition/schema.js");
mkdirSync("dist/schema");
for (const schema of ["definition", "info"]) {
  const file = `dist/schema/${schema}.validate.cjs`;
  writeFileSync(file, await prepareSchema(schema));
  const validator = await rolldown({ input: file, platform: "node" }); // with the three small functions of ajv that it needs
  await validator.write({ file, format: "cjs" });
  await validator.close();
}

const bundle = await rolldown({
  input: { basalt: PROGRAM },
  platform: "node",
  external: (id) => /^[^./]/.test(id) && !BUNDLED.includes(id.split("/")[0]),
});
const { output } = await bundle.generate({ format: "esm" });
// Chunks are cut by who shares what, which makes thirty of those that a command loads at its start: they become one each. The
// program itself stays apart, since it waits for the command that it imports.
const start = modulesLoadedWith(PROGRAM).filter((id) => !id.endsWith(PROGRAM));
const resolve = modulesLoadedWith("dist/src/cli/resolve.js").filter(
  (id) => !start.includes(id) && !id.endsWith(PROGRAM),
);
const groups = Object.entries({ start, resolve }).map(([name, ids]) => ({ name, test: (id) => ids.includes(id) }));
await bundle.write({ dir: "dist/bin", format: "esm", chunkFileNames: "chunks/[name].js", codeSplitting: { groups } });
await bundle.close();
chmodSync("dist/bin/basalt.js", 0o755);
// npx keeps a link to the path that the program had in earlier checkouts.
writeFileSync(PROGRAM, '#!/usr/bin/env node\nimport "../../bin/basalt.js";\n');
chmodSync(PROGRAM, 0o755);

/** A module and all that it imports when it is loaded. */
function modulesLoadedWith(module) {
  const chunks = new Set(output.filter(({ moduleIds }) => moduleIds.some((id) => id.endsWith(module))));
  for (const chunk of chunks) for (const other of output) if (chunk.imports.includes(other.fileName)) chunks.add(other);
  return [...chunks].flatMap(({ moduleIds }) => moduleIds);
}
