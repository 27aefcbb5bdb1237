// SPDX-License-Identifier: Apache-2.0
// Resolving four packages with a warm index against `apt-get -s install` with its own warm lists; both from the start of the process.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost } from "../dist/src/host/host.js";
import { prepareApt } from "./apt.mjs";
import { measure, median } from "./measure.mjs";

const BASALT = [process.execPath, "dist/bin/basalt.js", "resolve", "--platform", "linux/amd64"];
const PACKAGES = ["nginx", "python3", "openjdk-21-jre-headless", "postgresql-17"];

/**
 * Peer and product take turns, so that both meet the same noise.
 * @param {{ readonly runs: number }} options
 */
export async function benchResolve({ runs }) {
  const folder = mkdtempSync(join(tmpdir(), "basalt-bench-"));
  try {
    const env = { ...process.env, BASALT_HOME: join(folder, "home") };
    const apt = await prepareApt({
      folder: join(folder, "apt"),
      release: { versionId: "13" },
      host: createHost({ env }),
    });
    const aptEnv = { ...process.env, APT_CONFIG: apt.config };
    const files = PACKAGES.map((name) => definitionOf(name, folder));
    await measure([...BASALT, files[0]], { env });
    const rows = PACKAGES.map((name, index) => ({ name, file: files[index], peer: [], offline: [], asking: [] }));
    const first = [];
    for (let run = 0; run < runs; run += 1) {
      for (const row of rows) {
        row.peer.push(await measure(apt.simulate([row.name]), { env: aptEnv }));
        row.offline.push(await measure([...BASALT, "--offline", row.file], { env }));
        row.asking.push(await measure([...BASALT, row.file], { env }));
      }
      rmSync(join(env.BASALT_HOME, "cache", "indexes"), { recursive: true });
      first.push(await measure([...BASALT, "--offline", files[0]], { env }));
    }
    return [reportRows(rows, runs), "", reportFirst(first, rows[0].offline)].join("\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function reportRows(rows, runs) {
  const lines = rows.map(({ name, peer, offline, asking }) => {
    const [base, kept, fresh] = [peer, offline, asking].map(secondsOf);
    return `| ${name} | ${base.toFixed(2)} | ${kept.toFixed(2)} | ${(kept / base).toFixed(2)} | ${fresh.toFixed(2)} | ${(fresh / base).toFixed(2)} |`;
  });
  return [
    `| warm index, median of ${runs}, seconds | \`apt-get -s\` | \`--offline\` | ratio | asking the mirror | ratio |`,
    "|---|--:|--:|--:|--:|--:|",
    ...lines,
  ].join("\n");
}

function reportFirst(first, warm) {
  return [
    `| first look at trixie's indexes, median of ${first.length} | value | wanted |`,
    "|---|--:|--:|",
    `| seconds more than with a warm index: unpacking, hashing, scanning | ${(secondsOf(first) - secondsOf(warm)).toFixed(2)} | <= 2 |`,
    `| peak MiB of the process | ${Math.max(...first.map((one) => one.peakMiB)).toFixed(0)} | <= 300 |`,
  ].join("\n");
}

function secondsOf(measured) {
  return median(measured.map((one) => one.seconds));
}

/** A definition of an image that holds one package and what it needs. */
function definitionOf(name, folder) {
  const file = join(folder, "definitions", `${name}.yaml`);
  mkdirSync(join(folder, "definitions"), { recursive: true });
  writeFileSync(
    file,
    `name: ${name}
image: bench/${name}
variant: runtime
tags: [latest]
platforms: [linux/amd64]
contents:
  packages: [${name}]
accounts:
  root: true
  run-as: nonroot
  users: [{ name: nonroot, uid: 65532, gid: 65532 }]
  groups: [{ name: nonroot, gid: 65532, members: [nonroot] }]
os-release:
  name: Debian
  id: debian
  version-id: "13"
  version-codename: trixie
  pretty-name: Debian GNU/Linux 13 (trixie)
`,
  );
  return file;
}
