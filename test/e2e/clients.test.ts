// SPDX-License-Identifier: Apache-2.0
// docker, skopeo, cosign and oras against a running server.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Server } from "./support/basalt.js";
import { untilOk } from "./support/http.js";
import { DOCKER, must, ROOT, run, type RunResult } from "./support/run.js";
import { shared } from "./support/shared.js";

interface Token {
  readonly token: string;
}

const EXAMPLE = join(ROOT, "examples", "notes-api");
const PASSWORD = "correct-horse-battery";
const basalt = shared();
let folder: string;
let server: Server;
let docker: (args: readonly string[], input?: string) => Promise<RunResult>;
let mustDocker: (args: readonly string[], input?: string) => Promise<string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "basalt-clients-"));
  const env = { DOCKER_CONFIG: join(folder, "docker"), DOCKER_BUILDKIT: "0" };
  docker = (args, input) => run(DOCKER, args, { env, ...(input === undefined ? {} : { input }) });
  mustDocker = (args, input) => must(DOCKER, args, { env, ...(input === undefined ? {} : { input }) });
  await basalt.run(["user", "remove", "alice"]); // of a home that was kept
  await basalt.must(["user", "add", "alice", "--admin", "--password-stdin"], { input: `${PASSWORD}\n` });
  server = await basalt.serve();
});

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function logIn(user: string, password: string): Promise<RunResult> {
  return docker(["login", server.host, "-u", user, "--password-stdin"], password);
}

describe("docker", () => {
  it("refuses a wrong password, and logs in with the right one", async () => {
    const refused = await logIn("alice", "wrong-password");
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toMatch(/unauthorized/i);
    expect(await logIn("alice", PASSWORD)).toMatchObject({ status: 0, stdout: expect.stringContaining("Succeeded") });
  });

  it("pulls the image and runs Node.js 22 in it, without a shell, not as root", async () => {
    const image = `${server.host}/node:22`;
    await mustDocker(["pull", image]);
    const version = await mustDocker(["run", "--rm", image, "node", "-e", "console.log(process.version)"]);
    expect(version).toMatch(/^v22\.\d+\.\d+\n$/);
    const shell = await docker(["run", "--rm", image, "sh", "-c", "true"]);
    expect(shell.status).toBe(127);
    expect(shell.stderr).toContain("executable file not found");
    const ids = await mustDocker(["run", "--rm", image, "node", "-p", "[process.getuid(), process.getgid()].join()"]);
    expect(ids).toBe("1000,1000\n");
    expect(await mustDocker(["image", "inspect", "-f", "{{.Config.User}}", image])).toBe("1000:1000\n");
  });

  it("finds certificates, time zones, host names and a writable work folder in the image", async () => {
    const program = [
      'const fs = require("fs");',
      'fs.writeFileSync("/app/x", "y");',
      'if (fs.readFileSync(process.env.SSL_CERT_FILE, "utf8").split("BEGIN CERTIFICATE").length < 100) throw new Error("certificates");',
      'if (new Date(0).toLocaleTimeString("en-GB", { timeZone: "Asia/Tokyo" }) !== "09:00:00") throw new Error("time zones");',
      'require("dns").lookup("localhost", (error, address) => console.log(error ?? address));',
    ].join("");
    const output = await mustDocker(["run", "--rm", `${server.host}/node:22`, "node", "-e", program]);
    expect(output).toMatch(/^(?:127\.0\.0\.1|::1)\n$/);
  });

  it("the ordinary image has a working shell, npm and yarn, and the dev image too", async () => {
    for (const name of ["reference/node:22", "node:22-dev"]) {
      const image = `${server.host}/${name}`;
      await mustDocker(["pull", "-q", image]);
      const output = await mustDocker(["run", "--rm", image, "sh", "-c", "id -u && npm --version && yarn --version"]);
      expect(output).toMatch(/^0\n\d+\.\d+\.\d+\n1\.\d+\.\d+\n$/);
      // The package database is one that dpkg finds nothing wrong with.
      const audit = await mustDocker(["run", "--rm", image, "sh", "-c", "dpkg --audit && dpkg -L libc6 | grep -c lib"]);
      expect(audit).toMatch(/^\d+\n$/);
    }
  });
});

/** A builder that trusts what this machine trusts: HTTPS may be signed anew on the way. */
async function withHostCertificates(base: string): Promise<string> {
  const bundle = process.env["NODE_EXTRA_CA_CERTS"] ?? "/etc/ssl/certs/ca-certificates.crt";
  const context = await mkdtemp(join(folder, "builder-"));
  await must("cp", [bundle, join(context, "ca.pem")]);
  await writeFile(
    join(context, "Dockerfile"),
    `FROM ${base}\nCOPY ca.pem /opt/ca.pem\nENV NODE_EXTRA_CA_CERTS=/opt/ca.pem\n`,
  );
  const tag = `e2e-builder:${base.replaceAll(/[^a-z0-9]+/g, "-")}`;
  await mustDocker(["build", "-q", "-t", tag, context]);
  return tag;
}

describe("the example app", () => {
  const tags = { ordinary: "e2e-notes:ordinary", hardened: "e2e-notes:hardened" } as const;

  it.each([
    {
      summary: "the ordinary Dockerfile",
      file: "Dockerfile",
      tag: tags.ordinary,
      base: "reference/node:22",
      arg: "IMAGE",
    },
    {
      summary: "the hardened Dockerfile",
      file: "Dockerfile.hardened",
      tag: tags.hardened,
      base: "node:22-dev",
      arg: "BUILDER",
    },
  ])("$summary builds and answers HTTP", async ({ file, tag, base, arg }) => {
    const builder = await withHostCertificates(`${server.host}/${base}`);
    const args = ["--build-arg", `REGISTRY=${server.host}`, "--build-arg", `${arg}=${builder}`];
    await mustDocker(["build", "-t", tag, "-f", join(EXAMPLE, file), ...args, EXAMPLE]);
    const id = (await mustDocker(["run", "-d", "-p", "127.0.0.1::3000", tag])).trim();
    try {
      const address = (await mustDocker(["port", id, "3000/tcp"])).trim();
      const base = `http://${address}`;
      await untilOk(`${base}/health`);
      const created = await fetch(`${base}/notes`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ text: "hello" }),
      });
      expect(created.status).toBe(201);
      const note = (await created.json()) as { readonly id: number; readonly text: string };
      expect(note.text).toBe("hello");
      expect(await (await fetch(`${base}/notes/${note.id}`)).json()).toEqual(note);
      expect((await fetch(`${base}/notes/${note.id}`, { method: "DELETE" })).status).toBe(204);
      expect(await (await fetch(`${base}/notes`)).json()).toEqual([]);
    } finally {
      await mustDocker(["rm", "-f", id]);
    }
  });

  it("is pushed, and looked through in the background", async () => {
    const target = `${server.host}/team/notes:1`;
    await mustDocker(["tag", tags.hardened, target]);
    await logIn("alice", PASSWORD);
    await mustDocker(["push", target]);
    // The push answers at once; a worker looks through the image afterwards.
    const url = new URL("/api/v1/images/team%2Fnotes/versions/1", server.url);
    expect(await untilOk(url, (body) => !body.includes('"packages":null'))).toContain("express");
  });
});

describe("rights", () => {
  it("a token that may only pull cannot push", async () => {
    const { token } = await basalt.json<Token>(["token", "create", "--user", "alice", "--scope", "pull", "--json"]);
    expect((await logIn("alice", token)).status).toBe(0);
    const target = `${server.host}/team/forbidden:1`;
    await mustDocker(["tag", `${server.host}/node:22`, target]);
    const pushed = await docker(["push", target]);
    expect(pushed.status).not.toBe(0);
    expect(pushed.stderr).toMatch(/denied/);
    await mustDocker(["pull", `${server.host}/node:22`]);
  });

  it("with anonymous pull off, a pull without login is refused, and one with login is not", async () => {
    const closed = await basalt.serve(["--no-anonymous-pull"]);
    try {
      const image = `${closed.host}/node:22`;
      await docker(["logout", closed.host]);
      const refused = await docker(["pull", image]);
      expect(refused.status).not.toBe(0);
      expect(refused.stderr).toMatch(/unauthorized|denied|no basic auth/i);
      await mustDocker(["login", closed.host, "-u", "alice", "--password-stdin"], PASSWORD);
      await mustDocker(["pull", image]);
      expect((await fetch(new URL("/api/v1/images", closed.url))).status).toBe(401);
    } finally {
      await closed.stop();
    }
  });
});

describe("skopeo", () => {
  it("copies the image with all platforms, digest unchanged", async () => {
    const target = `oci:${join(folder, "copy")}:22`;
    await must("skopeo", ["copy", "-q", "--all", "--src-tls-verify=false", `docker://${server.host}/node:22`, target]);
    const index = JSON.parse(
      await must("skopeo", ["inspect", "--raw", "--tls-verify=false", `docker://${server.host}/node:22`]),
    ) as { readonly manifests: readonly { readonly platform: { readonly architecture: string } }[] };
    expect(index.manifests.map(({ platform }) => platform.architecture).toSorted()).toEqual(["amd64", "arm64"]);
    const copied = await must("skopeo", ["inspect", "--format", "{{.Digest}}", target]);
    const served = await must("skopeo", [
      "inspect",
      "--tls-verify=false",
      "--format",
      "{{.Digest}}",
      `docker://${server.host}/node:22`,
    ]);
    expect(copied).toBe(served);
  });
});
