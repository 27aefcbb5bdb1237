// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { BasaltError } from "../errors.js";
import { formatTarHeader, TAR_END, tarPaddingBytes, type WritableEntry } from "../formats/archive/tar-writer.js";
import { asBuffer } from "../formats/bytes.js";
import { parseSha256 } from "../formats/digest.js";
import type { ContentItem } from "../distro/index.js";
import type { LayerObserver } from "../inventory/index.js";
import { isSameEntry, type EntryRecord } from "./entry-record.js";
import type { Clash } from "./replacing.js";

/** Items and the package they belong to. */
export interface LayerSource {
  readonly owner?: string;
  readonly items: AsyncIterable<ContentItem>;
}

/** What became known while a layer was written. */
export interface LayerContents {
  readonly entries: EntryRecord[];
  /** Paths that two sources have with different content. */
  readonly clashes: Clash[];
  newestMtimeSeconds: number;
  readonly observer: LayerObserver;
}

const FLUSH_BYTES = 256 * 1024;
/** A folder that no source lists. */
const IMPLIED_FOLDER = { kind: "directory", mode: 0o755, uid: 0, gid: 0, mtimeSeconds: 0 } as const;

/**
 * Writes the tar of a layer. Each path is written once, the first source that has it wins, folders that no source lists are
 * added before what is in them. Contents stream through.
 */
export async function* writeLayer(sources: readonly LayerSource[], contents: LayerContents): AsyncGenerator<Buffer> {
  const written = new Map<string, EntryRecord>();
  const note = (record: EntryRecord): void => {
    written.set(record.path, record);
    contents.entries.push(record);
  };
  const pending: Buffer[] = [];
  let pendingBytes = 0;
  const add = (bytes: Buffer): boolean => {
    pending.push(bytes);
    pendingBytes += bytes.length;
    return pendingBytes >= FLUSH_BYTES;
  };
  const flush = (): Buffer => {
    const [first] = pending;
    const bytes = first !== undefined && pending.length === 1 ? first : Buffer.concat(pending);
    pending.length = 0;
    pendingBytes = 0;
    return bytes;
  };
  for (const source of sources) {
    const owner = source.owner === undefined ? {} : { owner: source.owner };
    for await (const { entry, content } of source.items) {
      const kept = written.get(entry.path);
      if (kept !== undefined) {
        if (kept.owner !== source.owner) await noteClash(kept, { entry, content }, owner, contents);
        continue;
      }
      for (const folder of missingParents(entry.path, written)) {
        const implied: WritableEntry = { ...IMPLIED_FOLDER, path: folder };
        add(formatTarHeader(implied));
        note({ ...recordOf(implied), ...owner, isImplied: true });
      }
      contents.newestMtimeSeconds = Math.max(contents.newestMtimeSeconds, entry.mtimeSeconds);
      if (add(formatTarHeader(entry))) yield flush();
      if (entry.kind !== "file" || contents.observer.seesWhiteout(entry.path)) {
        if (entry.kind === "hardlink") contents.observer.links(entry.path, entry.target);
        else if (entry.kind !== "file") contents.observer.replaces(entry);
        note({ ...recordOf(entry), ...owner });
        continue;
      }
      const hashes = new ContentHashes();
      let sizeBytes = 0;
      for await (const chunk of contents.observer.observe(entry.path, content)) {
        hashes.update(chunk);
        sizeBytes += chunk.byteLength;
        if (add(asBuffer(chunk))) yield flush();
      }
      if (sizeBytes !== entry.sizeBytes)
        throw new BasaltError(
          "TAR_INVALID",
          `${entry.path} has ${sizeBytes} bytes where ${entry.sizeBytes} were announced`,
        );
      add(tarPaddingBytes(sizeBytes));
      note({ ...recordOf(entry), ...hashes.result(), ...owner });
    }
  }
  add(TAR_END);
  yield flush();
}

/** What a file is known by: SHA-256, and SHA-1, which SPDX demands. */
class ContentHashes {
  readonly #sha256 = createHash("sha256");
  readonly #sha1 = createHash("sha1");

  update(chunk: Uint8Array): void {
    this.#sha256.update(chunk);
    this.#sha1.update(chunk);
  }

  result(): Required<Pick<EntryRecord, "sha1" | "sha256">> {
    return { sha256: parseSha256(this.#sha256.digest("hex")), sha1: this.#sha1.digest("hex") };
  }
}

/** Of a path that another package has written already; folders may be of several. */
async function noteClash(
  kept: EntryRecord,
  { entry, content }: ContentItem,
  owner: Pick<EntryRecord, "owner">,
  contents: LayerContents,
): Promise<void> {
  if (kept.kind === "directory" && entry.kind === "directory") return;
  const hash = createHash("sha256");
  for await (const chunk of content) hash.update(chunk);
  const sha256 = entry.kind === "file" ? { sha256: parseSha256(hash.digest("hex")) } : {};
  const left = { ...recordOf(entry), ...sha256, ...owner };
  if (!isSameEntry(kept, left)) contents.clashes.push({ kept, left });
}

function recordOf(entry: WritableEntry): EntryRecord {
  const { path, kind, mode, uid, gid } = entry;
  return {
    path,
    kind,
    mode,
    uid,
    gid,
    sizeBytes: entry.kind === "file" ? entry.sizeBytes : 0,
    ...("target" in entry ? { target: entry.target } : {}),
  };
}

/** Folders above `path` that were not written yet, outermost first. */
function missingParents(path: string, written: ReadonlyMap<string, unknown>): readonly string[] {
  const missing: string[] = [];
  for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
    const folder = path.slice(0, slash);
    if (written.has(folder)) break;
    missing.unshift(folder);
  }
  return missing;
}
