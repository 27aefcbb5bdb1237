// SPDX-License-Identifier: Apache-2.0
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { testHost } from "../../test/support/host.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { formatCosignKey, keyHintOf, parseCosignKey } from "../formats/cosign-key.js";
import type { Host } from "../host/host.js";
import { openKey, publicKeyPem, rotateKey, validKeys } from "./keys.js";

let keyFiles: ReadonlyMap<string, Buffer> | undefined;
const BYTES = Buffer.from("what is signed");

describe("the key pair", () => {
  it("is made once, though many ask for it at the same time, and is readable by its owner only", async () => {
    const home = temporaryFolder();
    const hosts = [1, 2, 3, 4].map(() => testHost({ home }));
    const signers = await Promise.all(hosts.map((host) => openKey(host)));
    const folder = hosts[0]!.home.keys;
    expect(new Set(signers.map((signer) => signer.keyHint)).size).toBe(1);
    expect(readdirSync(folder).toSorted()).toEqual(["cosign.key", "cosign.pub"]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "cosign.key")).mode & 0o777).toBe(0o600);
    const before = readFileSync(join(folder, "cosign.key"), "utf8");
    expect((await openKey(testHost({ home }))).keyHint).toBe(signers[0]!.keyHint);
    expect(readFileSync(join(folder, "cosign.key"), "utf8")).toBe(before);
    expect(verify("sha256", BYTES, signers[1]!.publicKey, await signers[2]!.sign(BYTES))).toBe(true);
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
    const signer = await openKey(await hostWithKeys());
    const [first, second] = [await signer.sign(BYTES), await signer.sign(BYTES)];
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
    expect((await openKey(host)).keyHint).toHaveLength(44);
    expect(existsSync(join(host.home.keys, "making.lock"))).toBe(false);
  });
});

describe("with COSIGN_PASSWORD", () => {
  it("the key is encrypted with it, and is of no use without it", async () => {
    const home = temporaryFolder();
    const withPassword = (password: string | undefined): Host =>
      testHost({ home, env: password === undefined ? {} : { COSIGN_PASSWORD: password } });
    const host = withPassword("sécret");
    const signer = await openKey(host);
    expect(verify("sha256", BYTES, signer.publicKey, await signer.sign(BYTES))).toBe(true);
    const pem = readFileSync(join(host.home.keys, "cosign.key"), "utf8");
    expect(await codeOf(() => parseCosignKey(pem, "", "test"))).toBe("KEY_PASSWORD");
    for (const wrong of [undefined, "secret"]) {
      const other = await openKey(withPassword(wrong));
      expect(other.keyHint).toBe(signer.keyHint);
      expect(await codeOf(() => other.sign(BYTES))).toBe("KEY_PASSWORD");
    }
    rmSync(join(host.home.keys, "cosign.pub"));
    expect(await codeOf(() => openKey(withPassword("secret")))).toBe("KEY_PASSWORD");
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
    const signer = await openKey(host);
    expect(signer.keyHint).toBe(keyHintOf(publicKey));
    expect(verify("sha256", BYTES, publicKey, await signer.sign(BYTES))).toBe(true);
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
    expect(await codeOf(() => openKey(host))).toBe(code);
    expect(existsSync(host.home.keys)).toBe(false);
  });
});

describe("a command that signs", () => {
  const pair = generateKeyPairSync("ec", { namedCurve: "prime256v1" });

  /** A host with a command: a shell script, `$KEY` being a private key in PEM. */
  function hostWithCommand(script: string, env: Readonly<Record<string, string>> = {}): Host {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "signer"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    writeFileSync(join(folder, "key.pub"), pair.publicKey.export({ type: "spki", format: "pem" }));
    const [command, file] = [`${join(folder, "signer")} --with 'two words'`, join(folder, "key.pub")];
    return testHost({ env: { BASALT_SIGNER_COMMAND: command, BASALT_SIGNER_PUBLIC_KEY: file, ...env } });
  }

  it("gets what is to be signed, and its arguments, and no key is made here", async () => {
    const signature = sign("sha256", BYTES, pair.privateKey).toString("base64");
    const expected = BYTES.toString("utf8");
    const host = hostWithCommand(`[ "$(cat)" = "${expected}" ] && [ "$2" = "two words" ] && echo ${signature}`);
    const signer = await openKey(host);
    expect(signer.keyHint).toBe(keyHintOf(pair.publicKey));
    expect((await signer.sign(BYTES)).toString("base64")).toBe(signature);
    expect(await codeOf(() => signer.sign(Buffer.from("something else")))).toBe("SIGNER_FAILED");
    expect(existsSync(host.home.keys)).toBe(false);
    expect(await codeOf(() => rotateKey(host, new Date()))).toBe("KEY_INVALID");
  });

  const faults: readonly { summary: string; script: string; env?: Readonly<Record<string, string>>; code?: string }[] =
    [
      { summary: "that fails", script: "echo no token >&2; exit 3" },
      { summary: "that prints nothing", script: "cat >/dev/null" },
      { summary: "that prints no signature", script: "cat >/dev/null; echo aGVsbG8=" },
      { summary: "that prints a signature of something else", script: "cat >/dev/null; echo MAYCAQECAQE=" },
      { summary: "that prints without end", script: "cat /dev/zero" },
      { summary: "that is not there", script: "", env: { BASALT_SIGNER_COMMAND: "no-such-signer" } },
      {
        summary: "that is not a command",
        script: "",
        env: { BASALT_SIGNER_COMMAND: "a | b" },
        code: "COMMAND_INVALID",
      },
      { summary: "without its public key", script: "", env: { BASALT_SIGNER_PUBLIC_KEY: "" }, code: "KEY_INVALID" },
      {
        summary: "whose public key is not there",
        script: "",
        env: { BASALT_SIGNER_PUBLIC_KEY: "/nowhere/key.pub" },
        code: "FILE_NOT_FOUND",
      },
    ];
  it.each(faults)("$summary signs nothing", async ({ script, env = {}, code = "SIGNER_FAILED" }) => {
    const host = hostWithCommand(script, env);
    expect(await codeOf(async () => (await openKey(host)).sign(BYTES))).toBe(code);
  });
});

describe("another key in its place", () => {
  it("signs from then on; the former one is good until its time has come", async () => {
    const host = await hostWithKeys();
    const before = await openKey(host);
    const { former, key } = await rotateKey(host, new Date("2026-12-01T00:00:00Z"));
    expect(former.keyHint).toBe(before.keyHint);
    const after = await openKey(host);
    expect(after.keyHint).toBe(key.keyHint);
    expect(verify("sha256", BYTES, after.publicKey, await after.sign(BYTES))).toBe(true);
    expect((await validKeys(host)).map(({ keyHint }) => keyHint)).toEqual([key.keyHint, former.keyHint]);
    expect(await publicKeyPem(host)).toBe(`${key.pem}${former.pem}`);
    expect(statSync(join(host.home.keys, "cosign.key")).mode & 0o777).toBe(0o600);
    const later = testHost({ home: host.home.root, now: () => new Date("2026-12-01T00:00:01Z") });
    expect((await validKeys(later)).map(({ keyHint }) => keyHint)).toEqual([key.keyHint]);
  });

  it("may come again before the former one is forgotten", async () => {
    const host = await hostWithKeys();
    for (const day of ["01", "02"]) await rotateKey(host, new Date(`2026-12-${day}T00:00:00Z`));
    expect((await validKeys(host)).map(({ validUntil }) => validUntil)).toEqual([
      undefined,
      "2026-12-01T00:00:00.000Z",
      "2026-12-02T00:00:00.000Z",
    ]);
  });

  it("is made from what is left, where a process died on the way", async () => {
    const host = await hostWithKeys();
    const { former } = await rotateKey(host, new Date("2026-12-01T00:00:00Z"));
    rmSync(join(host.home.keys, "cosign.pub"));
    const keys = await validKeys(host);
    expect(keys).toHaveLength(2);
    expect(keys[1]?.keyHint).toBe(former.keyHint);
  });

  it.each(["hello", "{}", '[{"pem":"x","validUntil":"2026-12-01"}]', '[{"pem":""}]'])(
    "a list of former keys that is %s is an error",
    async (text) => {
      const host = await hostWithKeys();
      writeFileSync(join(host.home.keys, "former.json"), text);
      expect(await codeOf(() => validKeys(host))).toBe("KEY_INVALID");
    },
  );
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
    expect(await codeOf(() => openKey(host))).toBe(code);
  });

  it("a good public half without its private half cannot sign", async () => {
    const host = await hostWithKeys();
    rmSync(join(host.home.keys, "cosign.key"));
    expect(["FILE_NOT_FOUND", "KEY_INVALID"]).toContain(await codeOf(() => openKey(host)));
  });
});

/** A host whose key pair was made before, once for all tests. */
async function hostWithKeys(): Promise<Host> {
  const host = testHost();
  if (keyFiles === undefined) {
    await openKey(host);
    const names = ["cosign.key", "cosign.pub"];
    keyFiles = new Map(names.map((name) => [name, readFileSync(join(host.home.keys, name))]));
  }
  mkdirSync(host.home.keys, { recursive: true });
  for (const [name, content] of keyFiles) writeFileSync(join(host.home.keys, name), content);
  return host;
}
