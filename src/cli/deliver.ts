// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { BasaltError } from "../errors.js";
import type { Digest } from "../formats/digest.js";
import { parseImageReference, type RepositoryName, type Tag } from "../formats/image-reference.js";
import { removeTree } from "../host/files.js";
import {
  copyImage,
  createArchiveWriter,
  createLayoutWriter,
  createRegistryWriter,
  findDockerEngine,
  openStoreImage,
  requireRemote,
  type ArchiveOptions,
  type ImageReader,
  type ImageWriter,
} from "../transfer/index.js";
import { ownPlatform } from "../host/machine.js";
import type { Store } from "../store/index.js";
import type { CommandContext } from "./context.js";
import { publicHost } from "./public-url.js";

/** Where a finished image goes besides the store. */
export type Delivery =
  | { readonly kind: "oci-dir"; readonly path: string }
  /** `name` is what an engine calls the image that loads it. @default the name that a pull from this machine's server gives it */
  | { readonly kind: "archive"; readonly path: string; readonly name?: string }
  | { readonly kind: "engine" }
  | { readonly kind: "registry"; readonly to: string };

/** An image of the store, and what it is called. */
export interface StoredImage {
  readonly repository: RepositoryName;
  readonly tags: readonly Tag[];
  readonly digest: Digest;
}

/** Parses `oci-dir:PATH` or `archive:PATH`. @throws BasaltError `USAGE` */
export function parseOutput(text: string): Delivery {
  const match = /^(oci-dir|archive):(?:\/\/(?=.)|(?!\/\/))(.+)$/.exec(text);
  const path = match?.[2];
  if (path === undefined)
    throw new BasaltError("USAGE", `--output takes oci-dir:PATH or archive:PATH, not ${JSON.stringify(text)}`);
  return match?.[1] === "archive" ? { kind: "archive", path } : { kind: "oci-dir", path };
}

/** Copies an image of the store to where it is wanted. */
export async function deliver(
  image: StoredImage,
  delivery: Delivery,
  store: Store,
  context: CommandContext,
): Promise<void> {
  if (delivery.kind === "engine") return loadIntoEngine(image, store, context);
  const reader = await openStored(image, store);
  const { writer, tags } = await createWriter(image, delivery, context);
  try {
    await copyImage(reader, writer, { tags, withReferrers: delivery.kind === "registry" });
  } finally {
    await writer.close();
    await reader.close();
  }
}

function openStored({ repository, digest, tags }: StoredImage, store: Store): Promise<ImageReader> {
  return openStoreImage({ repository, digest }, `${repository}:${tags[0] ?? digest}`, store);
}

async function createWriter(
  image: StoredImage,
  delivery: Exclude<Delivery, { kind: "engine" }>,
  context: CommandContext,
): Promise<{ readonly writer: ImageWriter; readonly tags: readonly Tag[] }> {
  // One name: most tools take a layout with a single entry without being told which.
  const tags = image.tags.slice(0, 1);
  switch (delivery.kind) {
    case "oci-dir":
      return { writer: createLayoutWriter(delivery.path), tags };
    case "archive":
      return { writer: await createArchiveWriter(delivery.path, archiveOptions(image, delivery.name, context)), tags };
    case "registry": {
      const reference = requireRemote(parseImageReference(delivery.to));
      return {
        writer: await createRegistryWriter(reference, context.host),
        tags: reference.tag === undefined ? image.tags : [reference.tag],
      };
    }
  }
}

/** The engine gets the image under the name that a pull from this machine's server would give it. */
async function loadIntoEngine(image: StoredImage, store: Store, context: CommandContext): Promise<void> {
  const engine = await findDockerEngine(context.host);
  if (engine === undefined)
    throw new BasaltError("ENGINE_UNAVAILABLE", "the image was built, and no Docker engine answers to load it");
  const file = join(context.host.home.temporary, `load-${randomUUID()}.tar`);
  try {
    await deliver(image, { kind: "archive", path: file }, store, context);
    await engine.load(file);
    context.console.note(`loaded into the Docker engine as ${engineNames(image, context).join(", ")}\n`);
  } finally {
    await removeTree(file);
  }
}

function archiveOptions(image: StoredImage, name: string | undefined, context: CommandContext): ArchiveOptions {
  return { engineNames: name === undefined ? engineNames(image, context) : [name], enginePlatform: ownPlatform() };
}

function engineNames(image: StoredImage, { host }: CommandContext): readonly string[] {
  return image.tags.slice(0, 1).map((tag) => `${publicHost(host)}/${image.repository}:${tag}`);
}
