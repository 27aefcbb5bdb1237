// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { bytesOfStream, inPieces } from "../../../test/support/bytes.js";
import type { TarEntry } from "./tar-entry.js";
import { readTar } from "./tar-reader.js";
import { formatTarHeader, TAR_END, tarPaddingBytes, type WritableEntry } from "./tar-writer.js";

interface Written {
  readonly entry: WritableEntry;
  readonly content: Buffer;
}

const component = fc
  .oneof(
    { weight: 4, arbitrary: fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" }) },
    { weight: 2, arbitrary: fc.string({ minLength: 90, maxLength: 160, unit: "grapheme-ascii" }) },
    { weight: 1, arbitrary: fc.constantFrom("a b", "...", "ü", "\n", "\\", "-", "\ufeff", "a\ufeff") },
  )
  .map((text) => text.replaceAll("/", "_").replaceAll("\0", "_"))
  .filter((text) => text !== "." && text !== "..");
const path = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const xattrName = fc
  .string({ minLength: 1, maxLength: 40, unit: "grapheme-ascii" })
  .filter((text) => !text.includes("="));
const xattrs = fc.option(
  fc
    .array(fc.tuple(xattrName, fc.uint8Array({ maxLength: 300 })), { minLength: 1, maxLength: 4 })
    .map((pairs) => ({ xattrs: new Map(pairs.map(([name, value]) => [name, Buffer.from(value)] as const)) })),
  { nil: {} },
);
const owner = fc.oneof(fc.nat(0o7777777), fc.nat(2 ** 32 - 2));
const metadata = fc
  .record({
    path,
    mode: fc.nat(0o7777),
    uid: owner,
    gid: owner,
    mtimeSeconds: fc.integer({ min: 0, max: 8 ** 11 - 1 }),
    xattrs,
  })
  .map(({ xattrs: attributes, ...rest }) => ({ ...rest, ...attributes }));
const link = fc.record({ kind: fc.constantFrom("symlink", "hardlink"), target: path });

const written: fc.Arbitrary<Written> = fc
  .tuple(
    metadata,
    fc.oneof(
      fc.uint8Array({ maxLength: 1500 }).map((bytes) => Buffer.from(bytes)),
      fc.constant({ kind: "directory" } as const),
      link,
    ),
  )
  .map(([common, body]) =>
    Buffer.isBuffer(body)
      ? { entry: { ...common, kind: "file", sizeBytes: body.length }, content: body }
      : { entry: { ...common, ...body }, content: Buffer.alloc(0) },
  );

it("what is written is read back, whatever the names, owners, attributes and chunk borders", async () => {
  const archive = fc.record({
    items: fc.array(written, { maxLength: 6 }),
    pieceBytes: fc.integer({ min: 1, max: 2000 }),
  });
  await fc.assert(
    fc.asyncProperty(archive, async ({ items, pieceBytes }) => {
      const tar = Buffer.concat([...items.flatMap(toBlocks), TAR_END]);
      const found: { entry: TarEntry; content: Buffer }[] = [];
      for await (const { entry, content } of readTar(inPieces(tar, pieceBytes), { name: "test.tar" }))
        found.push({ entry, content: await bytesOfStream(content) });
      expect(found).toEqual(items);
    }),
    { numRuns: 200 },
  );
});

it("equal entries are equal bytes", () => {
  fc.assert(
    fc.property(written, ({ entry }) => {
      const again = {
        ...entry,
        ...(entry.xattrs === undefined ? {} : { xattrs: new Map([...entry.xattrs].toReversed()) }),
      };
      expect(formatTarHeader(again)).toEqual(formatTarHeader(entry));
    }),
  );
});

function toBlocks({ entry, content }: Written): readonly Buffer[] {
  return [formatTarHeader(entry), content, tarPaddingBytes(content.length)];
}
