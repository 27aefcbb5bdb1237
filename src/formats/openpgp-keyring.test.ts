// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { createArchiveKey } from "../../test/support/archive-key.js";
import { codeOf } from "../../test/support/bytes.js";
import { armorKeys, readKeyring } from "./openpgp-keyring.js";

const first = await createArchiveKey();
const second = await createArchiveKey();
const both = [first.fingerprint, second.fingerprint].toSorted();
const bytesOfBoth = Buffer.concat([first.publicBytes, second.publicBytes]);

it.each([
  ["armoured, one block after the other", Buffer.from(`${first.publicKey}\n${second.publicKey}`)],
  [
    "armoured, with text around and other line ends",
    Buffer.from(`a\n${first.publicKey}b\n${second.publicKey}`.replaceAll("\n", "\r\n")),
  ],
  ["not armoured", bytesOfBoth],
  ["in our own armour", Buffer.from(armorKeys(bytesOfBoth))],
])("keys are read: %s", async (_summary, file) => {
  expect(await readKeyring(file, "keys")).toEqual({ fingerprints: both, bytes: bytesOfBoth });
});

it("our armour is what others write", async () => {
  const openpgp = await import("openpgp");
  const [key] = await openpgp.readKeys({ armoredKeys: armorKeys(first.publicBytes) });
  expect(key?.getFingerprint().toUpperCase()).toBe(first.fingerprint);
  const checksum = /^=\S{4}$/m;
  const theirs = openpgp.armor(openpgp.enums.armor.publicKey, first.publicBytes, undefined, undefined, undefined, true);
  expect(checksum.exec(armorKeys(first.publicBytes))?.[0]).toBe(checksum.exec(theirs)?.[0]);
});

it.each([
  ["nothing", Buffer.alloc(0)],
  ["a page", Buffer.from("<html></html>")],
  ["an empty block", Buffer.from("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----\n")],
  ["blocks without an end", Buffer.from("-----BEGIN PGP PUBLIC KEY BLOCK-----\n".repeat(28_000))],
  ["a block in one line", Buffer.from("-----BEGIN PGP PUBLIC KEY BLOCK----------END PGP PUBLIC KEY BLOCK-----")],
  ["a key that breaks off", first.publicBytes.subarray(0, 20)],
])("%s is no keyring", async (_summary, file) => {
  expect(await codeOf(() => readKeyring(file, "keys"))).toBe("KEY_INVALID");
});

it("a private key is refused", async () => {
  const openpgp = await import("openpgp");
  const { privateKey } = await openpgp.generateKey({ userIDs: [{ name: "Test" }], format: "armored" });
  const [key] = await openpgp.readPrivateKeys({ armoredKeys: privateKey });
  for (const file of [
    Buffer.from(privateKey),
    Buffer.from(`${first.publicKey}${privateKey}`),
    Buffer.from(key?.write() ?? []),
  ])
    expect(await codeOf(() => readKeyring(file, "keys"))).toBe("KEY_INVALID");
});
