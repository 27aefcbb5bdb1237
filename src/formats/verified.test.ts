// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bytesOfStream, codeOf, streamOf } from "../../test/support/bytes.js";
import { parseDigest, sha256Digest } from "./digest.js";
import { verified } from "./verified.js";

const SHA256 = sha256Digest("abc");
const SHA512 = parseDigest(`sha512:${createHash("sha512").update("abc").digest("hex")}`);

describe("bytes that pass", () => {
  const cases = [
    { summary: "exact bytes", digest: SHA256, chunks: ["ab", "c"], size: 3, code: undefined },
    { summary: "exact bytes of a sha512", digest: SHA512, chunks: ["abc"], size: 3, code: undefined },
    { summary: "nothing where nothing is promised", digest: sha256Digest(""), chunks: [], size: 0, code: undefined },
    { summary: "one byte short", digest: SHA256, chunks: ["ab"], size: 3, code: "BLOB_DIGEST_MISMATCH" },
    { summary: "one byte over", digest: SHA256, chunks: ["abc", "d"], size: 3, code: "BLOB_DIGEST_MISMATCH" },
    { summary: "one byte over in one chunk", digest: SHA256, chunks: ["abcd"], size: 3, code: "BLOB_DIGEST_MISMATCH" },
    { summary: "nothing at all", digest: SHA256, chunks: [], size: 3, code: "BLOB_DIGEST_MISMATCH" },
    { summary: "the same size, other bytes", digest: SHA256, chunks: ["abd"], size: 3, code: "BLOB_DIGEST_MISMATCH" },
    { summary: "other bytes of a sha512", digest: SHA512, chunks: ["abd"], size: 3, code: "BLOB_DIGEST_MISMATCH" },
    {
      summary: "the right bytes, another size promised",
      digest: SHA256,
      chunks: ["abc"],
      size: 2,
      code: "BLOB_DIGEST_MISMATCH",
    },
  ];
  it.each(cases)("$summary", async ({ digest, chunks, size, code }) => {
    expect(await codeOf(() => bytesOfStream(verified(streamOf(...chunks), { digest, size }, "blob")))).toBe(code);
  });

  it("are never more than promised, not even before the error", async () => {
    const received: string[] = [];
    const read = async (): Promise<void> => {
      const source = streamOf("ab", "cd", "ef");
      for await (const chunk of verified(source, { digest: SHA256, size: 3 }, "blob")) received.push(String(chunk));
    };
    expect(await codeOf(read)).toBe("BLOB_DIGEST_MISMATCH");
    expect(received).toEqual(["ab"]);
  });

  it("are whole", async () => {
    const passed = verified(streamOf("a", "", "bc"), { digest: SHA256, size: 3 }, "blob");
    expect(String(await bytesOfStream(passed))).toBe("abc");
  });
});

it("an endless source is stopped", async () => {
  let isStopped = false;
  const endless = (async function* () {
    try {
      for (;;) yield Buffer.from("abc");
    } finally {
      isStopped = true;
    }
  })();
  const code = await codeOf(() => bytesOfStream(verified(endless, { digest: SHA256, size: 10 }, "blob")));
  expect([code, isStopped]).toEqual(["BLOB_DIGEST_MISMATCH", true]);
});
