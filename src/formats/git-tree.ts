// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { ByteReader, type ByteStream } from "./bytes.js";

/** An entry of a commit's tree, folders before what is in them. */
export interface GitEntry {
  readonly kind: "file" | "program" | "symlink" | "directory" | "submodule";
  /** Below the root of the tree, `/` between components. */
  readonly path: string;
  /** Of the blob, or of a submodule's commit; in hex. */
  readonly id: string;
}

/** Modes that git writes. Source: git-fast-import(1), "filemodify"; the group's write bit is of repositories from 2005. */
const KINDS: Readonly<Record<string, GitEntry["kind"]>> = {
  "100644": "file",
  "100664": "file",
  "100755": "program",
  "120000": "symlink",
  "040000": "directory",
  "160000": "submodule",
};

const RECORD = /^([0-7]{6}) (?:blob|tree|commit) ([0-9a-f]{40}|[0-9a-f]{64})\t(.+)$/s;
const MAX_RECORD_BYTES = 8192;
const MAX_PATH_BYTES = 4096; // PATH_MAX of Linux
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads what `git ls-tree -r -t -z` prints. Source: git-ls-tree(1), "OUTPUT FORMAT". @throws BasaltError `GIT_CONTENT` */
export async function* parseGitTree(source: ByteStream, name: string): AsyncGenerator<GitEntry> {
  let rest = Buffer.alloc(0);
  for await (const chunk of source) {
    const bytes = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(0); end !== -1; end = bytes.indexOf(0, start)) {
      yield parseRecord(bytes.subarray(start, end), name);
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (rest.length > MAX_RECORD_BYTES) throw invalid(name, `an entry of more than ${MAX_RECORD_BYTES} bytes`);
  }
  if (rest.length > 0) throw invalid(name, "a list of files that is cut off");
}

/** Refuses paths that mean something to git or to a file system. Source: git, `verify_path` (read-cache.c). @throws BasaltError `GIT_CONTENT` */
export function requireSafeGitPath(path: string, name: string): void {
  const isUnsafe = path
    .split("/")
    .some((part) => part === "" || part === "." || part === ".." || /^(?:\.git|git~1)[ .]*$/i.test(part));
  if (isUnsafe || path.includes("\0") || Buffer.byteLength(path) > MAX_PATH_BYTES)
    throw invalid(name, `the path ${JSON.stringify(path.slice(0, 300))}`);
}

/** Blobs in the order in which they were asked for. */
export class GitBlobReader {
  readonly #reader: ByteReader;
  readonly #name: string;

  /** `source` is what `git cat-file --batch` prints. Source: git-cat-file(1), "BATCH OUTPUT". */
  constructor(source: ByteStream, name: string) {
    this.#reader = new ByteReader(source, { code: "GIT_CONTENT", name });
    this.#name = name;
  }

  /** The next blob, which must be the one with that id and be read before the next. @throws BasaltError `GIT_CONTENT` */
  async next(id: string): Promise<{ readonly sizeBytes: number; readonly content: AsyncGenerator<Buffer> }> {
    const header = await this.#line(`${id} blob `.length);
    const [, found, size] = /^([0-9a-f]+) blob ([0-9]{1,15})$/.exec(header) ?? [];
    if (found !== id || size === undefined)
      throw invalid(this.#name, `no file with the id ${id}: ${JSON.stringify(header.slice(0, 100))}`);
    return { sizeBytes: Number(size), content: this.#content(Number(size)) };
  }

  async close(): Promise<void> {
    await this.#reader.close();
  }

  async *#content(sizeBytes: number): AsyncGenerator<Buffer> {
    yield* this.#reader.take(sizeBytes);
    await this.#reader.require(1); // the end of the line
  }

  /** A line of at least `minBytes`. */
  async #line(minBytes: number): Promise<string> {
    let line = (await this.#reader.require(minBytes)).toString("latin1");
    for (;;) {
      const byte = (await this.#reader.require(1)).toString("latin1");
      if (byte === "\n") return line;
      line += byte;
      if (line.length > minBytes + 20) throw invalid(this.#name, "a list of files that cannot be read");
    }
  }
}

function parseRecord(record: Buffer, name: string): GitEntry {
  let text: string;
  try {
    text = utf8.decode(record);
  } catch (cause) {
    throw new BasaltError("GIT_CONTENT", `${name} has a name that is not UTF-8: ${record.toString("latin1")}`, {
      cause,
    });
  }
  const [, mode = "", id, path] = RECORD.exec(text) ?? [];
  const kind = KINDS[mode];
  if (kind === undefined || id === undefined || path === undefined)
    throw invalid(name, `an entry that is none: ${JSON.stringify(text.slice(0, 300))}`);
  requireSafeGitPath(path, name);
  return { kind, id, path };
}

function invalid(name: string, what: string): BasaltError {
  return new BasaltError("GIT_CONTENT", `${name} has ${what}`);
}
