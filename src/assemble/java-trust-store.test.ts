// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { createHash } from "node:crypto";
import { codeOf } from "../../test/support/bytes.js";
import { putJavaTrustStore } from "./java-trust-store.js";
import { TopLayer } from "./top-layer.js";
import { FileTree } from "./tree.js";

const FOLDER = "etc/ssl/certs/java";

function pem(bytes: string): string {
  return `-----BEGIN CERTIFICATE-----\n${Buffer.from(bytes).toString("base64")}\n-----END CERTIFICATE-----\n`;
}

function storeOf(certificates: readonly (readonly [string, string])[], paths: readonly string[]): Buffer | undefined {
  const tree = new FileTree();
  for (const path of paths) {
    const kind = path.endsWith("/") ? "directory" : "file";
    tree.set({ path: path.replace(/\/$/, ""), kind, mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 });
  }
  const top = new TopLayer(tree);
  putJavaTrustStore(top, certificates);
  const found = top.entries(0).find(({ entry }) => entry.path === `${FOLDER}/cacerts`);
  return found === undefined ? undefined : Buffer.from(found.content);
}

/** Reads what OpenJDK's JavaKeyStore.engineLoad reads: alias → certificate. Throws where that would. */
function parse(store: Buffer): Readonly<Record<string, string>> {
  const [body, mac] = [store.subarray(0, -20), store.subarray(-20)];
  const password = Buffer.from("changeit", "utf16le").swap16();
  expect(createHash("sha1").update(password).update("Mighty Aphrodite").update(body).digest()).toEqual(mac);
  expect([body.readUInt32BE(0), body.readUInt32BE(4)]).toEqual([0xfeedfeed, 2]);
  const found: Record<string, string> = {};
  let at = 12;
  const text = (): string => {
    const length = body.readUInt16BE(at);
    at += 2 + length;
    return body.toString("utf8", at - length, at);
  };
  for (let left = body.readUInt32BE(8); left > 0; left -= 1) {
    expect(body.readUInt32BE(at)).toBe(2);
    at += 4;
    const alias = text();
    expect(body.readBigInt64BE(at)).toBe(0n);
    at += 8;
    expect(text()).toBe("X.509");
    const length = body.readUInt32BE(at);
    at += 4 + length;
    found[alias] = body.toString("utf8", at - length, at);
  }
  expect(at).toBe(body.length);
  return found;
}

const CERTIFICATES = [
  ["usr/share/ca-certificates/mozilla/B_Root.crt", pem("certificate B")],
  ["usr/share/ca-certificates/mozilla/A (1), x.crt", pem("certificate A")],
  ["usr/share/ca-certificates/mozilla/Főtanúsítvány.crt", pem("certificate F")],
] as const;

describe("Java's trust store", () => {
  it("has every certificate, under the name that Debian gives it, by name", () => {
    const store = storeOf(CERTIFICATES, [`${FOLDER}/`]);
    const found = parse(store ?? Buffer.alloc(0));
    expect(Object.entries(found)).toEqual([
      ["debian:a_=1=__x.pem", "certificate A"],
      ["debian:b_root.pem", "certificate B"],
      ["debian:főtanúsítvány.pem", "certificate F"],
    ]);
    expect(storeOf(CERTIFICATES.toReversed(), [`${FOLDER}/`])).toEqual(store);
  });

  it.each([
    { summary: "in an image without Java", certificates: CERTIFICATES, paths: ["etc/ssl/certs/"] },
    { summary: "without certificates", certificates: [], paths: [`${FOLDER}/`] },
    { summary: "where a package brings one", certificates: CERTIFICATES, paths: [`${FOLDER}/`, `${FOLDER}/cacerts`] },
  ])("is not made $summary", ({ certificates, paths }) => {
    expect(storeOf(certificates, paths)).toBeUndefined();
  });

  it("a file that is no certificate is refused", async () => {
    expect(await codeOf(() => Promise.resolve().then(() => storeOf([["a.crt", "no"]], [`${FOLDER}/`])))).toBe(
      "PACKAGE_CONTENT",
    );
  });
});
