// SPDX-License-Identifier: Apache-2.0
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { basaltOn } from "../../test/support/commands.js";
import { statementAbout } from "../../test/support/evidence.js";
import { testHost } from "../../test/support/host.js";
import { makeImage, repository } from "../../test/support/images.js";
import {
  IDENTITY,
  ISSUER,
  keylessEnvironment,
  startSigstore,
  tokenFor,
  type TestSigstore,
} from "../../test/support/sigstore.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { parseManifest, type ImageManifest } from "../formats/oci/manifest.js";
import type { Host } from "../host/host.js";
import { bytesOfStatement, isSignedBy, signImage, signStatement } from "./documents.js";
import { publicKeyPem, rotateKey, validKeys } from "./keys.js";
import { ownCertificates } from "./keyless.js";
import { openSigner } from "./open.js";

const BYTES = Buffer.from("what is signed");
const APP = repository("app");
const { root: ROOT } = makeImage();
const STATEMENT = bytesOfStatement(statementAbout(ROOT));
const CERTIFY = "/api/v2/signingCert";

let sigstore: TestSigstore;
let stranger: TestSigstore;

beforeAll(async () => {
  [sigstore, stranger] = await Promise.all([startSigstore(), startSigstore()]);
});
afterAll(() => {
  for (const each of [sigstore, stranger]) each.close();
});
beforeEach(() => {
  sigstore.requests.length = 0;
  sigstore.instead.clear();
});

function hostFor(services: TestSigstore, env: Readonly<Record<string, string>> = {}): Host {
  return testHost({ env: { ...keylessEnvironment(services, temporaryFolder()), ...env } });
}

describe("certificates sign", () => {
  it("bytes and statements, several with one, each entered into the log, and no key is made", async () => {
    const host = hostFor(sigstore);
    const signer = await openSigner(host);
    expect(signer).toMatchObject({ name: `${IDENTITY} (${ISSUER})`, isForBundles: false });
    const signed = [
      await signer.signBytes(BYTES),
      await signer.signStatement(STATEMENT.bytes),
      await signer.signBytes(BYTES),
    ];
    for (const { material } of signed) {
      expect(Object.keys(material)).toEqual(expect.arrayContaining(["certificate", "tlogEntries"]));
      expect(material["certificate"]).toEqual(signed[0]!.material["certificate"]);
      expect(material["tlogEntries"]).toHaveLength(1);
    }
    expect(sigstore.requests).toEqual([CERTIFY, ...signed.map(() => "/api/v1/log/entries")]);
    expect(existsSync(host.home.keys)).toBe(false);
  });

  it.each([
    { summary: "by time stamps alone", options: { log: "none", stampsTime: true }, isForBundles: true },
    { summary: "by Rekor 2 and time stamps", options: { log: 2, stampsTime: true }, isForBundles: true },
    { summary: "by Rekor 1 and time stamps", options: { log: 1, stampsTime: true }, isForBundles: false },
  ] as const)("$summary", async ({ options, isForBundles }) => {
    const services = await startSigstore(options);
    try {
      const host = hostFor(services);
      const signer = await openSigner(host);
      expect(signer.isForBundles).toBe(isForBundles);
      const { envelope, material } = await signStatement(STATEMENT, signer);
      const trust = await ownCertificates(host);
      expect(trust?.checkEnvelope(envelope, material)).toEqual({
        kind: "good",
        by: { identity: IDENTITY, issuer: ISSUER },
      });
      const { signature, material: ofBytes } = await signer.signBytes(BYTES);
      expect(trust?.checkBytes(BYTES, signature, ofBytes).kind).toBe("good");
      expect(trust?.checkBytes(STATEMENT.bytes, signature, ofBytes).kind).toBe("bad");
    } finally {
      services.close();
    }
  });

  it("with a token of a file, which may change between two certificates", async () => {
    const file = join(temporaryFolder(), "token");
    writeFileSync(file, `${tokenFor()}\n`);
    const host = hostFor(sigstore, { SIGSTORE_ID_TOKEN: "", BASALT_ID_TOKEN_FILE: file });
    expect((await (await openSigner(host)).signBytes(BYTES)).signature.length).toBeGreaterThan(60);
    writeFileSync(file, tokenFor("somebody else"));
    expect(await codeOf(async () => (await openSigner(host)).signBytes(BYTES))).toBe("SIGNER_FAILED");
  });

  it("an image so that they know their signature again, and nobody else's", async () => {
    const signer = await openSigner(hostFor(sigstore));
    const manifest = await signedImage(hostFor(sigstore));
    const isOwn = (layers: ImageManifest["layers"]): boolean =>
      isSignedBy(signer, APP, ROOT.digest, { ...manifest, layers });
    expect(isOwn(manifest.layers)).toBe(true);
    const [layer] = manifest.layers;
    for (const name of Object.keys(layer!.annotations!)) {
      const { [name]: _, ...annotations } = layer!.annotations!;
      expect(isOwn([{ ...layer!, annotations }])).toBe(false);
    }
    const theirs = await signedImage(hostFor(stranger));
    expect(isOwn(theirs.layers)).toBe(false);
    expect(isOwn([...theirs.layers, ...manifest.layers])).toBe(true);
  });
});

async function signedImage(host: Host): Promise<ImageManifest> {
  const parsed = parseManifest((await signImage(APP, ROOT.digest, await openSigner(host))).manifest);
  if (parsed.kind !== "image") throw new Error("a signature is no index");
  return parsed.value;
}

describe("what cannot be signed", () => {
  it.each([
    { summary: "there is no token", env: { SIGSTORE_ID_TOKEN: "" }, says: "there is no identity token" },
    { summary: "the token is none", env: { SIGSTORE_ID_TOKEN: "s3cret" }, says: "the identity token is none" },
    {
      summary: "the token is of somebody else",
      env: { SIGSTORE_ID_TOKEN: tokenFor("https://evil.test/") },
      says: `the certificate is for https://evil.test/ (${ISSUER}), not for ${IDENTITY} (${ISSUER})`,
    },
    {
      summary: "the token is of another issuer",
      env: { SIGSTORE_ID_TOKEN: tokenFor(IDENTITY, "https://evil.test") },
      says: `not for ${IDENTITY} (${ISSUER})`,
    },
    {
      summary: "the identity is only the beginning of that of the certificate",
      env: { BASALT_CERTIFICATE_IDENTITY: IDENTITY.slice(0, -1) },
      says: `the certificate is for ${IDENTITY} (${ISSUER}), not for`,
    },
  ])("$summary", async ({ env, says }) => {
    const signer = await openSigner(hostFor(sigstore, env));
    const error = await signer.signBytes(BYTES).then(() => undefined, String);
    expect(error).toContain(says);
    expect(error).not.toContain("s3cret");
  });

  it.each([
    { path: CERTIFY, status: 401, says: /gives no certificate: .*not for you/ },
    { path: CERTIFY, status: 201, body: "{}", says: /gives no certificate/ },
    { path: CERTIFY, status: 201, body: "<html>", says: /gives no certificate/ },
    {
      path: CERTIFY,
      status: 201,
      body: JSON.stringify({ signedCertificateEmbeddedSct: { chain: { certificates: ["x"] } } }),
      says: /cannot be used/,
    },
    { path: "/api/v1/log/entries", status: 400, says: /takes no entry: .*not for you/ },
    { path: "/api/v1/log/entries", status: 201, body: '{"a":{},"b":{}}', says: /takes no entry/ },
  ])("since $path answers $status $body", async ({ path, status, body, says }) => {
    sigstore.instead.set(path, { status, body: body ?? JSON.stringify({ code: 1, message: "not for you" }) });
    const signer = await openSigner(hostFor(sigstore));
    await expect(signer.signStatement(BYTES)).rejects.toMatchObject({
      code: "SIGNER_FAILED",
      message: expect.stringMatching(says) as string,
    });
  });

  it("since nobody answers", async () => {
    const gone = await startSigstore();
    gone.close();
    const signer = await openSigner(hostFor(gone));
    await expect(signer.signBytes(BYTES)).rejects.toMatchObject({
      code: "SIGNER_FAILED",
      message: expect.stringMatching(/gives no certificate: .*ECONNREFUSED/) as string,
    });
  }, 20_000);

  it("since the trusted root is that of other services", async () => {
    const root = join(temporaryFolder(), "root.json");
    writeFileSync(root, stranger.trustedRoot);
    const signer = await openSigner(hostFor(sigstore, { BASALT_SIGSTORE_TRUSTED_ROOT: root }));
    await expect(signer.signBytes(BYTES)).rejects.toThrow("not by an authority of the trusted root");
  });
});

describe("a configuration that", () => {
  it.each([
    { summary: "names no identity", env: { BASALT_CERTIFICATE_IDENTITY: "" }, code: "KEY_INVALID" },
    { summary: "names no issuer", env: { BASALT_CERTIFICATE_OIDC_ISSUER: "" }, code: "KEY_INVALID" },
    { summary: "names no root", env: { BASALT_SIGSTORE_TRUSTED_ROOT: "" }, code: "KEY_INVALID" },
    {
      summary: "names a root that is not there",
      env: { BASALT_SIGSTORE_TRUSTED_ROOT: "/nowhere" },
      code: "FILE_NOT_FOUND",
    },
    {
      summary: "names no config that is there",
      env: { BASALT_SIGSTORE_SIGNING_CONFIG: "/nowhere" },
      code: "FILE_NOT_FOUND",
    },
    { summary: "has a key, too", env: { BASALT_SIGNING_KEY: "x" }, code: "KEY_INVALID" },
    { summary: "has a key in a file, too", env: { BASALT_SIGNING_KEY_FILE: "x" }, code: "KEY_INVALID" },
    { summary: "has a program that signs, too", env: { BASALT_SIGNER_COMMAND: "x" }, code: "KEY_INVALID" },
  ])("$summary is refused before anything is asked for", async ({ env, code }) => {
    expect(await codeOf(() => openSigner(hostFor(sigstore, env)))).toBe(code);
    expect(sigstore.requests).toEqual([]);
  });

  it("takes the place of a key leaves what that signed good", async () => {
    const host = hostFor(sigstore);
    expect(await validKeys(host)).toEqual([]);
    expect(await publicKeyPem(host)).toBe("");
    const listed = await basaltOn(host, "keys", "list");
    expect([listed.code, listed.stdout, listed.stderr]).toEqual([
      0,
      "",
      `certificates for ${IDENTITY}, whom ${ISSUER} knows, are good, too\n`,
    ]);
    expect(await codeOf(() => rotateKey(host, new Date()))).toBe("KEY_INVALID");
    const before = testHost({ home: host.home.root });
    const pem = await publicKeyPem(before);
    expect(await publicKeyPem(host)).toBe(pem);
    rmSync(join(before.home.keys, "cosign.pub"));
    expect(await publicKeyPem(host)).toBe(pem);
  });

  it("names who is trusted, where keys sign, is trusted", async () => {
    const host = hostFor(sigstore, { BASALT_SIGSTORE_SIGNING_CONFIG: "" });
    expect((await ownCertificates(host))?.trusted).toEqual({ identity: IDENTITY, issuer: ISSUER });
    expect((await openSigner(host)).name).toHaveLength(44);
  });
});
