// SPDX-License-Identifier: Apache-2.0
// The rules stand for maintainer scripts that never run: here the scripts run, and the two trees are compared.
import { afterAll, beforeAll, expect, it } from "vitest";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianMirrors } from "../../src/distro/debian/mirrors.js";
import { readTar } from "../../src/formats/archive/tar-reader.js";
import { createHost } from "../../src/host/host.js";
import { DOCKER, must } from "./support/run.js";
import { shared } from "./support/shared.js";

const IMAGE = "node:22-dev";
const SUITES = [
  ["debian", "trixie"],
  ["debian", "trixie-updates"],
  ["debian-security", "trixie-security"],
] as const;

/** Path → what stands there. */
type Tree = ReadonlyMap<string, string>;

/** Neither side is asked about these: documentation, downloads of the definition, what an engine or a run leaves behind. */
const NOT_COMPARED =
  /^(?:usr\/share\/(?:man|locale|info|lintian|doc)(?:\/|$)|usr\/local\/(?:bin|include|lib|share\/doc)(?:\/|$)|var\/(?:cache|log)(?:\/|$)|var\/lib\/(?:apt|systemd)(?:\/|$)|var\/lib\/dpkg\/(?!alternatives\/)|(?:dev|proc|sys)(?:\/|$)|\.dockerenv$|etc\/(?:hostname|hosts|resolv\.conf|mtab)$|etc\/ssl\/certs\/(?!ca-certificates\.crt))/;

/** What scripts make and the rules leave out. */
const LEFT_OUT: readonly RegExp[] = [
  /^etc\/alternatives\/.+\.[0-9]\.gz$|^etc\/alternatives\/.+\.[a-z]{2}1\.gz$/, // links to manual pages
  /^etc\/apt\/(?:apt\.conf\.d\/99mmdebstrap|sources\.list)$/, // of mmdebstrap itself
  /^var\/lib\/dpkg\/alternatives\/.+\.[0-9]\.gz$/,
  /^etc\/(?:environment|fstab|networks|localtime|subgid|subuid|ld\.so\.cache|security\/opasswd)$/, // empty, or the default without
  /^etc\/(?:rcS\.d\/|systemd\/system\/timers)/, // boot and timers: a container has none
];

/** What the definition or the rules add. */
const ADDED: readonly RegExp[] = [
  /^app$/,
  /^home\/node$/,
  /^etc\/apt\/(?:apt\.conf\.d\/00basalt|sources\.list\.d\/debian\.sources)$/,
  /^usr\/sbin\/policy-rc\.d$/,
];

/** What is meant to be another: what the definition says of the image, accounts with an `x` as login programs expect it. */
const MEANT: readonly RegExp[] = [/^usr\/lib\/os-release$/, /^etc\/(?:passwd|group)$/, /^etc\/ca-certificates\.conf$/];

let folder: string;
let ours: Tree;
let theirs: Tree;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "basalt-scripts-"));
  const server = await shared().serve();
  try {
    await must(DOCKER, ["pull", "-q", `${server.host}/${IMAGE}`]);
    const container = (await must(DOCKER, ["create", `${server.host}/${IMAGE}`])).trim();
    await must(DOCKER, ["export", "-o", join(folder, "ours.tar"), container]);
    await must(DOCKER, ["rm", container]);
  } finally {
    await server.stop();
  }
  const status = await must("tar", ["-xOf", join(folder, "ours.tar"), "var/lib/dpkg/status"]);
  const names = [...status.matchAll(/^Package: (.+)$/gm)].map(([, name]) => name).join(",");
  const mirrors = await debianMirrors(createHost());
  const sources = SUITES.map(([repository, suite]) => `deb ${mirrors[repository].href} ${suite} main\n`);
  await writeFile(join(folder, "sources"), sources.join(""));
  await must("sh", [
    "-c",
    `mmdebstrap --quiet --mode=root --variant=custom --architectures=amd64 --include='${names}' \
      --aptopt='APT::Install-Recommends "false"' trixie '${folder}/theirs.tar' - < '${folder}/sources'`,
  ]);
  ours = await readTree(join(folder, "ours.tar"));
  theirs = await readTree(join(folder, "theirs.tar"));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function readTree(file: string): Promise<Tree> {
  const tree = new Map<string, string>();
  const hardLinks: { readonly path: string; readonly target: string }[] = [];
  for await (const { entry, content } of readTar(createReadStream(file), { name: file })) {
    const path = entry.path.replace(/^\.\//, "").replace(/\/$/, "");
    if (path === "" || path === "." || NOT_COMPARED.test(path)) continue;
    const owner = `${entry.mode.toString(8)} ${entry.uid}:${entry.gid}`;
    if (entry.kind === "hardlink") hardLinks.push({ path, target: entry.target.replace(/^\.\//, "") });
    else if (entry.kind === "symlink") tree.set(path, `link to ${entry.target}`);
    else if (entry.kind === "directory") tree.set(path, `folder ${owner}`);
    else {
      const hash = createHash("sha256");
      for await (const chunk of content) hash.update(chunk);
      tree.set(path, `file ${owner} ${hash.digest("hex").slice(0, 16)}`);
    }
  }
  for (const { path, target } of hardLinks) tree.set(path, tree.get(target) ?? `link to nothing: ${target}`);
  return tree;
}

function isListed(path: string, patterns: readonly RegExp[]): boolean {
  return patterns.some((pattern) => pattern.test(path));
}

it("what is in both is the same", () => {
  const differences = [...ours].filter(
    ([path, entry]) => theirs.has(path) && theirs.get(path) !== entry && !isListed(path, MEANT),
  );
  expect(differences.map(([path, entry]) => `${path}: ${entry}, with scripts ${theirs.get(path) ?? ""}`)).toEqual([]);
  expect(ours.size).toBeGreaterThan(3000);
});

it("the scripts make nothing that is not left out on purpose", () => {
  expect([...theirs.keys()].filter((path) => !ours.has(path) && !isListed(path, LEFT_OUT))).toEqual([]);
});

it("the rules add nothing that is not meant", () => {
  expect([...ours.keys()].filter((path) => !theirs.has(path) && !isListed(path, ADDED))).toEqual([]);
});

it("dpkg knows the same triggers", async () => {
  const names = (await must("tar", ["-tf", join(folder, "theirs.tar")]))
    .split("\n")
    .filter((path) => /^\.\/var\/lib\/dpkg\/triggers\/(?!Lock$)./.test(path));
  expect(names.length).toBeGreaterThan(3);
  for (const name of names) {
    // dpkg appends whoever is installed next; a set is what it reads.
    const read = async (file: string, path: string): Promise<readonly string[]> =>
      (await must("tar", ["-xOf", join(folder, file), path])).split("\n").toSorted();
    expect(await read("ours.tar", name.slice(2)), name).toEqual(await read("theirs.tar", name));
  }
});

it("accounts have the same numbers", async () => {
  for (const name of ["passwd", "group"]) {
    const read = async (file: string, path: string): Promise<readonly string[]> =>
      (await must("tar", ["-xOf", join(folder, file), path]))
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("node:"))
        .map((line) => line.split(":").slice(0, 4).toSpliced(1, 1).join(":"));
    expect(await read("ours.tar", `etc/${name}`)).toEqual(await read("theirs.tar", `./etc/${name}`));
  }
});
