// SPDX-License-Identifier: Apache-2.0
// Built-in actions of build stages, with programs of Debian.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Basalt } from "./support/basalt.js";
import { must, ROOT, run } from "./support/run.js";
import { homeWithDownloads } from "./support/shared.js";

const ACTIONS = join(ROOT, "test", "e2e", "definitions", "actions.yaml");
let folder: string;
let basalt: Basalt;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "basalt-actions-"));
  basalt = await homeWithDownloads(folder, "home");
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

it("a Go program is built without network, twice to the same digest, and what came with it is written down", async () => {
  const first = await basalt.must(["build", ACTIONS]);
  const other = await homeWithDownloads(folder, "other");
  expect(await other.must(["build", ACTIONS], { env: { TZ: "Asia/Tokyo" } })).toBe(first);
});

/** A definition with one stage of these steps, files and packages. */
async function define(name: string, stage: object): Promise<string> {
  const definition = {
    name: "Action",
    image: `test/${name}`,
    tags: ["latest"],
    contents: {
      packages: ["!mawk", "!original-awk", "!gawk", "base-files"],
      builds: [{ name, outputs: [{ source: "/src", target: "/srv" }], ...stage }],
    },
    accounts: { "run-as": "65532" },
    "os-release": { name: "Test", id: "debian", "version-id": "13", "version-codename": "trixie" },
  };
  const file = join(folder, `${name}.yaml`);
  await writeFile(file, JSON.stringify(definition));
  return file;
}

function build(file: string): ReturnType<Basalt["run"]> {
  return basalt.run(["build", file, "--platform", "linux/amd64"]);
}

describe("gpg/verify@v1", () => {
  const steps = ["make a key", "verify"] as const;
  const SCRIPT = `set -eu
export GNUPGHOME=/tmp/gnupg
mkdir -m 700 "$GNUPGHOME"
gpg --batch --passphrase '' --quick-generate-key 'Maker <maker@example.test>' ed25519 sign never
gpg --batch --export --armor > key.asc
echo content > a.txt
gpg --batch --armor --detach-sign a.txt
gpg --batch --clear-sign --output clear.txt a.txt
gpg --batch --with-colons --list-keys | sed -n 's/^fpr:*\\([0-9A-F]*\\):.*/\\1/p' > fingerprint
`;

  const cases: readonly { name: string; more?: string; inputs: object; expected: RegExp | undefined }[] = [
    { name: "detached", inputs: { file: "a.txt", signature: "a.txt.asc" }, expected: undefined },
    { name: "clearsigned", inputs: { file: "clear.txt" }, expected: undefined },
    {
      name: "changed",
      more: "echo more >> a.txt",
      inputs: { file: "a.txt", signature: "a.txt.asc" },
      expected: /SIGNATURE_INVALID: .*"verify".*no trusted signature on \/src\/a\.txt/,
    },
    {
      name: "stranger",
      inputs: { file: "a.txt", signature: "a.txt.asc", "key-filter": ["0".repeat(40)] },
      expected: /SIGNATURE_INVALID: .*is none of 0{40}/,
    },
  ];
  it.each(cases)("$name", async ({ name, more = "", inputs, expected }) => {
    const [make, verify] = steps;
    const file = await define(`gpg-${name}`, {
      contents: { packages: ["base-files", "bash", "coreutils", "gnupg", "sed"] },
      pipeline: [
        { name: make, runs: `${SCRIPT}${more}` },
        { name: verify, uses: "gpg/verify@v1", with: { keys: ["key.asc"], ...inputs } },
      ],
    });
    const { status, stderr } = await build(file);
    if (expected === undefined)
      expect([status, stderr]).toEqual([0, expect.stringMatching(/is signed by [0-9A-F]{40}/)]);
    else expect([status, stderr]).toEqual([1, expect.stringMatching(expected)]);
  });
});

it("go/build@v1 without its modules says which one is missing, and asks nobody", async () => {
  const file = await define("go-missing", {
    contents: { packages: ["base-files", "bash", "coreutils", "dash", "golang-go"] },
    paths: [
      { type: "file", path: "/src/go.mod", content: "module a.test/a\n\ngo 1.20\n\nrequire b.test/b v1.0.0\n" },
      {
        type: "file",
        path: "/src/go.sum",
        content: `b.test/b v1.0.0 h1:${"A".repeat(43)}=\nb.test/b v1.0.0/go.mod h1:${"A".repeat(43)}=\n`,
      },
      { type: "file", path: "/src/a.go", content: 'package main\n\nimport _ "b.test/b"\n\nfunc main() {}\n' },
    ],
    pipeline: [{ uses: "go/build@v1", with: { packages: ".", output: "a" } }],
  });
  const { status, stderr } = await build(file);
  expect([status, stderr]).toEqual([1, expect.stringMatching(/b\.test\/b.*GOPROXY=off/s)]);
});

/**
 * Addresses and certificates of the machine that runs these tests: the registries may be reached by way of a server that signs anew. Without
 * a bundle in `SSL_CERT_FILE` the stage's own certificates count.
 */
async function machine(): Promise<{
  readonly environment: Readonly<Record<string, string>>;
  readonly paths: readonly object[];
}> {
  const kept = ["GOPROXY", "GOSUMDB", "GONOSUMDB", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "npm_config_registry"];
  const own = kept.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name] ?? ""] as const],
  );
  const bundle = process.env["SSL_CERT_FILE"];
  if (bundle === undefined) return { environment: Object.fromEntries(own), paths: [] };
  const path = "/machine.pem";
  return {
    environment: {
      ...Object.fromEntries(own),
      SSL_CERT_FILE: path,
      NODE_EXTRA_CA_CERTS: path,
      npm_config_cafile: path,
    },
    // The sandbox has the machine's network, and finds names where its programs look for them.
    paths: [
      { type: "file", path, content: await readFile(bundle, "utf8") },
      { type: "file", path: "/etc/resolv.conf", content: await readFile("/etc/resolv.conf", "utf8") },
      { type: "file", path: "/etc/hosts", content: await readFile("/etc/hosts", "utf8") },
    ],
  };
}

describe("with network", () => {
  const MOD = "module a.test/a\n\ngo 1.20\n\nrequire rsc.io/quote/v3 v3.1.0\n";
  const MAIN = 'package main\n\nimport "rsc.io/quote/v3"\n\nfunc main() { println(quote.OptV3()) }\n';
  const bump = async (name: string, deps: readonly string[], more: object = {}): Promise<string> => {
    const { environment, paths } = await machine();
    return define(name, {
      contents: { packages: ["base-files", "bash", "ca-certificates", "coreutils", "dash", "golang-go"] },
      environment,
      paths: [
        ...paths,
        { type: "file", path: "/src/go.mod", content: MOD },
        { type: "file", path: "/src/main.go", content: MAIN },
      ],
      pipeline: [
        { uses: "go/bump@v2", with: { deps, tidy: true, download: true, ...more } },
        { uses: "go/build@v1", with: { packages: ".", output: "a", cgo_enabled: 0 } },
        { runs: "cat go.mod; ./a" },
      ],
    });
  };

  it("go/bump raises what others depend on, go/build then needs none; lowering is refused", async () => {
    const raised = await build(await bump("go-raise", ["rsc.io/sampler@v1.99.99"]));
    expect([raised.status, raised.stderr]).toEqual([0, expect.stringMatching(/rsc\.io\/sampler v1\.99\.99/)]);
    const lowered = await build(await bump("go-lower", ["rsc.io/quote/v3@v3.0.0"]));
    expect([lowered.status, lowered.stderr]).toEqual([1, expect.stringMatching(/a version would be lowered/)]);
  });

  it("npm/bump raises what others depend on, in the lock file, too", async () => {
    const { environment, paths } = await machine();
    const project = join(folder, "npm");
    await must("mkdir", ["-p", project]);
    const manifest = { name: "a", version: "1.0.0", dependencies: { "is-odd": "3.0.0" } };
    await writeFile(join(project, "package.json"), JSON.stringify(manifest));
    const locked = await run("npm", ["install", "--package-lock-only", "--ignore-scripts"], { cwd: project });
    expect([locked.status, locked.stderr]).toEqual([0, expect.anything()]);
    const lock = await readFile(join(project, "package-lock.json"), "utf8");
    expect(JSON.parse(lock)).toMatchObject({ packages: { "node_modules/is-number": { version: "6.0.0" } } });
    const file = await define("npm-bump", {
      contents: { packages: ["base-files", "bash", "ca-certificates", "coreutils", "dash", "nodejs", "npm"] },
      environment,
      paths: [
        ...paths,
        { type: "file", path: "/src/package.json", content: JSON.stringify(manifest) },
        { type: "file", path: "/src/package-lock.json", content: lock },
        { type: "file", path: "/bumps.json", content: JSON.stringify([{ package: "is-number", version: "7.0.0" }]) },
      ],
      pipeline: [
        { uses: "npm/bump@v1", with: { bumps: "/bumps.json", "npm-root": "/src" } },
        { runs: "cat package-lock.json" },
      ],
    });
    const { status, stderr } = await build(file);
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(/"node_modules\/is-number": \{[^}]*"version": "7\.0\.0"/s),
    ]);
  });
});
