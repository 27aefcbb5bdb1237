// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { testHost } from "../../../test/support/host.js";
import { temporaryFolder } from "../../../test/support/temporary.js";
import { createCredentialStore, type StoredCredentials } from "./credentials.js";

const REGISTRY = "registry.example:5000";

describe("what docker login stored", () => {
  it.each([
    { summary: "for the host", config: auths(REGISTRY, "ada:secret"), found: password("ada", "secret") },
    { summary: "for its https address", config: auths(`https://${REGISTRY}`, "a:b"), found: password("a", "b") },
    { summary: "for its http address", config: auths(`http://${REGISTRY}`, "a:b"), found: password("a", "b") },
    {
      summary: "with colons in the password",
      config: auths(REGISTRY, "ada:se:cr:et"),
      found: password("ada", "se:cr:et"),
    },
    {
      summary: "with other letters in it",
      config: auths(REGISTRY, "ada:pässwörd"),
      found: password("ada", "pässwörd"),
    },
    {
      summary: "as an identity token, which goes before the password",
      config: { auths: { [REGISTRY]: { auth: base64("ada:secret"), identitytoken: "idt" } } },
      found: { kind: "identity-token", token: "idt" } as const,
    },
    {
      summary: "with an empty identity token",
      config: { auths: { [REGISTRY]: { auth: base64("ada:secret"), identitytoken: "" } } },
      found: password("ada", "secret"),
    },
    { summary: "for another host", config: auths("other.example", "ada:secret"), found: undefined },
    { summary: "for the host with another port", config: auths("registry.example:5001", "a:b"), found: undefined },
    { summary: "for the host without the port", config: auths("registry.example", "a:b"), found: undefined },
    { summary: "nothing", config: {}, found: undefined },
    { summary: "a host without credentials", config: { auths: { [REGISTRY]: {} } }, found: undefined },
    { summary: "credentials without a user", config: auths(REGISTRY, ":secret"), found: undefined },
    { summary: "credentials without a colon", config: auths(REGISTRY, "ada"), found: undefined },
  ])("$summary", async ({ config, found }) => {
    expect(await lookUp({ docker: JSON.stringify(config) }, REGISTRY)).toEqual(found);
  });

  it("for Docker Hub lies under its old address", async () => {
    const docker = JSON.stringify(auths("https://index.docker.io/v1/", "ada:secret"));
    expect(await lookUp({ docker }, "docker.io")).toEqual(password("ada", "secret"));
  });

  it("is looked for below the home folder where no other is named", async () => {
    const home = temporaryFolder();
    mkdirSync(join(home, ".docker"));
    writeFileSync(join(home, ".docker", "config.json"), JSON.stringify(auths(REGISTRY, "ada:secret")));
    const { env, ...host } = testHost();
    const { DOCKER_CONFIG: _, ...others } = env;
    const store = createCredentialStore({ ...host, env: { ...others, HOME: home } });
    expect(await store(REGISTRY)).toEqual(password("ada", "secret"));
  });
});

describe("files that are not what they should be", () => {
  it.each([
    { summary: "no JSON", docker: "{" },
    { summary: "nothing", docker: "" },
    { summary: "null", docker: "null" },
    { summary: "a list", docker: "[]" },
    { summary: "text", docker: '"text"' },
    { summary: "a number for all credentials", docker: '{"auths":5}' },
    { summary: "null for the host", docker: `{"auths":{"${REGISTRY}":null}}` },
    { summary: "a number for the credentials", docker: `{"auths":{"${REGISTRY}":{"auth":5}}}` },
    { summary: "an object for the credentials", docker: `{"auths":{"${REGISTRY}":{"auth":{}}}}` },
    { summary: "an object for the identity token", docker: `{"auths":{"${REGISTRY}":{"identitytoken":{}}}}` },
    { summary: "a number for the helper", docker: '{"credsStore":5}' },
    { summary: "null for the helpers", docker: '{"credHelpers":null,"auths":null}' },
    { summary: "credentials that are no base64", docker: `{"auths":{"${REGISTRY}":{"auth":"!!!"}}}` },
  ])("$summary gives no credentials, and the next file is read", async ({ docker }) => {
    const podman = JSON.stringify(auths(REGISTRY, "ada:secret"));
    expect(await lookUp({ docker }, REGISTRY)).toBeUndefined();
    expect(await lookUp({ docker, podman }, REGISTRY)).toEqual(password("ada", "secret"));
  });
});

describe("what podman login stored", () => {
  it.each([
    {
      summary: "is found where Docker has nothing",
      files: { podman: auths(REGISTRY, "p:q") },
      found: password("p", "q"),
    },
    {
      summary: "comes after what Docker has",
      files: { docker: auths(REGISTRY, "ada:secret"), podman: auths(REGISTRY, "p:q") },
      found: password("ada", "secret"),
    },
    {
      summary: "comes after the file that REGISTRY_AUTH_FILE names",
      files: { named: auths(REGISTRY, "n:m"), podman: auths(REGISTRY, "p:q") },
      found: password("n", "m"),
    },
  ])("$summary", async ({ files, found }) => {
    const texts = Object.fromEntries(Object.entries(files).map(([name, config]) => [name, JSON.stringify(config)]));
    expect(await lookUp(texts, REGISTRY)).toEqual(found);
  });

  it("for Docker Hub lies under its plain name", async () => {
    const podman = JSON.stringify(auths("docker.io", "ada:secret"));
    expect(await lookUp({ podman }, "docker.io")).toEqual(password("ada", "secret"));
  });
});

describe("helper programs", () => {
  it.each([
    {
      summary: "gives a password",
      script: answer({ ServerURL: REGISTRY, Username: "ada", Secret: "secret" }),
      found: password("ada", "secret"),
    },
    {
      summary: "gives an identity token",
      script: answer({ Username: "<token>", Secret: "idt" }),
      found: { kind: "identity-token", token: "idt" } as const,
    },
    {
      summary: "has nothing",
      script: 'process.stdout.write("credentials not found in native keychain"); process.exitCode = 1;',
      found: undefined,
    },
    { summary: "has an empty secret", script: answer({ Username: "ada", Secret: "" }), found: undefined },
    { summary: "has no user", script: answer({ Secret: "secret" }), found: undefined },
    { summary: "answers null", script: answer(null), found: undefined },
    { summary: "answers what is no JSON", script: 'process.stdout.write("Welcome!");', found: undefined },
    { summary: "answers nothing", script: "", found: undefined },
    {
      summary: "fails with the right answer on its lips",
      script: `${answer({ Username: "ada", Secret: "secret" })} process.exitCode = 1;`,
      found: undefined,
    },
  ])("a helper that $summary", async ({ script, found }) => {
    const helper = makeHelper(script);
    expect(
      await lookUp({ docker: JSON.stringify({ credHelpers: { [REGISTRY]: "test" } }) }, REGISTRY, helper.env),
    ).toEqual(found);
  });

  it("is asked to get what the host's name says, for that host only", async () => {
    const helper = makeHelper(answer({ Username: "ada", Secret: "secret" }));
    const docker = JSON.stringify({ credHelpers: { [REGISTRY]: "test" } });
    expect(await lookUp({ docker }, "other.example", helper.env)).toBeUndefined();
    expect(helper.asked()).toEqual([]);
    await lookUp({ docker }, REGISTRY, helper.env);
    expect(helper.asked()).toEqual([`get ${REGISTRY}`]);
  });

  it("is asked for Docker Hub by its old address", async () => {
    const helper = makeHelper(answer({ Username: "ada", Secret: "secret" }));
    const docker = JSON.stringify({ credsStore: "test" });
    expect(await lookUp({ docker }, "docker.io", helper.env)).toEqual(password("ada", "secret"));
    expect(helper.asked()).toEqual(["get https://index.docker.io/v1/"]);
  });

  it.each([
    {
      summary: "a helper of one host goes before that of all, and before the file",
      config: { credHelpers: { [REGISTRY]: "test" }, credsStore: "missing", ...auths(REGISTRY, "file:x") },
      found: password("ada", "secret"),
    },
    {
      summary: "the helper of all serves hosts without their own",
      config: { credHelpers: { "other.example": "missing" }, credsStore: "test" },
      found: password("ada", "secret"),
    },
    {
      summary: "the file serves where a helper is not installed",
      config: { credsStore: "missing", ...auths(REGISTRY, "file:x") },
      found: password("file", "x"),
    },
    {
      summary: "an empty name is no helper",
      config: { credsStore: "", ...auths(REGISTRY, "file:x") },
      found: password("file", "x"),
    },
  ])("$summary", async ({ config, found }) => {
    const helper = makeHelper(answer({ Username: "ada", Secret: "secret" }));
    expect(await lookUp({ docker: JSON.stringify(config) }, REGISTRY, helper.env)).toEqual(found);
  });
});

interface Files {
  readonly docker?: string;
  /** At `$REGISTRY_AUTH_FILE`. */
  readonly named?: string;
  readonly podman?: string;
}

async function lookUp(
  files: Files,
  registry: string,
  env: Readonly<Record<string, string>> = {},
): Promise<StoredCredentials | undefined> {
  const folder = temporaryFolder();
  const paths = {
    docker: join(folder, "docker", "config.json"),
    named: join(folder, "named.json"),
    podman: join(folder, "run", "containers", "auth.json"),
  };
  for (const [name, path] of Object.entries(paths)) {
    const text = files[name as keyof Files];
    mkdirSync(dirname(path), { recursive: true });
    if (text !== undefined) writeFileSync(path, text);
  }
  const where = {
    DOCKER_CONFIG: dirname(paths.docker),
    REGISTRY_AUTH_FILE: paths.named,
    XDG_RUNTIME_DIR: join(folder, "run"),
  };
  return createCredentialStore(testHost({ env: { PATH: "", ...where, ...env } }))(registry);
}

/** A helper named `docker-credential-test`: Node.js itself under that name, which is told to load a script first. */
function makeHelper(script: string): {
  readonly env: Readonly<Record<string, string>>;
  readonly asked: () => readonly string[];
} {
  const folder = temporaryFolder();
  const log = join(folder, "asked");
  writeFileSync(log, "");
  writeFileSync(
    join(folder, "helper.cjs"),
    `const { appendFileSync, readFileSync } = require("node:fs");
     appendFileSync(${JSON.stringify(log)}, process.argv[1].split("/").at(-1) + " " + readFileSync(0, "utf8") + "\\n");
     ${script}
     process.exit();`,
  );
  symlinkSync(process.execPath, join(folder, "docker-credential-test"));
  return {
    env: {
      PATH: [folder, join(folder, "missing")].join(delimiter),
      NODE_OPTIONS: `--require=${join(folder, "helper.cjs")}`,
    },
    asked: () =>
      readFileSync(log, "utf8")
        .split("\n")
        .filter((line) => line !== ""),
  };
}

/** A script of a helper that answers with this. */
function answer(value: unknown): string {
  return `process.stdout.write(${JSON.stringify(JSON.stringify(value))});`;
}

function auths(key: string, userAndPassword: string): object {
  return { auths: { [key]: { auth: base64(userAndPassword) } } };
}

function password(user: string, secret: string): StoredCredentials {
  return { kind: "password", credentials: { user, password: secret } };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
