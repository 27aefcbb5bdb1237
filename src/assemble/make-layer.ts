// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { join } from "node:path";
import { BasaltError } from "../errors.js";
import { canonicalJson } from "../formats/canonical-json.js";
import { diffIdOfHex, parseSha256, sha256Hex, splitDigest } from "../formats/digest.js";
import { compress, layerMediaType, type LayerCompressor } from "../formats/archive/layer-compressor.js";
import type { CachedFile } from "../host/content-cache.js";
import { readTextIfAny, writeFileAtomic } from "../host/files.js";
import type { Host } from "../host/host.js";
import type { PackageFacts } from "../distro/index.js";
import { LayerObserver } from "../inventory/index.js";
import type { BlobStore } from "../store/index.js";
import type { Layer } from "./layer.js";
import { conflict, firstToWrite } from "./replacing.js";
import { writeLayer, type LayerContents, type LayerSource } from "./layer-writer.js";

/** What decides a layer's bytes. Equal recipes make equal layers, on any machine. */
export interface LayerRecipe {
  readonly kind: "packages" | "file" | "artifact" | "stage" | "top" | "squashed";
  readonly compressor: LayerCompressor;
  /** Versions of the assembly rules that take part. */
  readonly rules: Readonly<Record<string, number>>;
  readonly [detail: string]: unknown;
}

export interface LayerWork {
  readonly recipe: LayerRecipe;
  readonly title: string;
  /** Opens the contents; called only when the layer has to be made. */
  readonly open: () => OpenedWork;
  /** Looks at the finished layer, also at one that was found; throws if it is not what it should be. */
  readonly check?: (layer: Layer) => void;
}

export interface OpenedWork {
  readonly sources: readonly LayerSource[];
  /** Complete once the sources were read. */
  readonly packages: () => readonly PackageFacts[];
  /** Complete once the sources were read. */
  readonly remarks?: () => Pick<Layer, "removals" | "statements">;
  /** Cached downloads that the sources read. */
  readonly files: readonly CachedFile[];
}

export interface LayerDeps {
  readonly host: Host;
  readonly blobs: BlobStore;
  /** Keeps the digest from being collected, before it is looked for. */
  readonly pin: (digest: string) => Promise<void>;
}

/** Of the remembered layers, and of what was read off their files; another number makes all of them anew. */
const MEMORY_VERSION = 3;

/** Makes a layer, or finds it by its recipe: then nothing is read, compressed or written. */
export async function makeLayer(work: LayerWork, deps: LayerDeps): Promise<Layer> {
  const key = sha256Hex(canonicalJson({ memory: MEMORY_VERSION, ...work.recipe }));
  const memory = join(deps.host.home.cache, "layers", key.slice(0, 2), `${key}.json`);
  await deps.host.cache.use(memory);
  const known = await recall(memory, deps);
  if (known !== undefined) {
    work.check?.(known);
    return known;
  }
  const layer = await writeBlob(work, deps);
  work.check?.(layer);
  await writeFileAtomic(memory, JSON.stringify(layer));
  return layer;
}

/** Writes a layer into the store; once more with some packages first, where the first pass shows that they replace files of others. */
async function writeBlob(work: LayerWork, deps: LayerDeps, first: readonly string[] = []): Promise<Layer> {
  const { sources: planned, packages, files, remarks } = work.open();
  const rank = ({ owner }: LayerSource): number => first.indexOf(owner ?? "");
  const sources = planned.toSorted((a, b) => rank(a) - rank(b));
  const contents: LayerContents = { entries: [], clashes: [], newestMtimeSeconds: 0, observer: new LayerObserver() };
  const uncompressed = createHash("sha256");
  const tar = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of writeLayer(sources, contents)) {
      uncompressed.update(chunk);
      yield chunk;
    }
  };
  const compressed = compress(tar(), { compressor: work.recipe.compressor, concurrency: deps.host.concurrency });
  const kept = deps.host.cache.keep(compressed);
  const blob = await deps.blobs.put(kept).catch((error: unknown) => blameDamage(error, files, deps));
  await deps.pin(blob.digest);
  const again = firstToWrite(contents.clashes, packages());
  if (again.length > 0) {
    const [clash] = contents.clashes;
    if (first.length > 0 && clash !== undefined)
      throw conflict(clash.kept, clash.left, "packages replace each other in a circle");
    return writeBlob(work, deps, again);
  }
  return {
    descriptor: { mediaType: layerMediaType(work.recipe.compressor), digest: blob.digest, size: blob.sizeBytes },
    diffId: diffIdOfHex(parseSha256(uncompressed.digest("hex"))),
    title: work.title,
    newestMtimeSeconds: contents.newestMtimeSeconds,
    entries: contents.entries,
    packages: packages(),
    facts: contents.observer.facts(),
    ...remarks?.(),
  };
}

/** Whatever a reader says of a file that was damaged on the disk leads nowhere: say that it was damaged. */
async function blameDamage(error: unknown, files: readonly CachedFile[], { host }: LayerDeps): Promise<never> {
  for (const { sha256, path } of files) {
    // By now the cache has hashed every file that was read, and has kept what is as it was.
    if ((await host.cache.find(sha256)) === undefined)
      throw new BasaltError("CACHE_DAMAGED", `the cached file ${path} is not what it was, and was removed`, {
        cause: error,
      });
  }
  throw error;
}

/** Finds a layer in the store, or in the cache, which outlives the store's collections and serves several stores. */
async function recall(memory: string, deps: LayerDeps): Promise<Layer | undefined> {
  const layer = parseLayer(await readTextIfAny(memory));
  if (layer === undefined) return undefined;
  const { digest, size } = layer.descriptor;
  await deps.pin(digest);
  if ((await deps.blobs.stat(digest))?.sizeBytes === size) return layer;
  const cached = await deps.host.cache.find(parseSha256(splitDigest(digest).hex));
  if (cached === undefined) return undefined;
  try {
    await deps.blobs.put(deps.host.cache.read(cached), digest);
    return layer;
  } catch (error) {
    if (error instanceof BasaltError && error.code === "CACHE_DAMAGED") return undefined; // made anew
    throw error;
  }
}

/** A remembered layer; one that cannot be read is made again. */
function parseLayer(text: string | undefined): Layer | undefined {
  try {
    const layer = JSON.parse(text ?? "") as Partial<Layer>;
    return layer.descriptor !== undefined && Array.isArray(layer.entries) && Array.isArray(layer.packages)
      ? (layer as Layer)
      : undefined;
  } catch {
    return undefined;
  }
}
