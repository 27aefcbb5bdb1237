// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import type { Digest } from "../formats/digest.js";
import type { RepositoryName, Tag } from "../formats/image-reference.js";
import {
  copyImage,
  createArchiveWriter,
  createLayoutWriter,
  openStoreImage,
  type ImageWriter,
} from "../transfer/index.js";
import type { Store } from "../store/index.js";
import type { CommandContext } from "./context.js";

/** Where a finished image goes besides the store. */
export type Delivery =
  | { readonly kind: "oci-dir"; readonly path: string }
  | { readonly kind: "archive"; readonly path: string }
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
  const match = /^(oci-dir|archive):(?:\/\/)?(.+)$/.exec(text);
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
  const { repository, digest, tags } = image;
  const reader = await openStoreImage({ repository, digest }, `${repository}:${tags[0] ?? digest}`, store);
  const writer = await createWriter(image, delivery, context);
  try {
    // One name: most tools take a layout with a single entry without being told which.
    await copyImage(reader, writer, { tags: tags.slice(0, 1), withReferrers: delivery.kind === "registry" });
  } finally {
    await writer.close();
    await reader.close();
  }
}

async function createWriter(image: StoredImage, delivery: Delivery, context: CommandContext): Promise<ImageWriter> {
  switch (delivery.kind) {
    case "oci-dir":
      return createLayoutWriter(delivery.path);
    case "archive":
      return createArchiveWriter(delivery.path, {
        engineNames: engineNames(image, context),
        enginePlatform: enginePlatform(),
      });
    case "engine":
    case "registry":
      throw new Error("internal: not yet");
  }
}

function engineNames(image: StoredImage, _context: CommandContext): readonly string[] {
  return image.tags.slice(0, 1).map((tag) => `localhost:5050/${image.repository}:${tag}`);
}

function enginePlatform(): string {
  return process.arch === "arm64" ? "linux/arm64" : "linux/amd64";
}
