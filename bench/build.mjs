// SPDX-License-Identifier: Apache-2.0
// node:22 for one platform against mmdebstrap, which unpacks the same packages from the same mirror.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianMirrors } from "../dist/src/distro/debian/mirrors.js";
import { createHost } from "../dist/src/host/host.js";
import { npmTarballUrl, parseNpmUrl } from "../dist/src/host/npm-registry.js";
import { measure, median } from "./measure.mjs";

const BASALT = [process.execPath, "dist/bin/basalt.js"];
const PLATFORM = "linux/amd64";
/** The store: what a build publishes into. */
const STORE = ["blobs", "basalt.db", "basalt.db-wal", "basalt.db-shm"];
const SUITES = [
  ["debian", "trixie"],
  ["debian", "trixie-updates"],
  ["debian-security", "trixie-security"],
];

const NODE = { name: "node:22", definition: "images/node/debian-13/22.yaml", cached: "<= 0.3" };
const PATRONI = { name: "patroni with postgresql-17", definition: "bench/patroni.yaml", cached: "<= 0.25" };

/** @param {{ readonly runs: number }} options */
export async function benchBuild({ runs }) {
  return compareBuilds(NODE, runs);
}

/** @param {{ readonly runs: number }} options */
export async function benchPatroni({ runs }) {
  return compareBuilds(PATRONI, runs);
}

/** Peer and product take turns, so that both meet the same noise. */
async function compareBuilds(subject, runs) {
  const folder = mkdtempSync(join(tmpdir(), "basalt-bench-"));
  try {
    const { script: peerCommand, packages } = await preparePeer(folder, subject);
    const rows = { peer: [], cold: [], downloads: [], cached: [], unchanged: [] };
    for (let run = 0; run < runs; run += 1) {
      rows.peer.push(await measure(["sh", peerCommand, join(folder, `peer-${run}`)]));
      const home = join(folder, `home-${run}`);
      const env = { ...process.env, BASALT_HOME: home };
      const build = [...BASALT, "build", subject.definition, "--platform", PLATFORM];
      rows.cold.push(await measure(build, { env }));
      forget(home, [...STORE, join("cache", "layers")]);
      rows.downloads.push(await measure(build, { env }));
      forget(home, STORE);
      rows.cached.push(await measure(build, { env }));
      rows.unchanged.push(await measure(build, { env }));
      rmSync(home, { recursive: true });
      rmSync(join(folder, `peer-${run}`), { recursive: true });
    }
    return report(rows, { ...subject, packages });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function forget(home, names) {
  for (const name of names) rmSync(join(home, name), { recursive: true, force: true });
}

function report(rows, { name: image, cached, packages }) {
  const peer = median(rows.peer.map((one) => one.seconds));
  const line = (name, measured, bound) => {
    const seconds = median(measured.map((one) => one.seconds));
    const memory = Math.max(...measured.map((one) => one.peakMiB));
    const ratio = (seconds / peer).toFixed(2);
    return `| ${name} | ${seconds.toFixed(2)} | ${ratio} | ${bound ?? ""} | ${memory.toFixed(0)} |`;
  };
  return [
    `| ${image}, ${packages} packages, ${PLATFORM}, median of ${rows.peer.length} | seconds | ratio | wanted | peak MiB, whole process tree |`,
    "|---|--:|--:|--:|--:|",
    line("peer: mmdebstrap, downloads, tar, gzip", rows.peer),
    line("cold: nothing on this machine", rows.cold, "<= 1.0"),
    line("downloads cached: every layer compressed anew", rows.downloads),
    line("packages cached: a new store over the cache", rows.cached, cached),
    line("unchanged: the same build again", rows.unchanged, "<= 0.1"),
  ].join("\n");
}

/** A script that makes the same tree as our lock names: `sh SCRIPT FOLDER`. */
async function preparePeer(folder, { definition }) {
  const env = { ...process.env, BASALT_HOME: join(folder, "home-lock") };
  const { stdout } = await measure([...BASALT, "resolve", definition, "--platform", PLATFORM], { env });
  rmSync(env.BASALT_HOME, { recursive: true, force: true });
  const { packages, artifacts, dropped } = JSON.parse(stdout).platforms[PLATFORM];
  const host = createHost({ env });
  const mirrors = await debianMirrors(host);
  const archives = await Promise.all(artifacts.map(async ({ url }) => npmTarballUrl(parseNpmUrl(url), host)));
  const sources = SUITES.map(([repository, suite]) => `deb ${mirrors[repository].href} ${suite} main`);
  const script = join(folder, "peer.sh");
  writeFileSync(
    script,
    `set -eu
mkdir -p "$1"
# Dependencies that our definition masks count as installed, so that both unpack the same packages.
cat > "$1/status" <<'STATUS'
${masked(dropped)}STATUS
printf '%s\\n' ${sources.map((line) => `'${line}'`).join(" ")} |
  mmdebstrap --quiet --mode=root --variant=extract --architectures=amd64 --aptopt='APT::Install-Recommends "false"' \\
    --setup-hook="cp $1/status \\$1/var/lib/dpkg/status" \\
    --include='${packages.map((one) => one.name).join(",")}' trixie "$1/root" -
test "$(ls "$1/root/usr/share/doc" | wc -l)" -le ${packages.length + 1}
mkdir -p "$1/root/usr/local"
${archives.map(({ href }) => `curl -sSf '${href}' | tar -xz -C "$1/root/usr/local" --strip-components=1 package/bin/node package/LICENSE`).join("\n")}
tar -C "$1/root" -cf - . | gzip -6 > "$1/image.tar.gz"
`,
  );
  return { script, packages: packages.length };
}

function masked(dropped) {
  const names = new Set(dropped.flatMap((one) => one.dependency.split("|").map((part) => part.trim().split(" ")[0])));
  return [...names]
    .map((name) => `Package: ${name}\nStatus: install ok installed\nArchitecture: all\nVersion: 99\n\n`)
    .join(""); // apt refuses a file of an empty line
}
