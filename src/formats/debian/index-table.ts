// SPDX-License-Identifier: Apache-2.0
import type { IndexOffsets } from "./index-scan.js";

const NEWLINE = 0x0a;
const TAB = 0x09;

/** Begins the first line; the number changes with the form of the lines. */
const KIND = "basalt-index-table-1";

interface Line {
  readonly name: string;
  /** Bytes from the start of the table; the line feed is at `end`. */
  readonly start: number;
  readonly end: number;
}

/**
 * What stands where in an index, as a text that is searched without being parsed: a lookup reads about 17 of 80,000 lines. A line
 * with the kind and the length of the rest in bytes, then one for each name, in the order of their bytes:
 * `name TAB offset,length,… TAB place of its first mention TAB names of those that provide it`.
 */
export class IndexTable {
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #lines = new Map<number, Line>();

  private constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.#start = start;
  }

  static from(offsets: IndexOffsets): IndexTable {
    const bytes = formatIndexTable(offsets);
    return new IndexTable(bytes, bytes.indexOf(NEWLINE) + 1);
  }

  /** The table as it is kept; `open` takes it back. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Nothing where the bytes are no such table, or not all of one. */
  static open(bytes: Buffer): IndexTable | undefined {
    const end = bytes.indexOf(NEWLINE);
    const isWhole = end !== -1 && bytes.toString("latin1", 0, end) === `${KIND} ${bytes.length - end - 1}`;
    return isWhole ? new IndexTable(bytes, end + 1) : undefined;
  }

  /** `[offset, length, …]` in bytes, one pair a version. */
  stanzasOf(name: string): readonly number[] {
    const places = this.#fieldOf(name, 1, ",").map(Number);
    return places.every(isPlace) && places.length % 2 === 0 ? places : []; // damaged
  }

  /** Place of the first mention of a name, from 0 on; only of those that are packages or provided here. */
  mentionOf(name: string): number | undefined {
    const [text] = this.#fieldOf(name, 2, ",");
    const place = Number(text); // NaN without a text
    return isPlace(place) ? place : undefined;
  }

  /** Names of the packages that provide a name, in index order. */
  providersOf(name: string): readonly string[] {
    return this.#fieldOf(name, 3, " ");
  }

  /** The names of all packages. */
  *names(): Generator<string> {
    for (let start = this.#start; start < this.#bytes.length;) {
      const tab = this.#bytes.indexOf(TAB, start);
      const end = this.#bytes.indexOf(NEWLINE, start);
      if (tab === -1 || tab > end) return; // damaged
      if (this.#bytes[tab + 1] !== TAB) yield this.#bytes.toString("latin1", start, tab);
      start = end + 1;
    }
  }

  #fieldOf(name: string, index: number, separator: string): readonly string[] {
    const text = this.#lineOf(name)?.[index] ?? "";
    return text === "" ? [] : text.split(separator);
  }

  #lineOf(name: string): readonly string[] | undefined {
    let low = this.#start;
    let high = this.#bytes.length;
    while (low < high) {
      const line = this.#lineAround((low + high) >> 1);
      if (line === undefined) return undefined; // damaged
      if (name === line.name) return this.#bytes.toString("latin1", line.start, line.end).split("\t");
      if (name > line.name) low = line.end + 1;
      else high = line.start;
    }
    return undefined;
  }

  /** The line that has a byte; every search begins at the same ones. */
  #lineAround(place: number): Line | undefined {
    const known = this.#lines.get(place);
    if (known !== undefined) return known;
    const start = this.#bytes.lastIndexOf(NEWLINE, place - 1) + 1; // the header ends in one
    const end = this.#bytes.indexOf(NEWLINE, start);
    const tab = this.#bytes.indexOf(TAB, start);
    if (tab === -1 || tab > end) return undefined;
    const line = { name: this.#bytes.toString("latin1", start, tab), start, end };
    this.#lines.set(place, line);
    return line;
  }
}

function isPlace(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}

function formatIndexTable({ packages, provides, mentions }: IndexOffsets): Buffer {
  const names = [...new Set([...packages.keys(), ...provides.keys()])].toSorted(); // ASCII: code units are bytes
  const lines = names.map((name) => {
    const stanzas = packages.get(name)?.join(",") ?? "";
    return `${name}\t${stanzas}\t${mentions.get(name) ?? ""}\t${provides.get(name)?.join(" ") ?? ""}\n`;
  });
  const text = Buffer.from(lines.join(""), "latin1");
  return Buffer.concat([Buffer.from(`${KIND} ${text.length}\n`), text]);
}
