// SPDX-License-Identifier: Apache-2.0
// Applications as people write them: migrated, built before and after by Docker, started, asked.
import { readdirSync, readFileSync } from "node:fs";
import { appendFile, copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ownPlatform } from "../../src/host/machine.js";
import { adaptBase } from "./support/bases.js";
import type { Basalt, Server } from "./support/basalt.js";
import { untilOk } from "./support/http.js";
import { DOCKER, HAS_FEEDS, must, ROOT, run } from "./support/run.js";
import { copyOfShared } from "./support/shared.js";

const EXAMPLES = join(ROOT, "examples", "migrate");
/** Left out of every run but those with BASALT_E2E_APPS=all: others are like them. */
const ALIKE = ["c-command", "go-static", "node-pnpm", "python-flask"];
const APPS = readdirSync(EXAMPLES).filter(
  (name) => !name.includes(".") && (process.env["BASALT_E2E_APPS"] === "all" || !ALIKE.includes(name)),
);

/** What the definitions of `reference/` stand for. */
const OFFICIAL: Readonly<Record<string, string>> = {
  "node:22": "reference/node:22",
  "python:3.11": "reference/python:3.11",
  "golang:1.19": "reference/golang:1.19",
  "openjdk:17": "reference/openjdk:17",
  "ruby:3.1": "reference/ruby:3.1",
  "php:8.2-cli": "reference/php:8.2",
  "rust:1.63": "reference/rust:1.63",
  "nginx:1.22": "reference/nginx:1.22",
  "debian:12": "reference/debian:12",
};

interface Probe {
  readonly port?: number;
  readonly path?: string;
  readonly command?: readonly string[];
  readonly expect: string;
}

interface Side {
  readonly image: string;
  readonly sizeBytes: number;
  readonly isRoot: boolean;
  readonly ports: readonly string[];
  readonly vulnerabilities: Readonly<Record<string, number>> | null;
  readonly behaviour: {
    readonly hasShell?: boolean;
    readonly process?: { readonly uid: number; readonly words: readonly string[] };
  };
}

interface Migrated {
  readonly dockerfile: string;
  readonly verify: {
    readonly verdict: string;
    readonly problems: readonly string[];
    readonly before: Side;
    readonly after: Side;
  };
}

let folder: string;
let basalt: Basalt;
let server: Server;
const env = { BASALT_ENGINE: DOCKER, DOCKER_BUILDKIT: "0" };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "basalt-migrate-"));
  basalt = await copyOfShared(folder, "home");
  server = await basalt.serve();
  const official = new Set<string>();
  const hardened = new Set<string>();
  for (const name of APPS) {
    for (const base of basesOf(readFileSync(join(EXAMPLES, name, "Dockerfile"), "utf8")))
      if (base in OFFICIAL) official.add(base);
    for (const base of basesOf((await migrate(name)).dockerfile))
      if (base.startsWith(`${server.host}/`) && !base.includes("_")) hardened.add(base.slice(server.host.length + 1));
  }
  hardened.add("node:22"); // of the article, whatever the others need
  // Two at a time, as there are two processors and one waits
  await inPairs([...official], async (base) => {
    const image = OFFICIAL[base] ?? "";
    await build(image);
    await adapt(image, base);
  });
  await inPairs([...hardened], async (image) => {
    await build(image);
    if (image.endsWith("-dev")) await adapt(image, `${server.host}/${image}`);
  });
});

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

function basesOf(dockerfile: string): readonly string[] {
  return [...dockerfile.matchAll(/^FROM (?:--\S+ )*(\S+)/gim)].map(([, base = ""]) => base);
}

async function migrate(name: string, ...flags: readonly string[]): Promise<Migrated> {
  return migrateFile(join(EXAMPLES, name, "Dockerfile"), ...flags);
}

async function migrateFile(path: string, ...flags: readonly string[]): Promise<Migrated> {
  const args = ["migrate", path, "--registry", server.host, "--json", ...flags];
  const { stdout, stderr } = await basalt.run(args, { env });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as Migrated;
}

async function inPairs<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const next = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all([next(), next()]);
}

async function build(image: string): Promise<void> {
  await basalt.must(["build", image, "--platform", ownPlatform()]);
}

async function adapt(image: string, tag: string): Promise<void> {
  const name = `${server.host}/${image}`;
  await docker("pull", "-q", name);
  await adaptBase(name, tag, folder, docker);
}

async function docker(...args: readonly string[]): Promise<string> {
  return must(DOCKER, args, { env: { DOCKER_CONFIG: join(folder, "docker"), DOCKER_BUILDKIT: "0" } });
}

/** What is asked of an application, once more and without Basalt. */
async function requireAnswer(image: string, ports: readonly string[], probe: Probe): Promise<void> {
  if (probe.command !== undefined) {
    expect(await docker("run", "--rm", image, ...probe.command)).toContain(probe.expect);
    return;
  }
  // A port below 1024 moved by 8000
  const port = ports
    .map((each) => parseInt(each, 10))
    .find((each) => [probe.port, (probe.port ?? 0) + 8000].includes(each));
  const container = (await docker("run", "-d", "-p", `127.0.0.1::${port}`, image)).trim();
  try {
    const [address] = (await docker("port", container, `${port}/tcp`)).split("\n");
    await untilOk(`http://${address}${probe.path}`, (body) => body.includes(probe.expect));
  } finally {
    await docker("rm", "-f", container);
  }
}

function total(counts: Readonly<Record<string, number>> | null): number {
  const { critical = 0, high = 0, medium = 0, low = 0, unspecified = 0 } = counts ?? {};
  return critical + high + medium + low + unspecified;
}

/** For the table of docs/migrate.md. */
function rowOf(name: string, before: Side, after: Side): string {
  const side = ({ sizeBytes, vulnerabilities }: Side): readonly string[] => [
    String(Math.round(sizeBytes / 1e6)),
    ["critical", "high", "medium", "low"].map((severity) => vulnerabilities?.[severity] ?? "?").join(" / "),
  ];
  return `| ${[`[${name}](../examples/migrate/${name})`, ...side(before), ...side(after)].join(" | ")} |\n`;
}

it("there are a dozen", () => {
  expect(APPS.length).toBeGreaterThanOrEqual(12);
});

it("the article's Dockerfile becomes the article's hardened one, and runs", async () => {
  const context = await mkdtemp(join(folder, "article-"));
  const example = join(ROOT, "examples", "notes-api");
  for (const file of ["package.json", "package-lock.json", "server.js"])
    await copyFile(join(example, file), join(context, file));
  const article = join(ROOT, "test", "migrate", "node-article");
  await copyFile(join(article, "before.Dockerfile"), join(context, "Dockerfile"));
  const { dockerfile, verify } = await migrateFile(join(context, "Dockerfile"), "--verify", "--probe", "/health");
  const wanted = readFileSync(join(article, "after.Dockerfile"), "utf8").replaceAll("registry.example", server.host);
  expect(dockerfile).toBe(wanted);
  expect(verify).toMatchObject({ verdict: "holds", before: { isRoot: true }, after: { isRoot: false } });
  expect(verify.after.behaviour).toMatchObject({ hasShell: false, process: { words: ["node", "server.js"] } });
});

describe.each(APPS)("%s", (name) => {
  it("works as before, without a shell, smaller and with fewer vulnerabilities", async () => {
    const probe = JSON.parse(readFileSync(join(EXAMPLES, name, "probe.json"), "utf8")) as Probe;
    const flags =
      probe.command === undefined ? ["--probe", probe.path ?? "/"] : ["--probe-args", probe.command.join(" ")];
    const { dockerfile, verify } = await migrate(name, "--verify", ...flags);
    expect(verify).toMatchObject({ verdict: "holds", problems: [] });
    const { before, after } = verify;
    await requireAnswer(after.image, after.ports, probe);
    const shell = await run(DOCKER, ["run", "--rm", "--entrypoint", "/bin/sh", after.image, "-c", "true"]);
    expect(shell.status, "a shell").toBe(127);
    expect(after).toMatchObject({ isRoot: false });
    if (probe.command === undefined) expect(after.behaviour.process?.uid).toBeGreaterThan(0);
    expect(after.sizeBytes).toBeLessThan(before.sizeBytes);
    if (HAS_FEEDS) expect(total(after.vulnerabilities)).toBeLessThan(total(before.vulnerabilities));
    // Nothing is installed where the program runs
    const last = dockerfile.slice(dockerfile.search(/^FROM (?![\s\S]*^FROM )/m));
    expect(last).not.toMatch(/^RUN /m);
    const file = process.env["BASALT_E2E_FIGURES"];
    if (file !== undefined) await appendFile(file, rowOf(name, before, after));
    await docker("rmi", "-f", before.image, after.image);
  });
});

it("ends with 2 when the migrated program does not work as before", async () => {
  const context = await mkdtemp(join(folder, "broken-"));
  // Only the program's code says that it starts a shell
  const program =
    'require("http").createServer((_, r) => r.end(require("child_process").execSync("ls"))).listen(3000);\n';
  await writeFile(join(context, "server.js"), program);
  await writeFile(
    join(context, "Dockerfile"),
    'FROM node:22\nCOPY server.js /app/\nEXPOSE 3000\nCMD ["node", "/app/server.js"]\n',
  );
  const args = ["migrate", join(context, "Dockerfile"), "--registry", server.host, "--verify"];
  const { status, stderr } = await basalt.run(args, { env });
  expect(status).toBe(2);
  expect(stderr).toMatch(/It does not work as before:\n {2}- the migrated program (?:ended|does not answer|answers)/);
});
