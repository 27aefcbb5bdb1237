// SPDX-License-Identifier: Apache-2.0
import * as openpgp from "openpgp";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { HAS_GIT } from "../../test/support/git.js";
import { startRepositories } from "../../test/support/git-repositories.js";
import { TEST_NOW, testHost } from "../../test/support/host.js";
import { startHttp } from "../../test/support/http-server.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import type { FilePin, FileRequest } from "../definition/index.js";
import { sha256Hex } from "../formats/digest.js";
import { parseIntegrity } from "../formats/integrity.js";
import { fetchArtifact, lockFile } from "./artifacts.js";

const BYTES = Buffer.from("the download");
const SHA256 = sha256Hex(BYTES);
const INTEGRITY = parseIntegrity(`sha256:${SHA256}`);
const SIZE = { sha256: SHA256, sizeBytes: BYTES.length };

const date = new Date("2026-01-01T00:00:00Z");
const identity = { userIDs: { name: "Test" }, type: "ecc", curve: "ed25519Legacy", date, format: "object" } as const;
const { privateKey, publicKey } = await openpgp.generateKey(identity);
const stranger = await openpgp.generateKey(identity);
const FINGERPRINT = publicKey.getFingerprint().toUpperCase();
const detached = (bytes: Buffer, key: openpgp.PrivateKey): Promise<string> =>
  openpgp
    .createMessage({ binary: bytes })
    .then((message) => openpgp.sign({ message, signingKeys: key, detached: true, date: new Date("2026-11-01") }));
const clearsigned = (text: string, key: openpgp.PrivateKey): Promise<string> =>
  openpgp
    .createCleartextMessage({ text })
    .then((message) => openpgp.sign({ message, signingKeys: key, date: new Date("2026-11-01") }));

/** A server of these files, by path; what is an address is a redirect. */
async function serve(files: Readonly<Record<string, Buffer | string>>): Promise<string> {
  const server = await startHttp((request, response) => {
    const file = files[request.url ?? ""];
    if (file === undefined) response.writeHead(404).end();
    else if (String(file).startsWith("http:")) response.writeHead(302, { location: String(file) }).end();
    else response.end(file);
  });
  return server.url;
}

function request(url: string, pin: FilePin): FileRequest {
  return { url, pin, path: "opt", includes: [], excludes: [], uid: 0, gid: 0, software: [] };
}

describe("a file of checksums", () => {
  it.each(["/x.tar.sha256", "/SHA256SUMS"])("%s says the hash, which the lock then has", async (path) => {
    const files = { "/x.tar": BYTES, "/x.tar.sha256": `${SHA256}\n`, "/SHA256SUMS": `${SHA256} *x.tar\n` };
    const url = await serve(files);
    const host = testHost();
    const checksumUrl = `${url.slice(0, -1)}${path}`;
    const locked = await lockFile(request(`${url}x.tar`, { kind: "checksum-file", url: checksumUrl }), host);
    expect(locked).toEqual({ url: `${url}x.tar`, integrity: INTEGRITY, ...SIZE, checksumUrl });
  });

  it("is not asked again by a build from the lock", async () => {
    const url = await serve({ "/x.tar": BYTES });
    const locked = { url: `${url}x.tar`, integrity: INTEGRITY, ...SIZE, checksumUrl: `${url}gone` };
    expect(await fetchArtifact(locked, testHost())).toMatchObject(SIZE);
  });

  it("names files as they are, not as an address has them", async () => {
    const url = await serve({ "/jdk%2B10.tar": BYTES, "/sums": `${SHA256}  jdk+10.tar\n${"0".repeat(64)}  x\n` });
    const pin = { kind: "checksum-file", url: `${url}sums` } as const;
    expect(await lockFile(request(`${url}jdk%2B10.tar`, pin), testHost())).toMatchObject(SIZE);
  });

  const cases = [
    { summary: "that is not there", files: {}, code: "HTTP_STATUS" },
    { summary: "that is a page", files: { "/sums": "<html>" }, code: "CHECKSUM_FILE_INVALID" },
    { summary: "with another hash", files: { "/sums": "0".repeat(64) }, code: "FETCH_DIGEST_MISMATCH" },
    { summary: "with sha1 only", files: { "/sums": "0".repeat(40) }, code: "CHECKSUM_FILE_INVALID" },
    { summary: "without an end", files: { "/sums": Buffer.alloc(5_000_000, "a") }, code: "SIZE_LIMIT_EXCEEDED" },
    { summary: "that leads away from TLS", files: { "/sums": "http://example.test/sums" }, code: "HTTP_STATUS" },
  ];
  it.each(cases)("$summary is refused", async ({ files, code }) => {
    const url = await serve({ "/x.tar": BYTES, ...files });
    const pin = { kind: "checksum-file", url: `${url}sums` } as const;
    expect(await codeOf(() => lockFile(request(`${url}x.tar`, pin), testHost()))).toBe(code);
  });
});

describe("a signature", () => {
  async function lockSigned(
    files: Readonly<Record<string, Buffer | string>>,
    parts: Partial<Extract<FilePin, { kind: "signature" }>> = {},
  ): Promise<unknown> {
    const url = await serve({ "/x.tar": BYTES, "/key": publicKey.armor(), ...files });
    const pin = {
      kind: "signature",
      url: `${url}sig`,
      fingerprints: [FINGERPRINT],
      keys: [{ url: `${url}key` }],
    } as const;
    const locked = await lockFile(request(`${url}x.tar`, { ...pin, ...parts }), testHost({ now: () => TEST_NOW }));
    return { ...locked, url: "", signature: locked.signature?.signedBy };
  }
  const GOOD = { url: "", integrity: INTEGRITY, ...SIZE, signature: [FINGERPRINT] };

  it("of the download, by a pinned key", async () => {
    expect(await lockSigned({ "/sig": await detached(BYTES, privateKey) })).toEqual(GOOD);
  });

  it("by a key of the catalogue, beside others", async () => {
    const keys = [stranger.publicKey, publicKey].map((key) => ({ path: "k.asc", text: key.armor() }));
    expect(await lockSigned({ "/sig": await detached(BYTES, privateKey) }, { keys })).toEqual(GOOD);
  });

  it("around a file of checksums", async () => {
    expect(await lockSigned({ "/sig": await clearsigned(`${SHA256}  x.tar\n`, privateKey) })).toEqual(GOOD);
  });

  const cases = [
    {
      summary: "of other bytes",
      files: async () => ({ "/sig": await detached(Buffer.from("x"), privateKey) }),
      code: "SIGNATURE_INVALID",
    },
    {
      summary: "by a stranger",
      files: async () => ({ "/sig": await detached(BYTES, stranger.privateKey) }),
      code: "SIGNATURE_INVALID",
    },
    {
      summary: "by a stranger whose key is offered",
      files: async () => ({ "/sig": await detached(BYTES, stranger.privateKey), "/key": stranger.publicKey.armor() }),
      code: "KEY_INVALID",
    },
    { summary: "that is a page", files: async () => ({ "/sig": "<html>" }), code: "SIGNATURE_INVALID" },
    { summary: "that is a hash", files: async () => ({ "/sig": SHA256 }), code: "SIGNATURE_INVALID" },
    { summary: "that is not there", files: async () => ({}), code: "HTTP_STATUS" },
    {
      summary: "whose key is not there",
      files: async () => ({ "/sig": await detached(BYTES, privateKey), "/key": "http://example.test/k" }),
      code: "HTTP_STATUS",
    },
    {
      summary: "whose key is none",
      files: async () => ({ "/sig": await detached(BYTES, privateKey), "/key": "x" }),
      code: "KEY_INVALID",
    },
    {
      summary: "around checksums, by a stranger",
      files: async () => ({ "/sig": await clearsigned(`${SHA256}  x.tar\n`, stranger.privateKey) }),
      code: "SIGNATURE_INVALID",
    },
    {
      summary: "around other checksums",
      files: async () => ({ "/sig": await clearsigned(`${SHA256}  y.tar\n`, privateKey) }),
      code: "CHECKSUM_FILE_INVALID",
    },
    {
      summary: "with checksums beside what is signed",
      files: async () => ({ "/sig": `${await clearsigned("nothing\n", privateKey)}\n${SHA256}  x.tar\n` }),
      code: "CHECKSUM_FILE_INVALID",
    },
  ];
  it.each(cases)("$summary is refused", async ({ files, code }) => {
    const served: Readonly<Record<string, string>> = await files();
    expect(await codeOf(() => lockSigned(served))).toBe(code);
  });
});

describe.runIf(HAS_GIT)("a commit", () => {
  it("is fetched again for a lock, and must give the same archive", async () => {
    const server = await startRepositories("smart");
    const commit = server.commit("x", { a: "a" });
    server.refer("x", "refs/tags/v1", commit);
    const pin = { kind: "commit", repository: `${server.url}x.git`, reference: "v1", commit } as const;
    const locked = await lockFile(request(`git+${server.url}x.git#v1`, pin), testHost());
    expect(locked).toMatchObject({ commit, integrity: parseIntegrity(`sha256:${locked.sha256}`) });
    server.refer("x", "refs/tags/v1", server.commit("x", { a: "other" }));
    const host = testHost({ home: temporaryFolder() });
    expect(await fetchArtifact(locked, host)).toMatchObject({ sha256: locked.sha256, sizeBytes: locked.sizeBytes });
    const changed = { ...locked, sha256: SHA256 };
    expect(await codeOf(() => fetchArtifact(changed, host))).toBe("FETCH_DIGEST_MISMATCH");
  });
});
