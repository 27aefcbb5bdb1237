// SPDX-License-Identifier: Apache-2.0
import type { Random } from "./random.js";

/** No input is larger, in bytes. */
export const MAX_INPUT_BYTES = 1024 * 1024;
const MAX_CHANGES = 8;
const MAX_PIECE_BYTES = 600; // more than a block of tar
const MAX_COPIES = 2000;
const MAX_FLOOD_BYTES = 256 * 1024;
const FLOOD_ONE_IN = 40; // these take long

/** Numbers at which readers of lengths go wrong, as text and as bytes. */
const NUMBERS = [
  "0",
  "1",
  "-1",
  "7",
  "8",
  "255",
  "256",
  "511",
  "512",
  "513",
  "4095",
  "4096",
  "65535",
  "2147483647",
  "2147483648",
  "4294967295",
  "4294967296",
  "9007199254740991",
  "9007199254740993",
  "18446744073709551616",
  "1e308",
  "1e999",
  "00000000000",
  "77777777777",
  "9".repeat(400),
  "0x10",
  "1.5",
  "NaN",
] as const;
/** Bytes that mean something to many formats. */
const BYTES = [0x00, 0x01, 0x09, 0x0a, 0x0d, 0x20, 0x22, 0x2f, 0x30, 0x3a, 0x5b, 0x5c, 0x7b, 0x7d, 0x7f, 0x80, 0xff];
const TEXTS = [
  "__proto__",
  "constructor",
  "toString",
  "../",
  "/",
  "\0",
  "\u{1F4A9}",
  "\ud800",
  "null",
  "[]",
  "{}",
  '""',
];

type Change = (bytes: Buffer, random: Random, context: MutationContext) => Buffer;

export interface MutationContext {
  readonly seeds: readonly Buffer[];
  /** Words of the format. */
  readonly tokens: readonly string[];
}

const CHANGES: readonly Change[] = [
  flipBit,
  setByte,
  truncate,
  removePiece,
  duplicatePiece,
  repeatPiece,
  insertToken,
  replaceToken,
  replaceNumber,
  replaceInteger,
  splice,
  swapLines,
];

/** A valid sample with one to eight changes. */
export function mutate(random: Random, context: MutationContext): Buffer {
  let bytes: Buffer = Buffer.from(random.pick(context.seeds));
  for (let left = 1 + random.below(MAX_CHANGES); left > 0; left -= 1)
    bytes = random.pick(CHANGES)(bytes, random, context).subarray(0, MAX_INPUT_BYTES);
  return random.isOneIn(FLOOD_ONE_IN) ? flood(bytes, random, context) : bytes;
}

interface Piece {
  readonly start: number;
  readonly end: number;
}

function pieceOf(bytes: Buffer, random: Random): Piece {
  const start = random.below(bytes.length + 1);
  const sizeBytes = random.isOneIn(4) ? 512 : random.below(random.isOneIn(3) ? MAX_PIECE_BYTES : 16);
  return { start, end: Math.min(bytes.length, start + sizeBytes) };
}

function replaced(bytes: Buffer, { start, end }: Piece, ...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([bytes.subarray(0, start), ...parts, bytes.subarray(end)]);
}

function flipBit(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length);
  if (bytes.length > 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return bytes;
}

function setByte(bytes: Buffer, random: Random): Buffer {
  if (bytes.length > 0) bytes[random.below(bytes.length)] = random.isOneIn(2) ? random.pick(BYTES) : random.below(256);
  return bytes;
}

function truncate(bytes: Buffer, random: Random): Buffer {
  return random.isOneIn(2) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes.subarray(0, -1);
}

function removePiece(bytes: Buffer, random: Random): Buffer {
  return replaced(bytes, pieceOf(bytes, random));
}

function duplicatePiece(bytes: Buffer, random: Random): Buffer {
  const { start, end } = pieceOf(bytes, random);
  const at = random.below(bytes.length + 1);
  return replaced(bytes, { start: at, end: at }, bytes.subarray(start, end));
}

/** Many times the same: where work grows with the square of a count it shows. */
function repeatPiece(bytes: Buffer, random: Random): Buffer {
  const { start, end } = pieceOf(bytes, random);
  const copies = random.isOneIn(4) ? random.below(MAX_COPIES) : random.below(8);
  const piece = bytes.subarray(start, end);
  return replaced(bytes, { start: end, end }, ...Array.from({ length: copies }, () => piece));
}

/** A word of the format, or a piece of the sample, again and again: regular expressions that backtrack hang on such. */
function flood(bytes: Buffer, random: Random, { tokens }: MutationContext): Buffer {
  const { start, end } = pieceOf(bytes, random);
  const word = random.isOneIn(2)
    ? bytes.subarray(start, Math.min(end, start + 16))
    : Buffer.from(random.pick([...tokens, " "]));
  if (word.length === 0) return bytes;
  return replaced(bytes, { start, end: start }, Buffer.alloc(random.below(MAX_FLOOD_BYTES), word));
}

function insertToken(bytes: Buffer, random: Random, { tokens }: MutationContext): Buffer {
  const at = random.below(bytes.length + 1);
  const token = random.pick([...tokens, ...TEXTS, random.pick(NUMBERS)]);
  return replaced(bytes, { start: at, end: at }, Buffer.from(token));
}

/** One word of the text in place of another. */
function replaceToken(bytes: Buffer, random: Random, { tokens }: MutationContext): Buffer {
  const words = [
    ...bytes
      .subarray(0, 65_536)
      .toString("latin1")
      .matchAll(/[\w.-]+/g),
  ];
  if (words.length === 0) return bytes;
  const { index, 0: word } = random.pick(words);
  const other = random.isOneIn(2) ? random.pick(words)[0] : random.pick([...tokens, ...TEXTS]);
  return replaced(bytes, { start: index, end: index + word.length }, Buffer.from(other));
}

/** Another number in place of one in digits: lengths, sizes, versions. */
function replaceNumber(bytes: Buffer, random: Random): Buffer {
  const numbers = [
    ...bytes
      .subarray(0, 65_536)
      .toString("latin1")
      .matchAll(/[0-9]+/g),
  ];
  if (numbers.length === 0) return bytes;
  const { index, 0: number } = random.pick(numbers);
  const value = random.pick(NUMBERS);
  // In a field of fixed width the rest must stay in its place.
  const text = random.isOneIn(2) ? value : value.padStart(number.length, "0").slice(-number.length);
  return replaced(bytes, { start: index, end: index + number.length }, Buffer.from(text));
}

/** Another number in place of four or eight bytes. */
function replaceInteger(bytes: Buffer, random: Random): Buffer {
  const width = random.pick([2, 4, 8]);
  if (bytes.length < width) return bytes;
  const at = random.below(bytes.length - width + 1);
  const value = random.pick([0n, 1n, 0x7fn, 0xffn, 0x7fffffffn, 0xffffffffn, 0x7fffffffffffffffn, 2n ** 64n - 1n]);
  const field = Buffer.alloc(8);
  if (random.isOneIn(2)) field.writeBigUInt64LE(value);
  else field.writeBigUInt64BE((value << BigInt(64 - width * 8)) & (2n ** 64n - 1n));
  field.copy(bytes, at, 0, width);
  return bytes;
}

/** The beginning of this sample and the end of another. */
function splice(bytes: Buffer, random: Random, { seeds }: MutationContext): Buffer {
  const other = random.pick(seeds);
  return Buffer.concat([
    bytes.subarray(0, random.below(bytes.length + 1)),
    other.subarray(random.below(other.length + 1)),
  ]);
}

function swapLines(bytes: Buffer, random: Random): Buffer {
  const lines = bytes.toString("latin1").split("\n");
  const [a, b] = [random.below(lines.length), random.below(lines.length)];
  [lines[a], lines[b]] = [lines[b] ?? "", lines[a] ?? ""];
  return Buffer.from(lines.join("\n"), "latin1");
}
