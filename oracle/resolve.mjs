// SPDX-License-Identifier: Apache-2.0
// Usage: npm run oracle [-- --names N] [--seed S] [--release 13]… [--images] [--pairs N] [--apt COMMAND] [--json FILE].
// Compares what Basalt resolves with what apt-get would install on an empty system, and its order of versions with dpkg's.
// Prints tables for docs/oracle.md; ends with 1 where less than 99 of 100 are equal.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openUniverse } from "../dist/src/distro/debian/package-index.js";
import { suitesOf } from "../dist/src/distro/debian/repositories.js";
import { debianMirrors } from "../dist/src/distro/debian/mirrors.js";
import { loadSuite } from "../dist/src/distro/debian/suite.js";
import { solve } from "../dist/src/distro/debian/solver.js";
import { compareDebianVersions } from "../dist/src/formats/debian/version.js";
import { createHost } from "../dist/src/host/host.js";
import { prepareApt, simulated } from "../bench/apt.mjs";

const IMAGES = join(import.meta.dirname, "../../shared/research/sixty-images.json"); // beside the repository; others do not have it

/** What versions look like. Source: Debian Policy, 5.6.12. */
const VERSION = /^(?:[0-9]+:)?[0-9][A-Za-z0-9.+~-]*$/;
const VERSIONS_FROM = 10_000; // packages; reading all 69,000 takes as long as all the rest

const { values } = parseArgs({
  options: {
    names: { type: "string", default: "300" },
    seed: { type: "string", default: String(Date.now() % 1e6) },
    release: { type: "string", multiple: true, default: ["13", "12"] },
    images: { type: "boolean", default: false },
    pairs: { type: "string", default: "100000" },
    json: { type: "string" },
    apt: { type: "string", default: "apt-get" },
  },
});

const report = { seed: Number(values.seed), apt: undefined, releases: [], versions: undefined };
const folder = mkdtempSync(join(tmpdir(), "basalt-oracle-"));
try {
  const program = values.apt.split(" ");
  report.apt = spawnSync(program[0], [...program.slice(1), "--version"], { encoding: "utf8" }).stdout.split("\n")[0];
  for (const versionId of values.release) {
    const release = { versionId };
    const host = createHost({ env: { ...process.env, BASALT_HOME: join(folder, "home") } });
    const universe = await openRelease(release, host);
    const apt = await prepareApt({ folder: join(folder, `apt-${versionId}`), release, host, program });
    const names = sample([...universe.names()].toSorted(), Number(values.names), random(report.seed));
    const asked = [...names.map((name) => [name]), ...(values.images && versionId === "13" ? imageRequests() : [])];
    const results = await compareAll(asked, universe, apt);
    const same = results.filter((one) => one.isEqual).length;
    report.releases.push({
      release: universe.release,
      asked: asked.length,
      same,
      differences: results.filter((one) => !one.isEqual),
    });
    report.versions ??= compareVersionOrder(universe, Number(values.pairs), random(report.seed));
    universe.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
print(report);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
const isGood = report.releases.every(({ asked, same }) => same >= 0.99 * asked) && report.versions.wrong.length === 0;
process.exitCode = isGood ? 0 : 1;

async function openRelease(release, host) {
  const mirrors = await debianMirrors(host);
  const suites = await Promise.all(
    suitesOf(release, host.trust).map((source) => loadSuite(source, mirrors[source.repository], host)),
  );
  return openUniverse(suites, "amd64", host);
}

async function compareAll(requests, universe, apt) {
  const results = [];
  const waiting = [...requests];
  const work = async () => {
    for (let names = waiting.shift(); names !== undefined; names = waiting.shift()) {
      const theirs = await simulated(apt.simulate(names), apt.config);
      results.push(compareSets(names, resolved(names, universe), theirs));
      const found = results.at(-1);
      if (!found.isEqual) console.error(differenceOf(universe.release, found));
      if (results.length % 50 === 0) console.error(`${results.length} of ${requests.length}`);
    }
  };
  await Promise.all(cpus().map(work));
  return results;
}

function resolved(names, universe) {
  try {
    const { packages } = solve({ packages: names.map((name) => ({ name })), masks: [] }, universe);
    return packages.map(({ name, version }) => `${name} ${version}`).toSorted();
  } catch (error) {
    if (error.code?.startsWith("PACKAGE_") !== true) throw error;
    return undefined;
  }
}

function only(some, others) {
  return (some ?? []).filter((one) => !(others ?? []).includes(one));
}

/** Both find no way, or both the same packages in the same versions. */
function compareSets(names, ours, theirs) {
  return {
    names,
    isEqual: (ours === undefined) === (theirs === undefined) && ours?.join() === theirs?.join(),
    ours: ours === undefined ? "none" : only(ours, theirs),
    theirs: theirs === undefined ? "none" : only(theirs, ours),
  };
}

function imageRequests() {
  if (!existsSync(IMAGES)) return [];
  return JSON.parse(readFileSync(IMAGES, "utf8")).map(({ packages }) => packages);
}

/** Pairs of versions of the index, half of them changed a little, ordered by dpkg's own Perl library in one process. */
function compareVersionOrder(universe, count, next) {
  const names = sample([...universe.names()], VERSIONS_FROM, next);
  const versions = [...new Set(names.flatMap((name) => universe.versionsOf(name).map((one) => one.version)))];
  const pairs = Array.from({ length: count }, () => {
    const a = versions[Math.floor(next() * versions.length)];
    return [a, next() < 0.5 ? versions[Math.floor(next() * versions.length)] : varied(a, next)];
  });
  const script = 'while (<STDIN>) { chomp; my ($a, $b) = split / /; print version_compare($a, $b), "\\n"; }';
  const { stdout, status, stderr } = spawnSync("perl", ["-MDpkg::Version", "-e", script], {
    input: pairs.map((pair) => `${pair.join(" ")}\n`).join(""),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`perl with Dpkg::Version ended with ${status}: ${stderr}`);
  const orders = stdout.trim().split("\n");
  const wrong = pairs.filter(([a, b], index) => compareDebianVersions(a, b) !== Number(orders[index]));
  return { pairs: pairs.length, wrong };
}

/** A version that differs little from another: most random pairs differ in their first digit. */
function varied(version, next) {
  const at = 1 + Math.floor(next() * version.length);
  const insert = ["~", "+b1", "0", "1", "a", ".", "+deb13u1", "-1"][Math.floor(next() * 8)];
  const changed = `${version.slice(0, at)}${insert}${next() < 0.5 ? "" : version.slice(at)}`.replace(/-$/, "");
  return VERSION.test(changed) ? changed : version;
}

/** The first places of a shuffle. Source: Fisher and Yates, in Durstenfeld's form. */
function sample(items, count, next) {
  const left = [...items];
  const size = Math.min(count, left.length);
  for (let at = 0; at < size; at += 1) {
    const other = at + Math.floor(next() * (left.length - at));
    [left[at], left[other]] = [left[other], left[at]];
  }
  return left.slice(0, size);
}

/** Numbers from 0 to 1 that a seed fixes. Source: mulberry32, Tommy Ettinger, public domain. */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

function print({ seed, apt, releases, versions }) {
  console.log(`${apt}; seed ${seed}\n\n| release | requests | equal | % |\n|---|--:|--:|--:|`);
  for (const { release, asked, same } of releases)
    console.log(`| ${release} | ${asked} | ${same} | ${((100 * same) / asked).toFixed(1)} |`);
  console.log(`\n${versions.pairs} pairs of versions, ${versions.wrong.length} ordered unlike dpkg`);
  for (const pair of versions.wrong.slice(0, 10)) console.log(`- ${pair.join(" ")}`);
  for (const { release, differences } of releases)
    for (const { names, ours, theirs } of differences)
      console.log(
        `- ${release}, ${names.join(" ")}: only Basalt: ${[ours].flat().join(", ") || "-"}; only apt: ${[theirs].flat().join(", ") || "-"}`,
      );
}
