// SPDX-License-Identifier: Apache-2.0
import { DISTROS } from "../distro/index.js";
import { ECOSYSTEMS, type FileInterest, type Scanner } from "../ecosystem/index.js";
import type { ByteStream } from "../formats/bytes.js";
import { isDatabasePath, OS_RELEASE_PATHS, type KeptFiles } from "./inventory.js";

/** What one layer shows: kept files, and what it takes away from the layers below. */
export interface LayerFacts {
  /** Text or scan result by path; null for a file that replaces one that may have been kept. */
  readonly files: Readonly<Record<string, string | null>>;
  /** Paths that are gone, with all below them. */
  readonly removed: readonly string[];
  /** Folders whose former content is gone. */
  readonly emptied: readonly string[];
}

const MAX_DATABASE_BYTES = 64 * 1024 * 1024; // dpkg's status of a full desktop has 10 MiB
const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";

/** Collects what a layer shows while its entries pass by. */
export class LayerObserver {
  readonly #files: Record<string, string | null> = {};
  readonly #removed: string[] = [];
  readonly #emptied: string[] = [];

  /** Notes whiteouts; answers whether the entry was one. */
  seesWhiteout(path: string): boolean {
    const slash = path.lastIndexOf("/");
    const name = path.slice(slash + 1);
    if (!name.startsWith(WHITEOUT)) return false;
    const folder = path.slice(0, Math.max(0, slash));
    if (name === OPAQUE) this.#emptied.push(folder);
    else this.#removed.push(folder === "" ? name.slice(WHITEOUT.length) : `${folder}/${name.slice(WHITEOUT.length)}`);
    return true;
  }

  /** Whether anything is to be kept of a file. */
  wants(path: string): boolean {
    return interestIn(path) !== undefined;
  }

  /** Notes a file whose content is not looked at: what stood there before is gone. */
  replaces(path: string): void {
    if (interestIn(path) !== undefined) this.#files[path] = null;
  }

  /** Passes a file's content through and keeps what is of interest. */
  async *observe(path: string, content: ByteStream): AsyncGenerator<Uint8Array> {
    const interest = interestIn(path);
    if (interest === undefined) {
      yield* content;
      return;
    }
    this.#files[path] = null;
    if (interest.kind === "text") yield* this.#keepText(path, content, interest.maxBytes);
    else yield* this.#scan(path, content, interest.start());
  }

  facts(): LayerFacts {
    return { files: this.#files, removed: this.#removed, emptied: this.#emptied };
  }

  async *#keepText(path: string, content: ByteStream, maxBytes: number): AsyncGenerator<Uint8Array> {
    const parts: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const chunk of content) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes <= maxBytes) parts.push(chunk);
      yield chunk;
    }
    if (sizeBytes <= maxBytes) this.#files[path] = Buffer.concat(parts).toString("utf8");
  }

  async *#scan(path: string, content: ByteStream, scanner: Scanner): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      scanner.update(chunk);
      yield chunk;
    }
    this.#files[path] = scanner.result() ?? null;
  }
}

/** The kept files of a whole image from those of its layers, lowest first. */
export function mergeFacts(layers: readonly LayerFacts[]): KeptFiles {
  const files = new Map<string, string>();
  for (const layer of layers) {
    for (const path of layer.removed) deleteBelow(files, path, true);
    for (const path of layer.emptied) deleteBelow(files, path, false);
    for (const [path, text] of Object.entries(layer.files)) {
      if (text === null) files.delete(path);
      else files.set(path, text);
    }
  }
  return files;
}

function deleteBelow(files: Map<string, string>, path: string, isIncluded: boolean): void {
  if (isIncluded) files.delete(path);
  const prefix = path === "" ? "" : `${path}/`;
  for (const key of files.keys()) if (key.startsWith(prefix)) files.delete(key);
}

function interestIn(path: string): FileInterest | undefined {
  if ((OS_RELEASE_PATHS as readonly string[]).includes(path)) return { kind: "text", maxBytes: 64 * 1024 };
  if (!path.endsWith(".md5sums") && DISTROS.some((distro) => isDatabasePath(distro, path)))
    return { kind: "text", maxBytes: MAX_DATABASE_BYTES };
  return ECOSYSTEMS.map((ecosystem) => ecosystem.interest(path)).find((interest) => interest !== undefined);
}
