// SPDX-License-Identifier: Apache-2.0
import { posix } from "node:path";
import { readTar } from "../formats/archive/tar-reader.js";
import { drain, limited } from "../formats/bytes.js";
import { compareText } from "../formats/canonical-json.js";
import { PACKAGE_MANAGERS, SHELLS } from "../formats/interfaces.js";
import { layerCompression } from "../formats/oci/media-types.js";
import { removalOf, takeAway } from "../formats/oci/whiteout.js";
import { decompress } from "../host/decompress.js";
import type { ImageReader, PlatformImage } from "../transfer/index.js";
import { secretsInFile, secretsInValues, type FoundSecret } from "./secrets.js";

/** What of an image somebody could use who got into it. Paths with a leading slash, sorted. */
export interface Surface {
  readonly shells: readonly string[];
  readonly packageManagers: readonly string[];
  /** Files that run with the rights of their owner or group. */
  readonly setuid: readonly string[];
  /** What anybody may write to; folders for temporary files, whose files belong to who made them, are left out. */
  readonly worldWritable: readonly string[];
  /** In any layer, also where a later one takes the file away: whoever has the image has all of them. */
  readonly secrets: readonly FoundSecret[];
}

interface Entry {
  readonly kind: "file" | "directory" | "symlink" | "hardlink" | "device";
  readonly mode: number;
  readonly target?: string;
}

const MAX_LAYER_BYTES = 64 * 1024 ** 3; // as for scanning: bounds decompression bombs
const MAX_FILE_BYTES = 64 * 1024 * 1024; // a larger one is no place where secrets are forgotten
const PROGRAM_FOLDERS = ["usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin", "bin", "sbin"];
const TEMPORARY = new Set(["tmp", "var/tmp", "dev/shm", "run/lock", "var/lock"]);
const [SETUID, WORLD_WRITABLE, STICKY] = [0o6000, 0o002, 0o1000];

/** Looks through the layers of an image, each in one pass. */
export async function readSurface(
  reader: Pick<ImageReader, "name" | "readBlob">,
  { manifest, config }: Pick<PlatformImage, "manifest" | "config">,
): Promise<Surface> {
  const files = new Map<string, Entry>();
  const secrets: FoundSecret[] = [];
  for (const layer of manifest.value.layers) {
    const compression = layerCompression(layer.mediaType);
    if (compression === undefined) continue;
    const name = `layer ${layer.digest} of ${reader.name}`;
    const content = limited(decompress(reader.readBlob(layer), compression, name), { maxBytes: MAX_LAYER_BYTES, name });
    const own = new Map<string, Entry>();
    for await (const { entry, content: body } of readTar(content, { name, absolute: "relative" })) {
      const removal = removalOf(entry.path);
      if (removal !== undefined) {
        takeAway(files, removal);
        continue;
      }
      if (entry.kind === "file" && entry.sizeBytes <= MAX_FILE_BYTES)
        secrets.push(...(await secretsInFile(body)).map((kind) => ({ where: `/${entry.path}`, kind })));
      else await drain(body);
      own.set(entry.path, {
        kind: entry.kind,
        mode: entry.mode,
        ...("target" in entry ? { target: entry.target } : {}),
      });
    }
    for (const [path, entry] of own) {
      if (entry.kind !== "directory" && files.get(path)?.kind === "directory")
        takeAway(files, { path, isContentOnly: true });
      files.set(path, entry);
    }
  }
  const variables = Object.fromEntries(
    (config.config?.Env ?? []).map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  const steps = Object.fromEntries(
    (config.history ?? []).map((step, index) => [`${index + 1}`, step.created_by ?? ""]),
  );
  return {
    shells: programs(files, SHELLS),
    packageManagers: programs(files, PACKAGE_MANAGERS),
    setuid: pathsOf(files, ({ kind, mode }) => kind === "file" && (mode & SETUID) !== 0),
    worldWritable: pathsOf(files, isOpen),
    secrets: [
      ...secrets,
      ...secretsInValues(variables, "variable", { byName: true }),
      ...secretsInValues(config.config?.Labels ?? {}, "label", { byName: false }),
      ...secretsInValues(steps, "history step", { byName: false }),
    ],
  };
}

function isOpen({ kind, mode }: Entry, path: string): boolean {
  if ((kind !== "file" && kind !== "directory") || (mode & WORLD_WRITABLE) === 0) return false;
  return !(kind === "directory" && (mode & STICKY) !== 0 && TEMPORARY.has(path));
}

function pathsOf(
  files: ReadonlyMap<string, Entry>,
  isWanted: (entry: Entry, path: string) => boolean,
): readonly string[] {
  return [...files]
    .filter(([path, entry]) => isWanted(entry, path))
    .map(([path]) => `/${path}`)
    .toSorted(compareText);
}

/** Programs of these names that are there, under the first name where they are links to one another. */
function programs(files: ReadonlyMap<string, Entry>, names: readonly string[]): readonly string[] {
  const found = new Map<string, string>();
  for (const name of names)
    for (const folder of PROGRAM_FOLDERS) {
      const path = resolve(files, `${folder}/${name}`);
      if (path === undefined || found.has(path)) continue;
      // The many names of busybox are one shell, and no package manager.
      if (name !== "busybox" && path.endsWith("/busybox") && !names.includes("busybox")) continue;
      found.set(path, name);
    }
  return [...new Set(found.values())];
}

const MAX_LINKS = 40; // as Linux (path_resolution(7))

/** The file that a path leads to. */
function resolve(files: ReadonlyMap<string, Entry>, path: string): string | undefined {
  let current = path;
  for (let links = 0; links < MAX_LINKS; links += 1) {
    const link = linkOn(files, current);
    if (link === undefined) {
      const kind = files.get(current)?.kind;
      return kind === "file" || kind === "hardlink" ? current : undefined;
    }
    const { at, target } = link;
    current =
      posix.normalize(posix.join(target.startsWith("/") ? "/" : `/${posix.dirname(at)}`, target)).slice(1) +
      current.slice(at.length);
  }
  return undefined;
}

/** The first symbolic link on a path, itself included. */
function linkOn(
  files: ReadonlyMap<string, Entry>,
  path: string,
): { readonly at: string; readonly target: string } | undefined {
  const parts = path.split("/");
  for (let length = 1; length <= parts.length; length += 1) {
    const at = parts.slice(0, length).join("/");
    const entry = files.get(at);
    if (entry?.kind === "symlink" && entry.target !== undefined) return { at, target: entry.target };
  }
  return undefined;
}
