// SPDX-License-Identifier: Apache-2.0
// No maintainer script ran when these images were made. Here apt, dpkg and npm go on from there, as they would in a Dockerfile.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adaptBase, SOURCES } from "./support/bases.js";
import type { Server } from "./support/basalt.js";
import { DOCKER, must, ROOT } from "./support/run.js";
import { shared } from "./support/shared.js";

const EXAMPLE = join(ROOT, "examples", "notes-api");
const IMAGES = ["node:22-dev", "reference/node:22"] as const;

const basalt = shared();
let folder: string;
let server: Server;
/** Image → the same with what this machine needs to reach packages: its mirrors, its certificates, its registry of npm. */
const bases = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "basalt-dev-image-"));
  server = await basalt.serve();
  for (const name of IMAGES) {
    const tag = `e2e-dev-base:${name.replaceAll(/\W/g, "-")}`;
    await docker("pull", "-q", `${server.host}/${name}`);
    await adaptBase(`${server.host}/${name}`, tag, folder, docker);
    bases.set(name, tag);
  }
});

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function docker(...args: readonly string[]): Promise<string> {
  return must(DOCKER, args, { env: { DOCKER_CONFIG: join(folder, "docker"), DOCKER_BUILDKIT: "0" } });
}

async function build(tag: string, dockerfile: string, context: string): Promise<string> {
  const file = join(folder, `${tag.replaceAll(/\W/g, "-")}.Dockerfile`);
  await writeFile(file, dockerfile);
  return docker("build", "--no-cache", "-t", tag, "-f", file, context);
}

/** Runs a shell's commands as root; all of them have to succeed. */
async function sh(name: string, script: string): Promise<string> {
  return docker("run", "--rm", bases.get(name) ?? "", "sh", "-euc", script);
}

describe.each(IMAGES)("%s", (name) => {
  it("names sources whose host is not this machine's, checked with a keyring that it has", async () => {
    const text = await docker("run", "--rm", `${server.host}/${name}`, "cat", SOURCES);
    expect([...text.matchAll(/^Suites: (.+)$/gm)]).toHaveLength(2);
    const keyrings = [...text.matchAll(/^Signed-By: (.+)$/gm)].map(([, path]) => path ?? "");
    expect(keyrings).toHaveLength(2);
    await docker("run", "--rm", `${server.host}/${name}`, "test", "-s", keyrings[0] ?? "");
  });

  it("has a package database in which dpkg and apt find nothing to do", async () => {
    const script = "dpkg --audit; dpkg --configure --pending; apt-get -qq check; update-alternatives --get-selections";
    const output = await docker("run", "--rm", `${server.host}/${name}`, "sh", "-euc", script);
    const lines = output.trim().split("\n");
    expect(lines.filter((line) => !/^\S+ +auto +\/\S+$/.test(line))).toEqual([]);
    expect(lines.length).toBeGreaterThan(2);
  });

  it("is the base of a Dockerfile that installs with apt and with npm", async () => {
    const tag = `e2e-dev-built:${name.replaceAll(/\W/g, "-")}`;
    const dockerfile = [
      `FROM ${bases.get(name) ?? ""}`,
      "WORKDIR /app",
      "COPY package*.json ./",
      "RUN apt-get update && apt-get install -y jq && npm ci",
      "COPY . .",
      "",
    ].join("\n");
    await build(tag, dockerfile, EXAMPLE);
    const script = `echo '{"a":[1,2]}' | jq -c .a; dpkg --audit; apt-get -qq check; node -p 'typeof require("express")'`;
    expect(await docker("run", "--rm", tag, "sh", "-euc", script)).toBe("[1,2]\nfunction\n");
  });

  it("upgrades, installs a compiler, and removes it again", async () => {
    const script = `
      apt-get -qq update; apt-get -qq upgrade -y; apt-get -qq install -y --no-install-recommends gcc libc6-dev >/dev/null
      echo 'int main(void) { return 7; }' > /tmp/x.c; cc /tmp/x.c -o /tmp/x; /tmp/x && exit 1 || test $? = 7
      apt-get -qq remove -y gcc >/dev/null
      echo "result: cc is $(test -e /usr/bin/cc && echo there || echo gone)"; dpkg --audit; apt-get -qq check`;
    expect((await sh(name, script)).split("result: ")[1]).toBe("cc is gone\n");
  });

  it("lets every package of the base system be installed once more, with all its scripts", async () => {
    const script = `
      apt-get -qq update
      names=$(dpkg-query -W -f '\${Priority} \${Package}\\n' | sed -n -E 's/^(required|important) //p')
      apt-get -qq install -y --reinstall $names >/dev/null 2>&1
      echo "result: $(echo $names | wc -w)"; dpkg --audit; apt-get -qq check; awk 'BEGIN { print "awk" }'; which sh`;
    const [count, ...lines] = (await sh(name, script)).split("result: ")[1]?.trim().split("\n") ?? [];
    expect(Number(count)).toBeGreaterThan(10);
    expect(lines).toEqual(["awk", "/usr/bin/sh"]);
  });

  it("keeps its awk when another one comes and goes", async () => {
    const script = `
      apt-get -qq update; apt-get -qq install -y gawk >/dev/null; awk --version | head -n 1 | cut -d ' ' -f 1,2
      apt-get -qq remove -y gawk >/dev/null 2>&1; awk 'BEGIN { print "again" }'; readlink /etc/alternatives/awk`;
    const lines = (await sh(name, script)).trim().split("\n");
    expect(lines.slice(-3)).toEqual(["GNU Awk", "again", "/usr/bin/mawk"].map((text) => expect.stringContaining(text)));
  });

  it("finds a library that is new, and no service is started by its package", async () => {
    const script = `
      apt-get -qq update; apt-get -qq install -y nginx-light libjemalloc2 >/dev/null 2>&1
      ldconfig -p | grep -c libjemalloc.so.2; cat /proc/[0-9]*/comm | grep -c nginx || true`;
    expect((await sh(name, script)).trim().split("\n").slice(-2)).toEqual(["1", "0"]);
  });

  it("configures a package that asks questions, with nobody there to answer, and a locale", async () => {
    const script = `
      unset DEBIAN_FRONTEND; apt-get -qq update
      apt-get -qq install -y postfix locales < /dev/null >/dev/null 2>&1
      echo 'de_DE.UTF-8 UTF-8' > /etc/locale.gen; locale-gen >/dev/null; locale -a | grep -c '^de_DE'
      dpkg --audit; apt-get -qq check`;
    expect((await sh(name, script)).trim().split("\n").at(-1)).toBe("1");
  });

  it("has accounts that can be added, changed and used", async () => {
    const script = `
      apt-get -qq update; apt-get -qq install -y adduser passwd >/dev/null 2>&1
      useradd -m one; adduser --disabled-password --gecos x two >/dev/null 2>&1; echo one:secret | chpasswd
      chsh -s /bin/bash one; su one -c 'id -un'; su two -c 'id -un'`;
    expect((await sh(name, script)).trim().split("\n").slice(-2)).toEqual(["one", "two"]);
  });
});
