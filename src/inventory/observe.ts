// SPDX-License-Identifier: Apache-2.0
import { DISTROS } from "../distro/index.js";
import { ECOSYSTEMS, type FileInterest, type Scanner } from "../ecosystem/index.js";
import type { TarEntry } from "../formats/archive/tar-entry.js";
import type { ByteStream } from "../formats/bytes.js";
import { removalOf } from "../formats/oci/whiteout.js";
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

/** What a path of a layer shows, and when it was seen; null as in `LayerFacts`. */
interface Shown {
  readonly text: string | null;
  readonly time: number;
}

const MAX_DATABASE_BYTES = 64 * 1024 * 1024; // dpkg's status of a full desktop has 10 MiB

/** Collects what a layer shows while its entries pass by. `below` is what the layers below it show together. */
export class LayerObserver {
  readonly #below: KeptFiles;
  /** All that lie above a path of `#below` or `#files`. */
  readonly #folders = new Set<string>();
  readonly #files = new Map<string, Shown>();
  /** When something else took the place of a folder, by its path. */
  readonly #replaced = new Map<string, number>();
  readonly #removed: string[] = [];
  readonly #emptied: string[] = [];
  /** Counts what is noted. */
  #time = 0;

  constructor(below: KeptFiles = new Map()) {
    this.#below = below;
    for (const path of below.keys()) this.#addFolders(path);
  }

  /** Notes whiteouts; answers whether the entry was one. */
  seesWhiteout(path: string): boolean {
    const removal = removalOf(path);
    if (removal === undefined) return false;
    if (removal.isContentOnly) this.#emptied.push(removal.path);
    else if (!/(?:^|\/)$/.test(removal.path)) this.#removed.push(removal.path);
    return true;
  }

  /** Whether anything is to be kept of a file. */
  wants(path: string): boolean {
    return interestIn(path) !== undefined;
  }

  /** Notes an entry whose content is not looked at: what stood there before is gone. */
  replaces({ kind, path }: Pick<TarEntry, "kind" | "path">): void {
    if (kind !== "directory") this.#removeBelow(path);
    if (interestIn(path) !== undefined) this.#set(path, null);
  }

  /** Notes another name for a file of this layer or of one below, which shows the same. */
  links(path: string, target: string): void {
    this.#removeBelow(path);
    const interest = interestIn(path);
    if (interest === undefined) return;
    const own = this.#files.get(target);
    const shown = own === undefined ? this.#below.get(target) : own.text;
    this.#set(path, interestIn(target)?.kind === interest.kind ? (shown ?? null) : null);
  }

  /** Passes a file's content through and keeps what is of interest. */
  async *observe(path: string, content: ByteStream): AsyncGenerator<Uint8Array> {
    this.#removeBelow(path);
    const interest = interestIn(path);
    if (interest === undefined) {
      yield* content;
      return;
    }
    this.#set(path, null);
    if (interest.kind === "text") yield* this.#keepText(path, content, interest.maxBytes);
    else yield* this.#scan(path, content, interest.start());
  }

  facts(): LayerFacts {
    const files = [...this.#files].filter(([path, { time }]) =>
      foldersAbove(path).every((folder) => (this.#replaced.get(folder) ?? 0) < time),
    );
    return {
      files: Object.fromEntries(files.map(([path, { text }]) => [path, text])),
      removed: [...this.#removed, ...this.#replaced.keys()],
      emptied: this.#emptied,
    };
  }

  async *#keepText(path: string, content: ByteStream, maxBytes: number): AsyncGenerator<Uint8Array> {
    const parts: Uint8Array[] = [];
    let sizeBytes = 0;
    for await (const chunk of content) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes <= maxBytes) parts.push(chunk);
      yield chunk;
    }
    if (sizeBytes <= maxBytes) this.#set(path, Buffer.concat(parts).toString("utf8"));
  }

  async *#scan(path: string, content: ByteStream, scanner: Scanner): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      scanner.update(chunk);
      yield chunk;
    }
    this.#set(path, scanner.result() ?? null);
  }

  #set(path: string, text: string | null): void {
    this.#files.set(path, { text, time: (this.#time += 1) });
    this.#addFolders(path);
  }

  #addFolders(path: string): void {
    for (const folder of foldersAbove(path)) this.#folders.add(folder);
  }

  /** What is no folder ends what was in a folder of its name, whichever layer brought it. */
  #removeBelow(path: string): void {
    if (path !== "" && this.#folders.has(path)) this.#replaced.set(path, (this.#time += 1));
  }
}

/** The kept files of a whole image from those of its layers, lowest first. */
export function mergeFacts(layers: readonly LayerFacts[]): KeptFiles {
  return layers.reduce<KeptFiles>(addLayer, new Map());
}

/** The kept files after one more layer. */
export function addLayer(below: KeptFiles, layer: LayerFacts): KeptFiles {
  const [removed, emptied] = [new Set(layer.removed), new Set(layer.emptied)];
  const files = new Map(
    [...below].filter(
      ([path]) =>
        !removed.has(path) && !foldersAbove(path).some((folder) => removed.has(folder) || emptied.has(folder)),
    ),
  );
  for (const [path, text] of Object.entries(layer.files)) {
    if (text === null) files.delete(path);
    else files.set(path, text);
  }
  return files;
}

/** Every folder that a path lies in, the root last. */
function foldersAbove(path: string): readonly string[] {
  const folders: string[] = [];
  for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1))
    folders.push(path.slice(0, slash));
  return [...folders, ""];
}

function interestIn(path: string): FileInterest | undefined {
  if ((OS_RELEASE_PATHS as readonly string[]).includes(path)) return { kind: "text", maxBytes: 64 * 1024 };
  if (!path.endsWith(".md5sums") && DISTROS.some((distro) => isDatabasePath(distro, path)))
    return { kind: "text", maxBytes: MAX_DATABASE_BYTES };
  for (const { licenseFiles } of DISTROS)
    if (licenseFiles?.isOne(path) === true) return { kind: "scan", start: () => licenseScanner(licenseFiles.read) };
  return ECOSYSTEMS.map((ecosystem) => ecosystem.interest(path)).find((interest) => interest !== undefined);
}

const MAX_LICENSE_BYTES = 2 * 1024 * 1024; // the largest that Debian has, of Chromium, has 1.3 MiB

/** Keeps what a file says of licences, not the file. */
function licenseScanner(read: (text: string) => string | undefined): Scanner {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  return {
    update: (chunk) => {
      sizeBytes += chunk.byteLength;
      // The bytes are the reader's, which may use them again.
      if (sizeBytes <= MAX_LICENSE_BYTES) parts.push(Uint8Array.from(chunk));
    },
    result: () => (sizeBytes <= MAX_LICENSE_BYTES ? read(Buffer.concat(parts).toString("utf8")) : undefined),
  };
}
