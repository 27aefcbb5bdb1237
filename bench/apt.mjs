// SPDX-License-Identifier: Apache-2.0
// An apt-get of its own: no packages installed, own lists, the mirror that Basalt uses, the keys that Basalt trusts.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { debianMirrors } from "../dist/src/distro/debian/mirrors.js";
import { suiteNamesOf } from "../dist/src/distro/debian/repositories.js";

const KEYS = resolve("trust/debian");

/**
 * Makes apt's folders below `folder`, and downloads its lists.
 * @param {{ readonly folder: string, readonly release: { readonly versionId: string }, readonly host: object, readonly program?: readonly string[] }} options
 * @returns {Promise<{ readonly config: string, readonly simulate: (names: readonly string[]) => readonly string[] }>}
 */
export async function prepareApt({ folder, release, host, program = ["apt-get"] }) {
  const mirrors = await debianMirrors(host);
  for (const name of ["etc/apt.conf.d", "etc/preferences.d", "state/lists/partial", "cache/archives/partial"])
    mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, "status"), "");
  const sources = suiteNamesOf(release).map(
    ({ repository, suite, components }) => `deb ${mirrors[repository].href} ${suite} ${components.join(" ")}\n`,
  );
  writeFileSync(join(folder, "sources.list"), sources.join(""));
  const config = join(folder, "apt.conf");
  writeFileSync(config, settingsOf(folder));
  await run([...program, "update"], config);
  return { config, simulate: (names) => [...program, "-s", "--no-install-recommends", "install", ...names] };
}

/** Source: apt.conf(5). */
function settingsOf(folder) {
  const settings = {
    "Dir::Etc": join(folder, "etc"),
    "Dir::Etc::sourcelist": join(folder, "sources.list"),
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::Etc::trustedparts": KEYS,
    "Dir::State": join(folder, "state"),
    "Dir::State::status": join(folder, "status"),
    "Dir::Cache": join(folder, "cache"),
    "APT::Architecture": "amd64",
    "APT::Architectures": "amd64",
    "APT::Sandbox::User": "root", // the folders are in a temporary folder of this user
    "Acquire::Languages": "none",
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} "${value}";\n`)
    .join("");
}

/** What a simulation installs, as `name version`; undefined where apt finds no way. */
export async function simulated(command, config) {
  const { stdout, status } = await run(command, config, true);
  if (status !== 0) return undefined;
  return [...stdout.matchAll(/^Inst (\S+) \((\S+) /gm)].map(([, name, version]) => `${name} ${version}`).toSorted();
}

async function run([program, ...args], config, mayFail = false) {
  const env = { ...process.env, APT_CONFIG: config, LC_ALL: "C" };
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const texts = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => (texts[0] += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (texts[1] += text));
  const status = await new Promise((done, fail) => child.once("error", fail).once("close", done));
  if (status !== 0 && !mayFail) throw new Error(`${program} ${args.join(" ")} ended with ${status}:\n${texts[1]}`);
  return { stdout: texts[0], stderr: texts[1], status };
}
