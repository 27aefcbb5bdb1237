// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { parseDigest } from "../formats/digest.js";
import { parseImageReference, parseTag, type ImageReference } from "../formats/image-reference.js";
import { statIfAny } from "../host/files.js";
import type { Host } from "../host/host.js";
import type { Store } from "../store/index.js";
import { findDockerEngine } from "./docker-engine.js";
import type { ImageReader } from "./endpoint.js";
import { openArchive, openFolder } from "./layout-files.js";
import { openLayoutImage, type LayoutChoice } from "./oci-layout.js";
import { openRegistryImage, type RemoteReference } from "./registry-image.js";
import { openArchiveImage } from "./saved-archive.js";
import { hasStoreImage, openStoreImage } from "./store-image.js";

const PREFIX = /^([a-z][a-z-]*):\/\/(.*)$/s;

/**
 * Opens an image as users name it: with a prefix that says where it is, else looked for in the own store, then in the engine,
 * then in its registry. Source: docs/cli.md, "Images". @throws BasaltError `USAGE`, `MANIFEST_UNKNOWN`, `REFERENCE_INVALID`, …
 */
export async function openImage(
  text: string,
  deps: { readonly host: Host; readonly store: Store },
): Promise<ImageReader> {
  const match = PREFIX.exec(text);
  const rest = match?.[2] ?? "";
  switch (match?.[1]) {
    case undefined:
      return findImage(text, deps);
    case "registry":
      return openRegistryImage(requireRemote(parseImageReference(rest)), text, deps.host);
    case "local":
      return openEngineImage(rest, deps.host);
    case "oci-dir": {
      const { path, choice } = await splitPath(rest);
      return openLayoutImage(openFolder(path), choice);
    }
    case "archive": {
      const { path, choice } = await splitPath(rest);
      const files = await openArchive(path, deps.host);
      return openArchiveImage(files, choice).catch(async (error: unknown) => {
        await files.close();
        throw error;
      });
    }
    default:
      throw new BasaltError(
        "USAGE",
        `images cannot be read from ${match?.[1]}:// by this version; known: registry://, local://, oci-dir://, archive://`,
      );
  }
}

async function findImage(
  text: string,
  { host, store }: { readonly host: Host; readonly store: Store },
): Promise<ImageReader> {
  const reference = parseImageReference(text);
  if (reference.host === undefined && (await hasStoreImage(reference, store)))
    return openStoreImage(reference, text, store);
  const engine = await findDockerEngine(host);
  if (engine !== undefined && (await engine.hasImage(text))) return engine.openImage(text);
  if (reference.host !== undefined) return openRegistryImage(requireRemote(reference), text, host);
  throw new BasaltError(
    "MANIFEST_UNKNOWN",
    `there is no image ${text} in the store${engine === undefined ? "" : " or in the Docker engine"}, and it names no registry`,
  );
}

async function openEngineImage(name: string, host: Host): Promise<ImageReader> {
  const engine = await findDockerEngine(host);
  if (engine === undefined)
    throw new BasaltError("ENGINE_UNAVAILABLE", `local://${name} lies in a Docker engine, and none answers`);
  return engine.openImage(name);
}

export function requireRemote(reference: ImageReference): RemoteReference {
  const { host } = reference;
  if (host === undefined)
    throw new BasaltError("REFERENCE_INVALID", `${reference.repository} does not say which registry it is in`, {
      action: "write HOST/REPOSITORY[:TAG]",
    });
  return { ...reference, host };
}

/** `PATH[:TAG][@DIGEST]`; a path that exists as it stands has neither. @throws BasaltError `FILE_NOT_FOUND`, `DIGEST_INVALID`, `REFERENCE_INVALID` */
async function splitPath(text: string): Promise<{ readonly path: string; readonly choice: LayoutChoice }> {
  const at = text.lastIndexOf("@");
  const hasDigest = at > 0 && text.slice(at).includes(":") && (await statIfAny(text)) === undefined;
  if (!hasDigest) return splitTag(text);
  const digest = parseDigest(text.slice(at + 1));
  const { path, choice } = await splitTag(text.slice(0, at));
  return { path, choice: { ...choice, digest } };
}

/** `PATH[:TAG]` */
async function splitTag(text: string): Promise<{ readonly path: string; readonly choice: LayoutChoice }> {
  if ((await statIfAny(text)) !== undefined) return { path: text, choice: {} };
  const colon = text.lastIndexOf(":");
  if (colon > 0 && !text.slice(colon).includes("/"))
    return { path: text.slice(0, colon), choice: { tag: parseTag(text.slice(colon + 1)) } };
  throw new BasaltError("FILE_NOT_FOUND", `there is no ${text}`);
}
