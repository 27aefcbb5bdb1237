// SPDX-License-Identifier: Apache-2.0
// cosign and oras, in an image that Basalt builds of them, on what the server hands out.
import { afterAll, beforeAll, expect, it } from "vitest";
import { generateKeyPairSync } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { basaltAt, type Server } from "./support/basalt.js";
import { faultsOfCycloneDx } from "../support/cyclonedx-schema.js";
import { IDENTITY, ISSUER, keylessEnvironment, startSigstore } from "../support/sigstore.js";
import { DOCKER, must, ROOT, run, type RunResult } from "./support/run.js";
import { shared } from "./support/shared.js";

/** Where `--load` puts the image of the verification tools. */
const TOOLS = "localhost:5050/tools:latest";
const DEFINITION = join(ROOT, "test", "e2e", "definitions", "tools.yaml");
const VERIFICATION = ["--key", "/keys/basalt.pub", "--insecure-ignore-tlog=true", "--allow-http-registry"];
const USER = "evidence";
const PASSWORD = "correct-horse-battery";
const basalt = shared();
let folder: string;
let server: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "basalt-evidence-"));
  await basalt.run(["user", "remove", USER]); // of a home that was kept
  await basalt.must(["user", "add", USER, "--password-stdin"], { input: `${PASSWORD}\n` });
  server = await basalt.serve();
  await basalt.must(["build", DEFINITION, "--load"]);
  await writeFile(join(folder, "basalt.pub"), await (await fetch(new URL("/keys/basalt.pub", server.url))).text());
  const root = { mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1" };
  await writeFile(join(folder, "root.json"), JSON.stringify(root));
  await chmod(folder, 0o755);
});

afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

function tool(args: readonly string[], flags: readonly string[] = []): Promise<RunResult> {
  return run(DOCKER, ["run", "--rm", "--network", "host", "-v", `${folder}:/keys:ro`, ...flags, TOOLS, ...args]);
}

function verify(image: string): Promise<RunResult> {
  return tool(["cosign", "verify", ...VERIFICATION, image]);
}

async function inspect(name: string, format: readonly string[]): Promise<string> {
  return must("skopeo", ["inspect", "--tls-verify=false", ...format, `docker://${server.host}/${name}`]);
}

async function platformsOf(name: string): Promise<readonly string[]> {
  const index = JSON.parse(await inspect(name, ["--raw"])) as {
    readonly manifests: readonly { readonly digest: string }[];
  };
  return index.manifests.map(({ digest }) => `${server.host}/node@${digest}`);
}

it("cosign accepts the index and each platform's image", async () => {
  const images = [`${server.host}/node:22`, ...(await platformsOf("node:22"))];
  expect(images).toHaveLength(3);
  for (const image of images) {
    const verified = await verify(image);
    expect(verified, verified.stderr).toMatchObject({ status: 0 });
    expect(verified.stdout).toContain("cosign container image signature");
  }
});

/** By cosign's name for it, where it has one. */
const TYPES = [
  "slsaprovenance1",
  "spdxjson",
  "cyclonedx",
  "urn:basalt:predicate:lock:1",
  "https://in-toto.io/attestation/test-result/v0.1",
  "https://slsa.dev/verification_summary/v1",
  "https://scout.docker.com/secrets/v0.1",
  "urn:basalt:predicate:licenses:1",
  "openvex",
];
const MODES = [
  { mode: "under its tags", flags: [] },
  { mode: "in bundles", flags: ["--new-bundle-format", "--trusted-root", "/keys/root.json"] },
];

it.each(MODES)("cosign accepts the attestations of a platform's image $mode", async ({ flags }) => {
  const why = ["--status", "not_affected", "--justification", "vulnerable_code_not_in_execute_path"];
  const stated = await basalt.must(["vex", "add", "node:22", "--cve", "CVE-1999-0001", "--package", "libc6", ...why]);
  expect(stated).toMatch(/^node: CVE-1999-0001 in pkg:deb\/debian\/libc6: not affected; published for \d+ images\n$/);
  const [image = ""] = await platformsOf("node:22");
  for (const type of TYPES) {
    const verified = await tool(["cosign", "verify-attestation", ...VERIFICATION, ...flags, "--type", type, image]);
    expect(verified, `${type}: ${verified.stderr}`).toMatchObject({ status: 0 });
    expect(verified.stdout).toContain('"payloadType":"application/vnd.in-toto+json"');
  }
});

it.each(MODES)("cosign refuses attestations $mode by another key, and of another kind", async ({ flags }) => {
  const [image = ""] = await platformsOf("node:22");
  const other = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).publicKey;
  await writeFile(join(folder, "stranger.pub"), other.export({ type: "spki", format: "pem" }));
  const stranger = VERIFICATION.map((flag) => (flag === "/keys/basalt.pub" ? "/keys/stranger.pub" : flag));
  const verify = (keys: readonly string[], type: string): Promise<RunResult> =>
    tool(["cosign", "verify-attestation", ...keys, ...flags, "--type", type, image]);
  expect((await verify(stranger, "spdxjson")).status).not.toBe(0);
  expect((await verify(VERIFICATION, "https://example.test/nothing")).status).not.toBe(0);
});

it("openssl alone checks the signature of an image, by the recipe of the README", async () => {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const [, recipe = ""] = /```sh\n(# openssl alone[\s\S]*?)```/.exec(readme) ?? [];
  expect(recipe).toContain("openssl dgst");
  const script = recipe.replaceAll("http://localhost:5050", new URL(server.url).origin);
  const checked = await run("sh", ["-ec", script], { cwd: folder });
  expect(checked.stdout, checked.stderr).toContain("Verified OK");
  const forged = await run("sh", ["-ec", script.replace("openssl dgst", "printf x >>payload; openssl dgst")], {
    cwd: folder,
  });
  expect(forged.status).not.toBe(0);
});

it("an image is built again from a copy in another registry, where nothing was built before, and is the same", async () => {
  const other = basaltAt(join(folder, "mirror"));
  await other.must(["user", "add", USER, "--admin", "--password-stdin"], { input: `${PASSWORD}\n` });
  const mirror = await other.serve();
  try {
    const env = { DOCKER_CONFIG: join(folder, "docker") };
    await must(DOCKER, ["login", mirror.host, "-u", USER, "--password-stdin"], { env, input: PASSWORD });
    await basalt.must(["push", "node:22", `${mirror.host}/elsewhere/node:22`], { env });
    const stranger = basaltAt(join(folder, "stranger"));
    const image = `registry://${mirror.host}/elsewhere/node:22`;
    const rebuilt = await stranger.run(["rebuild", "--verify", image, "--key", join(folder, "basalt.pub")]);
    expect(rebuilt, rebuilt.stderr).toMatchObject({ status: 0 });
    expect(rebuilt.stdout).toMatch(/ sha256:[0-9a-f]{64} equal\n$/);
    const verified = await stranger.run(["verify", image, "--key", join(folder, "basalt.pub")]);
    expect(verified, verified.stderr).toMatchObject({ status: 0 });
  } finally {
    await mirror.stop();
  }
});

it("cosign refuses a changed image, also with the signature of the original beside it", async () => {
  const env = { DOCKER_CONFIG: join(folder, "docker"), DOCKER_BUILDKIT: "0" };
  await must(DOCKER, ["login", server.host, "-u", USER, "--password-stdin"], { env, input: PASSWORD });
  await writeFile(join(folder, "Dockerfile"), `FROM ${server.host}/node:22\nLABEL changed=${Date.now()}\n`);
  const target = `${server.host}/team/changed:22`;
  await must(DOCKER, ["build", "-q", "-t", target, "-f", join(folder, "Dockerfile"), join(ROOT, "examples")], { env });
  await must(DOCKER, ["push", "-q", target], { env });
  const unsigned = await verify(target);
  expect(unsigned.status).not.toBe(0);
  expect(unsigned.stderr).toContain("no signatures found");
  const signatureOf = async (repository: string): Promise<string> => {
    const digest = (await inspect(`${repository}:22`, ["--format", "{{.Digest}}"])).trim();
    return `docker://${server.host}/${repository}:${digest.replace(":", "-")}.sig`;
  };
  const flags = ["--src-tls-verify=false", "--dest-tls-verify=false", "--dest-creds", `${USER}:${PASSWORD}`];
  await must("skopeo", ["copy", "-q", ...flags, await signatureOf("node"), await signatureOf("team/changed")]);
  const forged = await verify(target);
  expect(forged.status).not.toBe(0);
  expect(forged.stderr).toContain("invalid or missing digest in claim");
});

it("cosign accepts, of who signs without a key, the image and its attestations, and of nobody else", async () => {
  const services = await startSigstore();
  try {
    const env = keylessEnvironment(services, folder);
    await basalt.must(["build", DEFINITION], { env });
    for (const [name, pem] of Object.entries(services.pems)) await writeFile(join(folder, `${name}.pem`), pem);
    const image = `${server.host}/tools:latest`;
    for (const args of [
      ["verify"],
      ["verify-attestation", "--type", "slsaprovenance1"],
      [
        "verify-attestation",
        "--type",
        "slsaprovenance1",
        "--new-bundle-format",
        "--trusted-root",
        "/keys/trusted-root.json",
      ],
    ]) {
      const verified = await keylessTool(["cosign", ...args, ...certifiedFor(IDENTITY), image]);
      expect(verified, verified.stderr).toMatchObject({ status: 0 });
      expect((await keylessTool(["cosign", ...args, ...certifiedFor("evil@example.test"), image])).status).not.toBe(0);
    }
    const flags = ["--certificate-identity", IDENTITY, "--certificate-oidc-issuer", ISSUER];
    const root = ["--trusted-root", join(folder, "trusted-root.json")];
    const verified = await basalt.run(["verify", `registry://${image}`, ...flags, ...root]);
    expect(verified, verified.stderr).toMatchObject({ status: 0 });
    const evil = ["--certificate-identity", "evil@example.test", "--certificate-oidc-issuer", ISSUER, ...root];
    expect((await basalt.run(["verify", `registry://${image}`, ...evil])).stderr).toContain("EVIDENCE_MISSING");
  } finally {
    services.close();
  }
});

function certifiedFor(identity: string): readonly string[] {
  const who = ["--certificate-identity", identity, "--certificate-oidc-issuer", ISSUER];
  return [...who, "--offline", "--allow-http-registry"];
}

/** cosign 2 takes what it trusts under its tags from single files. */
function keylessTool(args: readonly string[]): Promise<RunResult> {
  const files = [
    "SIGSTORE_ROOT_FILE=/keys/authority.pem",
    "SIGSTORE_REKOR_PUBLIC_KEY=/keys/log.pem",
    "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE=/keys/certificate-log.pem",
  ];
  return tool(
    args,
    files.flatMap((each) => ["-e", each]),
  );
}

it("the schema of CycloneDX takes the SBOM of a real image", async () => {
  const bom: unknown = JSON.parse(await basalt.must(["sbom", "node:22", "--format", "cyclonedx"]));
  expect(faultsOfCycloneDx(bom)).toEqual([]);
});

it("oras shows SBOM and provenance as referrers", async () => {
  const [image = ""] = await platformsOf("node:22");
  const found = await tool(["oras", "discover", "--plain-http", "--format", "json", image]);
  expect(found, found.stderr).toMatchObject({ status: 0 });
  expect(found.stdout).toContain("https://spdx.dev/Document");
  expect(found.stdout).toContain("https://slsa.dev/provenance/v1");
});

it("basalt verify agrees with cosign, by the command that it prints", async () => {
  const key = join(folder, "basalt.pub");
  for (const args of [
    ["verify", `registry://${server.host}/node:22`],
    [
      "attest",
      "verify",
      `registry://${(await platformsOf("node:22"))[0]}`,
      "--predicate-type",
      "https://spdx.dev/Document",
    ],
  ]) {
    const verified = await basalt.run([...args, "--key", key]);
    expect(verified, verified.stderr).toMatchObject({ status: 0 });
    const [, words = ""] = /with cosign:\n {2}(.+)\n/.exec(verified.stderr) ?? [];
    expect(words).toMatch(/^cosign verify/);
    const command = words.replace(key, "/keys/basalt.pub").replace("root.json", "/keys/root.json").split(" ");
    const same = await tool(command);
    expect(same, same.stderr).toMatchObject({ status: 0 });
  }
  await writeFile(
    join(folder, "other.pub"),
    generateKeyPairSync("ec", { namedCurve: "prime256v1" }).publicKey.export({ type: "spki", format: "pem" }),
  );
  const refused = await basalt.run(["verify", `registry://${server.host}/node:22`, "--key", join(folder, "other.pub")]);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain("EVIDENCE_MISSING");
});
