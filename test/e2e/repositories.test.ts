// SPDX-License-Identifier: Apache-2.0
// A repository made with dpkg-deb and signed with gpg, and Debian's own backports: images are built from both, and apt goes on from there.
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { stringify } from "yaml";
import { parseLock } from "../../src/formats/lock.js";
import type { Basalt, Server } from "./support/basalt.js";
import { DOCKER, must } from "./support/run.js";
import { homeWithDownloads } from "./support/shared.js";

const LIST = "/etc/apt/sources.list.d/definition.list";
const ARCHITECTURE = process.arch === "x64" ? "amd64" : "arm64";
const DEV = "apt dpkg diffutils perl-base mawk libc-bin util-linux sed findutils grep bash coreutils".split(" ");

let folder: string;
let basalt: Basalt;
let registry: Server;
let vendor: HttpServer;
let vendorUrl: string;
let fingerprint: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "basalt-repositories-"));
  basalt = await homeWithDownloads(folder, "home");
  fingerprint = await makeRepository(join(folder, "vendor"));
  vendor = createServer((request, response) => {
    readFile(join(folder, "vendor", new URL(request.url ?? "/", "http://x.test").pathname)).then(
      (content) => response.end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => vendor.listen(0, "127.0.0.1", resolve));
  vendorUrl = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`;
  registry = await basalt.serve();
});

afterAll(async () => {
  await registry?.stop();
  vendor?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A flat repository with one package. Answers the fingerprint of its key. */
async function makeRepository(root: string): Promise<string> {
  const tree = join(folder, "tree");
  await mkdir(join(tree, "DEBIAN"), { recursive: true });
  await mkdir(join(tree, "usr", "bin"), { recursive: true });
  await mkdir(root);
  const control = `Package: vendor-tool\nVersion: 3.1-1\nArchitecture: all\nMaintainer: V <v@vendor.test>\nDepends: dash\nDescription: a tool\n`;
  await writeFile(join(tree, "DEBIAN", "control"), control);
  await writeFile(join(tree, "usr", "bin", "vendor-tool"), "#!/bin/sh\necho vendor tool 3.1\n");
  await chmod(join(tree, "usr", "bin", "vendor-tool"), 0o755);
  const deb = join(root, "vendor-tool.deb");
  await must("dpkg-deb", ["--build", "--root-owner-group", tree, deb]);
  const [fields, content, { size }] = [await must("dpkg-deb", ["-f", deb]), await readFile(deb), await stat(deb)];
  const index = `${fields.trim()}\nFilename: ./vendor-tool.deb\nSize: ${size}\nSHA256: ${hash(content)}\n`;
  await writeFile(join(root, "Packages"), index);
  const release = `Origin: Vendor\nLabel: Vendor\nDate: ${new Date().toUTCString()}\nSHA256:\n ${hash(Buffer.from(index))} ${index.length} Packages\n`;
  await writeFile(join(root, "Release"), release);
  const home = join(folder, "gpg");
  await mkdir(home, { mode: 0o700 });
  const gpg = (...args: readonly string[]): Promise<string> =>
    must("gpg", ["--homedir", home, "--batch", "--yes", "--passphrase", "", ...args]);
  await gpg("--quick-generate-key", "Vendor <v@vendor.test>", "ed25519", "sign", "never");
  await gpg("--clearsign", "--output", join(root, "InRelease"), join(root, "Release"));
  await gpg("--armor", "--output", join(root, "key.asc"), "--export");
  const listing = await gpg("--with-colons", "--list-keys");
  return /^fpr:+([0-9A-F]{40}):/m.exec(listing)?.[1] ?? "";
}

function hash(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

async function define(name: string, contents: Readonly<Record<string, unknown>>): Promise<string> {
  const file = join(folder, `${name}.yaml`);
  const definition = {
    name: "From several repositories",
    image: name,
    variant: "dev",
    tags: ["1"],
    platforms: [`linux/${ARCHITECTURE}`],
    contents,
    accounts: { root: true, "run-as": "root", users: [], groups: [] },
    "os-release": { name: "Test", id: "debian", "version-id": "13", "version-codename": "trixie" },
  };
  await writeFile(file, stringify(definition));
  return file;
}

async function docker(...args: readonly string[]): Promise<string> {
  return must(DOCKER, args, { env: { DOCKER_CONFIG: join(folder, "docker") } });
}

it("an image with a vendor's package and one of backports is built, and apt updates from the vendor", async () => {
  const file = await define("several", {
    repositories: [
      `deb [signed-by=/usr/share/keyrings/vendor.gpg] ${vendorUrl} ./`,
      "deb http://ftp.debian.org/debian trixie-backports main",
    ],
    keyring: [`${vendorUrl}/key.asc#${fingerprint}`],
    packages: ["base-files", "ca-certificates", "dash", "vendor-tool", "curl/trixie-backports", ...DEV],
  });
  const lockFile = join(folder, "several.lock");
  await basalt.must(["resolve", file, "--output", lockFile]);
  const lock = parseLock(await readFile(lockFile, "utf8"), lockFile);
  const packages = lock.platforms[`linux/${ARCHITECTURE}`]?.packages ?? [];
  const suites = new Map(packages.map(({ name, suite }) => [name, suite]));
  expect(["vendor-tool", "curl", "libcurl4t64", "bash"].map((name) => suites.get(name))).toEqual([
    "./",
    "trixie-backports",
    "trixie-backports",
    "trixie",
  ]);
  expect(lock.evidence.indexes.find(({ suite }) => suite === "./")).toMatchObject({ signedBy: [fingerprint] });
  await basalt.must(["build", file, "--lock", lockFile]);
  const image = `${registry.host}/several:1`;
  await docker("pull", "-q", image);
  const script = `
    vendor-tool; curl --version | head -n 1; cat ${LIST}
    apt-get -o Dir::Etc::sourcelist=${LIST} -o Dir::Etc::sourceparts=- update 2>&1 | grep -v '^Reading'
    apt-get install -y --reinstall vendor-tool 2>&1 | grep -c vendor-tool
    cat /etc/apt/sources.list.d/debian.sources; apt-get check`;
  const output = await docker("run", "--rm", "--network", "host", image, "sh", "-euc", script);
  expect(output).toMatch(/^vendor tool 3\.1\ncurl \S+ /);
  expect(output).toContain(`deb [signed-by=/usr/share/keyrings/vendor.gpg] ${vendorUrl} ./`);
  expect(output).toMatch(/^(?:Get|Hit):1 http:\/\/127\.0\.0\.1\S+ +\.\/ InRelease/m);
  expect(output).not.toMatch(/^(?:W|E|Warning|Error|Notice):/m);
  expect(output).toContain("Suites: trixie trixie-updates trixie-backports\n");
});

it("without its suite named, the release's own version is taken, as apt takes it", async () => {
  const file = await define("automatic", {
    repositories: ["deb http://ftp.debian.org/debian trixie-backports main"],
    packages: ["base-files", "curl"],
  });
  const lockFile = join(folder, "automatic.lock");
  await basalt.must(["resolve", file, "--output", lockFile]);
  const lock = parseLock(await readFile(lockFile, "utf8"), lockFile);
  const packages = lock.platforms[`linux/${ARCHITECTURE}`]?.packages ?? [];
  expect(packages.filter(({ suite }) => suite === "trixie-backports")).toEqual([]);
});

it("another key than the pinned one is refused, and the message has both", async () => {
  const file = await define("wrong", {
    repositories: [`deb [signed-by=/usr/share/keyrings/vendor.gpg] ${vendorUrl} ./`],
    keyring: [`${vendorUrl}/key.asc#${"0".repeat(40)}`],
    packages: ["vendor-tool"],
  });
  const { status, stderr } = await basalt.run(["resolve", file, "--output", join(folder, "wrong.lock")]);
  expect(status).toBe(1);
  expect(stderr).toContain(fingerprint);
  expect(stderr).toContain("0".repeat(40));
});
