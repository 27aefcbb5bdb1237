// SPDX-License-Identifier: Apache-2.0
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, verify } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { testHost } from "../../test/support/host.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { formatCosignKey, keyHintOf, parseCosignKey } from "../formats/cosign-key.js";
import type { Host } from "../host/host.js";
import { openSigner, publicKeyPem } from "./keys.js";

let keyFiles: ReadonlyMap<string, Buffer> | undefined;
const BYTES = Buffer.from("what is signed");

describe("the key pair", () => {
  it("is made once, though many ask for it at the same time, and is readable by its owner only", async () => {
    const home = temporaryFolder();
    const hosts = [1, 2, 3, 4].map(() => testHost({ home }));
    const signers = await Promise.all(hosts.map((host) => openSigner(host)));
    const folder = hosts[0]!.home.keys;
    expect(new Set(signers.map((signer) => signer.keyHint)).size).toBe(1);
    expect(readdirSync(folder).toSorted()).toEqual(["cosign.key", "cosign.pub"]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "cosign.key")).mode & 0o777).toBe(0o600);
    const before = readFileSync(join(folder, "cosign.key"), "utf8");
    expect((await openSigner(testHost({ home }))).keyHint).toBe(signers[0]!.keyHint);
    expect(readFileSync(join(folder, "cosign.key"), "utf8")).toBe(before);
    expect(verify("sha256", BYTES, signers[1]!.publicKey, signers[2]!.sign(BYTES))).toBe(true);
  });

  it("is one that cosign knows: an encrypted private half, and a public half in PEM", async () => {
    const host = await hostWithKeys();
    const pem = await publicKeyPem(host);
    const publicKey = createPublicKey(pem);
    expect(publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: "prime256v1" });
    expect(readFileSync(join(host.home.keys, "cosign.pub"), "utf8")).toBe(pem);
    expect(readFileSync(join(host.home.keys, "cosign.key"), "utf8")).toMatch(
      /^-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n$/,
    );
    const der = publicKey.export({ type: "spki", format: "der" });
    expect(keyHintOf(publicKey)).toBe(createHash("sha256").update(der).digest("base64"));
  });

  it("signs so that others can verify it, and differently each time", async () => {
    const signer = await openSigner(await hostWithKeys());
    const [first, second] = [signer.sign(BYTES), signer.sign(BYTES)];
    expect(first.equals(second)).toBe(false);
    for (const signature of [first, second]) expect(verify("sha256", BYTES, signer.publicKey, signature)).toBe(true);
    expect(verify("sha256", Buffer.from("something else"), signer.publicKey, first)).toBe(false);
  });

  it("gets its public half again from the private one", async () => {
    const host = await hostWithKeys();
    const pem = await publicKeyPem(host);
    rmSync(join(host.home.keys, "cosign.pub"));
    expect(await publicKeyPem(host)).toBe(pem);
  });

  it("is made, though a process died while it made one", async () => {
    const host = testHost();
    mkdirSync(host.home.keys, { recursive: true });
    writeFileSync(join(host.home.keys, "making.lock"), "2147483646\n");
    expect((await openSigner(host)).keyHint).toHaveLength(44);
    expect(existsSync(join(host.home.keys, "making.lock"))).toBe(false);
  });
});

describe("with COSIGN_PASSWORD", () => {
  it("the key is encrypted with it, and is of no use without it", async () => {
    const home = temporaryFolder();
    const withPassword = (password: string | undefined): Host =>
      testHost({ home, env: password === undefined ? {} : { COSIGN_PASSWORD: password } });
    const host = withPassword("sécret");
    const signer = await openSigner(host);
    expect(verify("sha256", BYTES, signer.publicKey, signer.sign(BYTES))).toBe(true);
    const pem = readFileSync(join(host.home.keys, "cosign.key"), "utf8");
    expect(await codeOf(() => parseCosignKey(pem, "", "test"))).toBe("KEY_PASSWORD");
    for (const wrong of [undefined, "secret"]) {
      const other = await openSigner(withPassword(wrong));
      expect(other.keyHint).toBe(signer.keyHint);
      expect(await codeOf(() => other.sign(BYTES))).toBe("KEY_PASSWORD");
    }
    rmSync(join(host.home.keys, "cosign.pub"));
    expect(await codeOf(() => openSigner(withPassword("secret")))).toBe("KEY_PASSWORD");
    expect(existsSync(join(host.home.keys, "making.lock"))).toBe(false);
  });
});

describe("a key that is given", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const text = formatCosignKey(privateKey, "", randomBytes);

  it.each(["BASALT_SIGNING_KEY", "BASALT_SIGNING_KEY_FILE"])("by %s signs, and none is made", async (name) => {
    const file = join(temporaryFolder(), "mine.key");
    writeFileSync(file, text);
    const host = testHost({ env: { [name]: name.endsWith("FILE") ? file : text } });
    const signer = await openSigner(host);
    expect(signer.keyHint).toBe(keyHintOf(publicKey));
    expect(verify("sha256", BYTES, publicKey, signer.sign(BYTES))).toBe(true);
    expect(await publicKeyPem(host)).toBe(publicKey.export({ type: "spki", format: "pem" }));
    expect(existsSync(host.home.keys)).toBe(false);
  });

  it.each([
    { summary: "is none", env: { BASALT_SIGNING_KEY: "hello" }, code: "KEY_INVALID" },
    { summary: "has another password", env: { BASALT_SIGNING_KEY: text, COSIGN_PASSWORD: "x" }, code: "KEY_PASSWORD" },
    { summary: "is not there", env: { BASALT_SIGNING_KEY_FILE: "/nowhere/a.key" }, code: "FILE_NOT_FOUND" },
    {
      summary: "is given twice",
      env: { BASALT_SIGNING_KEY: text, BASALT_SIGNING_KEY_FILE: "/nowhere/a.key" },
      code: "KEY_INVALID",
    },
  ])("and $summary stops before anything is signed", async ({ env, code }) => {
    const host = testHost({ env });
    expect(await codeOf(() => openSigner(host))).toBe(code);
    expect(existsSync(host.home.keys)).toBe(false);
  });
});

describe("files that are no keys", () => {
  it.each([
    { summary: "a public half that is none", pub: "hello", key: "x", code: "KEY_INVALID" },
    { summary: "an empty public half", pub: "", key: "x", code: "KEY_INVALID" },
    { summary: "a private half that is none", pub: undefined, key: "hello", code: "KEY_INVALID" },
    { summary: "an empty private half", pub: undefined, key: "", code: "KEY_INVALID" },
    { summary: "a public half alone", pub: "hello", key: undefined, code: "KEY_INVALID" },
  ])("$summary is an error that names the file", async ({ pub, key, code }) => {
    const host = testHost();
    mkdirSync(host.home.keys, { recursive: true });
    if (pub !== undefined) writeFileSync(join(host.home.keys, "cosign.pub"), pub);
    if (key !== undefined) writeFileSync(join(host.home.keys, "cosign.key"), key);
    expect(await codeOf(() => openSigner(host))).toBe(code);
  });

  it("a good public half without its private half cannot sign", async () => {
    const host = await hostWithKeys();
    rmSync(join(host.home.keys, "cosign.key"));
    expect(["FILE_NOT_FOUND", "KEY_INVALID"]).toContain(await codeOf(() => openSigner(host)));
  });
});

/** A host whose key pair was made before, once for all tests. */
async function hostWithKeys(): Promise<Host> {
  const host = testHost();
  if (keyFiles === undefined) {
    await openSigner(host);
    const names = ["cosign.key", "cosign.pub"];
    keyFiles = new Map(names.map((name) => [name, readFileSync(join(host.home.keys, name))]));
  }
  mkdirSync(host.home.keys, { recursive: true });
  for (const [name, content] of keyFiles) writeFileSync(join(host.home.keys, name), content);
  return host;
}
