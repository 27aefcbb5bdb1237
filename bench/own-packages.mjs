// SPDX-License-Identifier: Apache-2.0
// Packages that no mirror has, and locks that name them: built from a lock, an image needs its packages in the cache and nothing else.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { measure } from "./measure.mjs";

export const BASALT = [process.execPath, "dist/bin/basalt.js"];
export const PLATFORM = "linux/amd64";

/** Where a home keeps a file that was downloaded. */
export function cachedFile(home, sha256) {
  return join(home, "cache", "content", "sha256", sha256.slice(0, 2), sha256);
}

/** Puts a package into the cache; answers its entry of a lock. */
export function cachePackage(home, deb, like = {}) {
  const bytes = readFileSync(deb);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const target = cachedFile(home, sha256);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(deb, target);
  const [name, version, architecture] = ["Package", "Version", "Architecture"].map((field) =>
    execFileSync("dpkg-deb", ["--field", deb, field], { encoding: "utf8" }).trim(),
  );
  const origin = {
    source: name,
    sourceVersion: version,
    repository: "debian",
    suite: "trixie",
    path: `pool/${name}.deb`,
  };
  return { ...origin, ...like, name, version, architecture, sizeBytes: bytes.length, sha256 };
}

/** Builds a package of files; compressed just enough that reading it is not what takes the time. */
export function makePackage(folder, { name, files }) {
  const root = join(folder, name);
  mkdirSync(join(root, "DEBIAN"), { recursive: true });
  writeFileSync(
    join(root, "DEBIAN", "control"),
    `Package: ${name}\nVersion: 1.0-1\nArchitecture: amd64\nMaintainer: Bench <bench@example.test>\nDescription: made by bench\n`,
  );
  for (const [path, content] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  const deb = join(folder, `${name}.deb`);
  execFileSync("dpkg-deb", ["-Zgzip", "-z1", "--root-owner-group", "--build", root, deb], { stdio: "ignore" });
  return deb;
}

/** The lock of a definition, as `basalt resolve` prints it. */
export async function resolveLock(home, definition) {
  const { stdout } = await measure([...BASALT, "resolve", definition, "--platform", PLATFORM], {
    env: environment(home),
  });
  return JSON.parse(stdout);
}

export function withPackages(lock, packages) {
  const platforms = { ...lock.platforms, [PLATFORM]: { ...lock.platforms[PLATFORM], packages } };
  return { ...lock, platforms };
}

/** Builds with the network, so that downloads are in the cache. */
export async function buildOnline(home, definition) {
  return measure([...BASALT, "build", definition, "--platform", PLATFORM], { env: environment(home) });
}

export async function buildFromLock(home, definition, lock) {
  const file = `${definition}.lock`;
  writeFileSync(file, JSON.stringify(lock));
  return measure([...BASALT, "build", definition, "--lock", file, "--platform", PLATFORM, "--offline"], {
    env: environment(home),
  });
}

function environment(home) {
  return { ...process.env, BASALT_HOME: home };
}

/** A dev image of some packages. */
export function definitionText(name, packages) {
  return `name: ${name}
image: ${name}
variant: dev
tags: [latest]
platforms: [${PLATFORM}]
contents: { packages: [${packages.join(", ")}] }
accounts: { root: true, run-as: root }
os-release: { name: Bench, id: debian, version-id: "13", version-codename: trixie }
`;
}
