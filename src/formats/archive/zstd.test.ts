// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOfStream, codeOf, inPieces, streamOf } from "../../../test/support/bytes.js";
import { BasaltError } from "../../errors.js";
import { collect } from "../bytes.js";
import { unzstd } from "./zstd.js";

const MiB = 1024 * 1024;
/** A hundred lines "basalt", packed by `zstd -19 --check`. */
const PROGRAM = Buffer.from("28b52ffd046875000038626173616c740a0100b25415234d67c535", "hex");
const MAGIC = Buffer.from("28b52ffd", "hex");
/** What `zstd --check` writes after 270,000 times "a" and "hello". */
const SUM = Buffer.from("88f39d2b", "hex");
const RAW = 0;
const RUN = 1;
const COMPRESSED = 2;
const RESERVED = 3;

/** A block. Source: RFC 8878, section 3.1.1.2. */
function block(type: number, sizeBytes: number, body: Buffer | string, isLast = true): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((sizeBytes << 3) | (type << 1) | (isLast ? 1 : 0), 0, 3);
  return Buffer.concat([header, Buffer.from(body)]);
}

/** Frame header as hex, then blocks. */
function frame(header: string, ...blocks: readonly Buffer[]): Buffer {
  return Buffer.concat([MAGIC, Buffer.from(header, "hex"), ...blocks]);
}

/** A frame of one segment with stored content of up to 255 bytes. */
function stored(text: string): Buffer {
  return frame(`20${text.length.toString(16).padStart(2, "0")}`, block(RAW, text.length, text));
}

function skippable(sizeBytes: number, body: string): Buffer {
  const header = Buffer.from("532a4d1800000000", "hex");
  header.writeUInt32LE(sizeBytes, 4);
  return Buffer.concat([header, Buffer.from(body)]);
}

function unpack(bytes: Buffer, pieceBytes = 1000): Promise<Buffer> {
  return bytesOfStream(unzstd(inPieces(bytes, pieceBytes), "test.zst"));
}

const HELLO = block(RAW, 5, "hello");

describe("data are read", () => {
  const cases = [
    { summary: "a frame of one segment", bytes: stored("hello"), text: "hello" },
    { summary: "a frame with a window", bytes: frame("0050", HELLO), text: "hello" },
    { summary: "a window of 128 MiB", bytes: frame("0088", HELLO), text: "hello" },
    { summary: "an empty frame", bytes: stored(""), text: "" },
    { summary: "a run of one byte", bytes: frame("0050", block(RUN, 300, "a")), text: "a".repeat(300) },
    { summary: "two blocks", bytes: frame("0050", block(RAW, 2, "he", false), block(RAW, 3, "llo")), text: "hello" },
    { summary: "two frames", bytes: Buffer.concat([stored("hello"), frame("0050", HELLO)]), text: "hellohello" },
    {
      summary: "frames to skip",
      bytes: Buffer.concat([skippable(3, "abc"), stored("hello"), skippable(0, "")]),
      text: "hello",
    },
    { summary: "nothing but a frame to skip", bytes: skippable(3, "abc"), text: "" },
    { summary: "what the zstd program makes", bytes: PROGRAM, text: "basalt\n".repeat(100) },
    {
      summary: "twenty thousand frames",
      bytes: Buffer.concat(Array.from({ length: 20_000 }, () => stored("a"))),
      text: "a".repeat(20_000),
    },
    {
      summary: "twenty thousand empty blocks",
      bytes: frame("0050", ...Array.from({ length: 20_000 }, () => block(RAW, 0, "", false)), HELLO),
      text: "hello",
    },
    {
      summary: "a frame of several batches",
      bytes: frame(
        "0450",
        ...Array.from({ length: 9 }, () => block(RAW, 30_000, "a".repeat(30_000), false)),
        HELLO,
        SUM,
      ),
      text: `${"a".repeat(270_000)}hello`,
    },
  ];
  it.each(cases)("$summary", async ({ bytes, text }) => {
    expect((await unpack(bytes)).toString()).toBe(text);
  });

  it.each(cases)("$summary, byte by byte", async ({ bytes, text }) => {
    expect((await unpack(bytes, 1)).toString()).toBe(text);
  });

  it("with empty chunks among the others", async () => {
    const bytes = stored("hello");
    const source = streamOf("", bytes.subarray(0, 6), "", bytes.subarray(6), "");
    expect((await bytesOfStream(unzstd(source, "test.zst"))).toString()).toBe("hello");
  });
});

describe("hostile data are refused", () => {
  const cases = [
    { summary: "nothing", bytes: Buffer.alloc(0) },
    { summary: "garbage", bytes: Buffer.alloc(100, 0xa5) },
    { summary: "gzip", bytes: Buffer.from("1f8b08000000000000ff", "hex") },
    { summary: "garbage after a frame", bytes: Buffer.concat([stored("hello"), Buffer.from("garbage")]) },
    { summary: "zeros after a frame", bytes: Buffer.concat([stored("hello"), Buffer.alloc(4)]) },
    { summary: "three bytes after a frame", bytes: Buffer.concat([stored("hello"), MAGIC.subarray(0, 3)]) },
    { summary: "a frame to skip that has no size", bytes: skippable(0, "").subarray(0, 6) },
    { summary: "a frame to skip of 4 GiB", bytes: skippable(0xffff_ffff, "x") },
    { summary: "a window of 256 MiB", bytes: frame("0090", HELLO) },
    { summary: "a window just above 128 MiB", bytes: frame("0089", HELLO) },
    { summary: "the largest window that can be written", bytes: frame("00ff", HELLO) },
    { summary: "one segment of 1 GiB", bytes: frame("a000000040", HELLO) },
    { summary: "one segment of 2^63 bytes", bytes: frame("e0ffffffffffffff7f", HELLO) },
    { summary: "a reserved bit", bytes: frame("2805", HELLO) },
    { summary: "a reserved block", bytes: frame("2005", block(RESERVED, 5, "hello")) },
    { summary: "a dictionary that nobody has", bytes: frame("210705", HELLO) },
    { summary: "more content than announced", bytes: frame("2002", HELLO) },
    { summary: "less content than announced", bytes: frame("2009", HELLO) },
    { summary: "one block where 4 GiB are announced", bytes: frame("a0ffffffff", HELLO) },
    { summary: "a run above 128 KiB", bytes: frame("0050", block(RUN, 200_000, "a")) },
    { summary: "a block above 128 KiB", bytes: frame("0050", block(RAW, 200_000, Buffer.alloc(200_000))) },
    { summary: "a block that ends too early", bytes: frame("0050", block(RAW, 2_000_000, "hello")) },
    { summary: "no last block", bytes: frame("0050", block(RAW, 5, "hello", false)) },
    { summary: "a wrong checksum", bytes: Buffer.concat([frame("2405", HELLO), Buffer.from("01020304", "hex")]) },
    { summary: "no checksum where one is announced", bytes: frame("2405", HELLO) },
    { summary: "garbage as compressed data", bytes: frame("2005", block(COMPRESSED, 5, "hello")) },
  ];
  it.each(cases)("$summary", async ({ bytes }) => {
    expect(await codeOf(() => unpack(bytes))).toBe("ZSTD_INVALID");
  });

  it.each(cases)("$summary, in pieces of three bytes", async ({ bytes }) => {
    expect(await codeOf(() => unpack(bytes, 3))).toBe("ZSTD_INVALID");
  });

  it("a file cut at any place but between frames", async () => {
    const bytes = Buffer.concat([stored("hello"), skippable(3, "abc")]);
    for (let length = 0; length < bytes.length; length += 1) {
      const code = length === stored("hello").length ? undefined : "ZSTD_INVALID";
      expect([length, await codeOf(() => unpack(bytes.subarray(0, length), 4))]).toEqual([length, code]);
    }
  });

  it("a bomb ends at the limit of whoever collects it", async () => {
    const runs = Array.from({ length: 100 }, () => block(RUN, 128 * 1024, "\0", false));
    const bomb = frame("0050", ...runs, block(RAW, 0, ""));
    const source = unzstd(streamOf(bomb), "bomb.zst");
    expect(await codeOf(() => collect(source, { maxBytes: MiB, name: "bomb.zst" }))).toBe("SIZE_LIMIT_EXCEEDED");
  });

  it("any one byte changed gives some text or ZSTD_INVALID", async () => {
    const bytes = PROGRAM;
    const change = fc.record({ at: fc.nat(bytes.length - 1), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, byte }) => {
        const changed = Buffer.from(bytes);
        changed[at] = byte;
        const work = (): Promise<Buffer> => collect(unzstd(streamOf(changed), "x"), { maxBytes: MiB, name: "x" });
        expect([undefined, "ZSTD_INVALID", "SIZE_LIMIT_EXCEEDED"]).toContain(await codeOf(work));
      }),
    );
  });
});

async function* failing(error: Error): AsyncGenerator<Buffer> {
  yield stored("hello").subarray(0, 7);
  throw error;
}

describe("the source", () => {
  it("passes a coded error on as it is", async () => {
    const error = new BasaltError("HTTP_STATUS", "gone");
    expect(await codeOf(() => bytesOfStream(unzstd(failing(error), "test.zst")))).toBe("HTTP_STATUS");
  });

  it("passes any other error on as it is", async () => {
    const error = new Error("the disk is gone");
    await expect(bytesOfStream(unzstd(failing(error), "test.zst"))).rejects.toBe(error);
  });

  it("is stopped when nobody reads on", async () => {
    let isStopped = false;
    const source = (async function* () {
      try {
        for (;;) yield stored("hello");
      } finally {
        isStopped = true;
      }
    })();
    for await (const chunk of unzstd(source, "test.zst")) if (chunk.length > 0) break;
    expect(isStopped).toBe(true);
  });
});
