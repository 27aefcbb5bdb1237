// SPDX-License-Identifier: Apache-2.0
// Scanning a real package index: trixie main for amd64, decompressed, as a build leaves it in the cache.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scanPackagesIndex } from "../dist/src/formats/debian/index-scan.js";
import { measure, median } from "./measure.mjs";

const MiB = 1024 * 1024;

/** @param {{ readonly runs: number }} options */
export async function benchIndex({ runs }) {
  const home = mkdtempSync(join(tmpdir(), "basalt-bench-"));
  try {
    const resolve = [process.execPath, "dist/bin/basalt.js", "resolve", "static", "--platform", "linux/amd64"];
    await measure(resolve, { env: { ...process.env, BASALT_HOME: home } });
    const bytes = readFileSync(largestIndex(join(home, "cache", "indexes")));
    const seconds = [];
    let names = 0;
    global.gc?.();
    const before = process.memoryUsage().heapUsed;
    let kept;
    for (let run = 0; run < runs; run += 1) {
      const startedAt = performance.now();
      kept = scanPackagesIndex(bytes, "Packages");
      seconds.push((performance.now() - startedAt) / 1000);
      names = kept.packages.size;
    }
    kept = scanPackagesIndex(bytes, "Packages");
    global.gc?.();
    const heapMiB = global.gc === undefined ? undefined : (process.memoryUsage().heapUsed - before) / MiB;
    return [
      `| \`scanPackagesIndex\`, ${names} packages, ${(bytes.length / MiB).toFixed(0)} MiB, median of ${runs} | value |`,
      "|---|--:|",
      `| seconds | ${median(seconds).toFixed(3)} |`,
      ...(heapMiB === undefined ? [] : [`| MiB kept for ${kept.packages.size} names | ${heapMiB.toFixed(0)} |`]),
    ].join("\n");
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function largestIndex(folder) {
  const files = readdirSync(folder).map((name) => join(folder, name, "Packages"));
  return files.toSorted((a, b) => statSync(b).size - statSync(a).size)[0];
}
