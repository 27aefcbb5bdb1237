// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readShell } from "../../src/formats/shell.js";
import { packageRoot } from "../../src/host/paths.js";
import { loadMappings, migrateDockerfile } from "../../src/migrate/index.js";
import { readPackageJson, resolveNodeStart } from "../../src/migrate/package-scripts.js";
import { textTarget, type FuzzTarget } from "../target.js";

const CASES = join(packageRoot(), "test", "migrate");
const SEEDS = readdirSync(CASES).map((name) => readFileSync(join(CASES, name, "before.Dockerfile"), "utf8"));
const PACKAGE =
  '{"main":"a.js","bin":{"b":"b.js"},"scripts":{"start":"npm run x -- --y","x":"cross-env A=1 node . && true","prex":"c"}}';
const OPTIONS = { registry: "registry.example" };

const mappings = await loadMappings();

/** What was rewritten is read, and stays as it is. */
function migrate(text: string): void {
  const { text: after, isChanged } = migrateDockerfile(text, mappings, OPTIONS);
  if (!isChanged) return;
  const again = migrateDockerfile(after, mappings, OPTIONS);
  if (again.text !== after) throw new Error("a rewritten file is rewritten again");
}

export const MIGRATE_TARGETS: readonly FuzzTarget[] = [
  textTarget("dockerfile", SEEDS, migrate, [
    ..."FROM RUN COPY ADD ENV ARG USER WORKDIR CMD ENTRYPOINT EXPOSE VOLUME HEALTHCHECK SHELL ONBUILD LABEL"
      .split(" ")
      .map((word) => `\n${word} `),
    "\\\n",
    "<<EOF\n",
    "\nEOF\n",
    "--from=",
    "--chown=",
    " AS x\n",
    '["sh", "-c", "',
    "$(",
    "${A:-",
    " && ",
    "apt-get install ",
    "apk add ",
    "npm start",
    "# escape=`\n",
  ]),
  textTarget("shell", SEEDS, (text) => readShell(text), [
    "$(",
    "`",
    "((",
    "<<E\n",
    "if ",
    "case x in ",
    "{ ",
    "|&",
    "\\\n",
  ]),
  textTarget(
    "package-json",
    [PACKAGE],
    (text) => resolveNodeStart(["npm", "start"], readPackageJson(text), new Map()),
    ["npm run start", "yarn ", "npx ", '"__proto__"', "cross-env ", "nodemon "],
  ),
];
