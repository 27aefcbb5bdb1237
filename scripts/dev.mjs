// SPDX-License-Identifier: Apache-2.0
// npm run dev: registry and catalogue on loopback with a demo image and a user, rebuilt and restarted when a source changes.
import { spawn, spawnSync } from "node:child_process";

const BASALT = "dist/src/cli/main.js";
const USER = { name: "dev", password: "dev-password" };
const env = { ...process.env, BASALT_HOME: process.env.BASALT_HOME ?? ".basalt/dev" };

run("npm", ["run", "build"]);
const users = run(process.execPath, [BASALT, "user", "list", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
if (!users.stdout.includes(`"${USER.name}"`)) {
  run(process.execPath, [BASALT, "user", "add", USER.name, "--admin", "--password-stdin"], {
    input: `${USER.password}\n`,
    stdio: ["pipe", "inherit", "inherit"],
  });
}
run(process.execPath, [BASALT, "build", "static"]);
console.log(`\nlog in as ${USER.name} with ${USER.password}; data lie in ${env.BASALT_HOME}\n`);

const compiler = spawn("npx", ["tsc", "-p", "tsconfig.build.json", "--watch", "--preserveWatchOutput"], {
  stdio: "inherit",
});
const server = spawn(process.execPath, ["--watch", BASALT, "serve", ...process.argv.slice(2)], {
  env,
  stdio: "inherit",
});
for (const child of [compiler, server]) child.once("exit", () => [compiler, server].forEach((other) => other.kill()));
for (const signal of ["SIGINT", "SIGTERM"])
  process.once(signal, () => [compiler, server].forEach((child) => child.kill()));

function run(program, args, options = {}) {
  const result = spawnSync(program, args, { env, stdio: "inherit", encoding: "utf8", ...options });
  if (result.status !== 0) process.exit(result.status ?? 1);
  return result;
}
