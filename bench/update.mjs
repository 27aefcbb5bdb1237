// SPDX-License-Identifier: Apache-2.0
// A security update of libc across twenty images, against building each of them from nothing.
// Debian's mirror has one version of libc, so the second one is that package with another version and one file more.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  buildFromLock,
  buildOnline,
  cachedFile,
  cachePackage,
  definitionText,
  PLATFORM,
  resolveLock,
  withPackages,
} from "./own-packages.mjs";

const IMAGES = (
  "nginx curl git python3 postgresql-client-17 memcached haproxy openssh-client rsync jq sqlite3 socat lighttpd php8.4-cli ruby " +
  "perl gnupg vim-tiny wget valkey-server"
).split(" ");
const MiB = 1024 * 1024;

export async function benchUpdate() {
  const folder = mkdtempSync(join(tmpdir(), "basalt-bench-"));
  try {
    const home = join(folder, "home");
    const works = [];
    for (const name of IMAGES) {
      const definition = join(folder, `${name}.yaml`);
      writeFileSync(definition, definitionText(name, ["base-files", name]));
      const lock = await resolveLock(home, definition);
      works.push({ name, definition, lock });
      // Downloads come from the network; they are not measured.
      await buildOnline(home, definition);
    }
    const before = sizeOf(home);
    const libc = newLibc(folder, home, works[0].lock);
    const put = sizeOf(home) - before; // the new package itself
    let updateSeconds = 0;
    for (const { definition, lock } of works)
      updateSeconds += (await buildFromLock(home, definition, withLibc(lock, libc))).seconds;
    const updateBytes = sizeOf(home) - before - put;
    const nothing = { seconds: 0, bytes: 0 };
    for (const { name, definition, lock } of works) {
      const alone = join(folder, `home-${name}`);
      mkdirSync(join(alone, "cache"), { recursive: true });
      cpSync(join(home, "cache", "content"), join(alone, "cache", "content"), { recursive: true });
      const start = sizeOf(alone);
      nothing.seconds += (await buildFromLock(alone, definition, withLibc(lock, libc))).seconds;
      nothing.bytes += sizeOf(alone) - start;
      rmSync(alone, { recursive: true });
    }
    const row = (name, seconds, bytes) => `| ${name} | ${seconds.toFixed(1)} | ${(bytes / MiB).toFixed(1)} |`;
    return [
      `| libc6 in ${IMAGES.length} images, ${PLATFORM}, packages cached, one run | seconds | MiB written |`,
      "|---|--:|--:|",
      row("each from nothing", nothing.seconds, nothing.bytes),
      row("update over the images that are there", updateSeconds, updateBytes),
      `| ratio | ${(updateSeconds / nothing.seconds).toFixed(2)} | ${(updateBytes / nothing.bytes).toFixed(3)} |`,
    ].join("\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function newLibc(folder, home, lock) {
  const old = lock.platforms[PLATFORM].packages.find(({ name }) => name === "libc6");
  const root = join(folder, "libc");
  execFileSync("dpkg-deb", ["-R", cachedFile(home, old.sha256), root]);
  const control = join(root, "DEBIAN", "control");
  writeFileSync(control, readFileSync(control, "utf8").replace(/^Version: .*$/m, `$&.1`));
  writeFileSync(join(root, "usr", "lib", "x86_64-linux-gnu", "fixed"), "fixed\n");
  const deb = join(folder, "libc.deb");
  execFileSync("dpkg-deb", ["-Zgzip", "-z6", "--build", root, deb], { stdio: "ignore" });
  return cachePackage(home, deb, { ...old, sourceVersion: `${old.sourceVersion}.1` });
}

function withLibc(lock, libc) {
  const { packages } = lock.platforms[PLATFORM];
  return withPackages(
    lock,
    packages.map((item) => (item.name === libc.name ? libc : item)),
  );
}

/** Bytes on the disk. */
function sizeOf(folder) {
  return Number(execFileSync("du", ["--summarize", "--block-size=1", folder], { encoding: "utf8" }).split("\t")[0]);
}
