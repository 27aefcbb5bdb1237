// SPDX-License-Identifier: Apache-2.0
import type { ImageDefinition } from "../definition/index.js";
import { distroOf, type ContentItem } from "../distro/index.js";
import { BasaltError } from "../errors.js";
import type { FetchedFiles } from "../fetch/index.js";
import type { LayerCompressor } from "../formats/archive/layer-compressor.js";
import { canonicalJson } from "../formats/canonical-json.js";
import { concurrently } from "../formats/concurrently.js";
import { bytesOf } from "../formats/bytes.js";
import { sha256Hex } from "../formats/digest.js";
import { ruleVersions } from "../formats/assembly-rules.js";
import type { LockedPlatform } from "../formats/lock.js";
import type { EventSink } from "../resolve/index.js";
import { describeImage, type ImageDocuments } from "./image.js";
import type { Layer } from "./layer.js";
import { MAX_LAYERS } from "./layer-plan.js";
import { planWorks } from "./layer-work.js";
import { makeLayer, type LayerDeps, type LayerWork } from "./make-layer.js";
import { mergeLayers } from "./merge-layers.js";
import { inReplacingOrder } from "./replacing.js";
import { applyRules, CA_BUNDLE, findInterfaces, requireTruthfulLabels } from "./rules.js";
import { squashWork } from "./squash.js";
import { recipeContent, TopLayer, type TopEntry } from "./top-layer.js";
import type { FileTree } from "./tree.js";
import { readLayer } from "./unpack.js";

/** An image of one platform; its blobs are in the store, nothing points to it yet. */
export interface AssembledImage extends ImageDocuments {
  readonly image: ImageDefinition;
  readonly locked: LockedPlatform;
  readonly layers: readonly Layer[];
  readonly tree: FileTree;
  readonly createdAt: Date;
}

export interface AssembleOptions {
  readonly compressor: LayerCompressor;
  readonly onEvent: EventSink;
  readonly signal?: AbortSignal;
}

const PARALLEL_LAYERS = 3; // one reading and unpacking, while zlib's threads compress what others read

/** Turns packages and downloads into layers, and layers into an image. The same input gives the same bytes. */
export async function assemble(
  image: ImageDefinition,
  inputs: {
    readonly locked: LockedPlatform;
    readonly files: FetchedFiles;
    /** Layers above those of packages and downloads. */
    readonly works?: readonly LayerWork[];
  },
  options: AssembleOptions,
  deps: LayerDeps,
): Promise<AssembledImage> {
  const { locked } = inputs;
  const { works: upper = [], files } = inputs;
  const { compressor } = options;
  const plan = { locked, files, compressor, cache: deps.host.cache, upperLayers: upper.length };
  const works = [...planWorks(image, plan), ...upper];
  requireRoom(image, works.length + 1);
  let done = 0;
  const count = (): void =>
    options.onEvent({
      kind: "progress",
      stage: "assemble",
      done: (done += 1),
      total: works.length + 1,
      unit: "layers",
    });
  const made = await concurrently(works, PARALLEL_LAYERS, async (work) => {
    if (options.signal?.aborted === true) {
      throw new BasaltError("CANCELLED", `the build of ${image.title} was cancelled`);
    }
    const layer = await makeLayer(work, deps);
    count();
    return layer;
  });
  const lower = inReplacingOrder(made);
  const { tree, folderFixes, removed } = mergeLayers(lower);
  const top = new TopLayer(tree, removed);
  for (const fix of folderFixes)
    top.put({ kind: "directory", path: fix.path, mode: fix.mode, uid: fix.uid, gid: fix.gid });
  applyRules(top, {
    image,
    distro: distroOf(image.osRelease.id),
    packages: lower.flatMap((layer) => layer.packages),
    keyrings: locked.keyrings ?? [],
  });
  const interfaces = findInterfaces(top);
  requireTruthfulLabels(image, interfaces);
  const createdAt = createdOf(lower, deps.host.env["SOURCE_DATE_EPOCH"]);
  const layers = await finish({ lower, top, tree }, { image, createdAt, compressor: options.compressor }, deps);
  count();
  const documents = describeImage({ image, layers, interfaces, createdAt, hasCaBundle: tree.has(CA_BUNDLE) });
  await putDocument(documents.configBytes, deps);
  return { ...documents, image, locked, layers, tree, createdAt };
}

/** @throws BasaltError `ASSEMBLE_LAYERS` */
function requireRoom({ title, platform, output }: ImageDefinition, layers: number): void {
  if (output === "squashed" || layers <= MAX_LAYERS) return;
  throw new BasaltError(
    "ASSEMBLE_LAYERS",
    `${title} (${platform}) has ${layers} layers, and no engine runs more than ${MAX_LAYERS}`,
  );
}

async function putDocument(bytes: Buffer, deps: LayerDeps): Promise<void> {
  await deps.pin(`sha256:${sha256Hex(bytes)}`);
  await deps.blobs.put(bytesOf(bytes));
}

/** `SOURCE_DATE_EPOCH`, else the newest modification time in the content. Source: reproducible-builds.org, SOURCE_DATE_EPOCH. */
function createdOf(layers: readonly Layer[], epoch: string | undefined): Date {
  if (epoch !== undefined && /^[0-9]+$/.test(epoch)) return new Date(Number(epoch) * 1000);
  return new Date(Math.max(0, ...layers.map((layer) => layer.newestMtimeSeconds)) * 1000);
}

interface FinishOptions {
  readonly image: Pick<ImageDefinition, "output">;
  readonly createdAt: Date;
  readonly compressor: LayerCompressor;
}

/** The layers of the image: those below with its own on top, or one of all. */
async function finish(
  { lower, top, tree }: { readonly lower: readonly Layer[]; readonly top: TopLayer; readonly tree: FileTree },
  { image, createdAt, compressor }: FinishOptions,
  deps: LayerDeps,
): Promise<readonly Layer[]> {
  const entries = top.entries(Math.floor(createdAt.getTime() / 1000));
  if (image.output !== "squashed") return [...lower, await makeTop(entries, compressor, deps)];
  const read = (layer: Layer): ReturnType<typeof readLayer> => readLayer(layer, deps.blobs);
  const layer = await makeLayer(squashWork({ lower, top: entries, tree }, { compressor, read }), deps);
  const packages = lower.flatMap((each) => each.packages);
  return [{ ...layer, packages, statements: lower.flatMap(({ statements = [] }) => statements) }];
}

/** The image's own layer. Its recipe is its content, so an image that did not change finds it made. */
async function makeTop(entries: readonly TopEntry[], compressor: LayerCompressor, deps: LayerDeps): Promise<Layer> {
  const items = async function* (): AsyncGenerator<ContentItem> {
    for (const { entry, content } of entries) yield { entry, content: bytesOf(content) };
  };
  return makeLayer(
    {
      title: "accounts, os-release, certificates, package database, paths",
      recipe: {
        kind: "top",
        compressor,
        rules: ruleVersions(["layers", "tar"]),
        content: sha256Hex(canonicalJson(recipeContent(entries))),
      },
      open: () => ({ sources: [{ items: items() }], packages: () => [], files: [] }),
    },
    deps,
  );
}
