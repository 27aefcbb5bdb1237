// SPDX-License-Identifier: Apache-2.0
// Memory of a build: by the size of one package, and by the number of packages.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "./measure.mjs";
import {
  buildFromLock,
  buildOnline,
  cachePackage,
  definitionText,
  makePackage,
  PLATFORM,
  resolveLock,
  withPackages,
} from "./own-packages.mjs";

const MiB = 1024 * 1024;
const SIZES_MIB = [10, 100, 300];
const COUNTS = [50, 100, 200, 400];
/** Of a package in the second table, as a small one of Debian has them. */
const FILES = 40;

/** @param {{ readonly runs: number }} options */
export async function benchMemory({ runs }) {
  const folder = mkdtempSync(join(tmpdir(), "basalt-bench-"));
  try {
    const home = join(folder, "home");
    const definition = join(folder, "memory.yaml");
    writeFileSync(definition, definitionText("bench-memory", ["base-files", '"!mawk"', '"!gawk"', '"!original-awk"']));
    const lock = await resolveLock(home, definition);
    const base = lock.platforms[PLATFORM].packages.find(({ name }) => name === "base-files");
    await buildOnline(home, definition);
    const bySize = [];
    for (const size of SIZES_MIB) {
      const files = [["usr/lib/big", halfRandom(size * MiB)]];
      const big = cachePackage(home, makePackage(folder, { name: `big${size}`, files }));
      bySize.push([
        `one package of ${size} MiB`,
        await peak({ home, definition, lock: withPackages(lock, [base, big]), runs }),
      ]);
    }
    const byCount = [];
    for (const count of COUNTS) {
      const packages = Array.from({ length: count }, (_, index) =>
        cachePackage(home, makePackage(folder, small(index))),
      );
      byCount.push([
        `${count} packages of ${FILES} files`,
        await peak({ home, definition, lock: withPackages(lock, [base, ...packages]), runs }),
      ]);
    }
    return [
      `| memory of a build, median of ${runs} | peak MiB, whole process tree |`,
      "|---|--:|",
      ...[...bySize, ...byCount].map(([name, mib]) => `| ${name} | ${mib.toFixed(0)} |`),
    ].join("\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function peak({ home, definition, lock, runs }) {
  const peaks = [];
  for (let run = 0; run < runs; run += 1) {
    // Without the remembered layers, so that every package is unpacked and compressed.
    rmSync(join(home, "cache", "layers"), { recursive: true, force: true });
    peaks.push((await buildFromLock(home, definition, lock)).peakMiB);
  }
  return median(peaks);
}

/** Compresses to about a half, as programs do. */
function halfRandom(sizeBytes) {
  const bytes = Buffer.alloc(sizeBytes, "basalt ");
  for (let offset = 0; offset < sizeBytes; offset += 128)
    randomBytes(Math.min(64, sizeBytes - offset)).copy(bytes, offset);
  return bytes;
}

function small(index) {
  const files = Array.from({ length: FILES }, (_, file) => [
    `usr/share/small${index}/${file}`,
    `${index} ${file}\n`.repeat(200),
  ]);
  return { name: `small${index}`, files };
}
