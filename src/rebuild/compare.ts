// SPDX-License-Identifier: Apache-2.0
import { compareText, type Json } from "../formats/canonical-json.js";
import type { ParsedManifest } from "../formats/oci/manifest.js";
import type { Platform } from "../formats/platform.js";
import { openPlatformImage, type ImageReader, type PlatformImage } from "../transfer/index.js";
import { readImageTree, type FileFacts } from "./image-tree.js";

/** One thing that is not as it was built again; `was` and `is` are absent where there is nothing. */
export interface Difference {
  /** A file's path with a leading slash, or where in the configuration or manifest. */
  readonly where: string;
  readonly kind: "file" | "configuration" | "manifest";
  /** What of it. @default all of it */
  readonly what?: string;
  /** In the image that was looked at. */
  readonly was?: string;
  /** As it was built again. */
  readonly is?: string;
}

/** Why the image of a platform is another one than that which was built again. */
export async function compareImages(
  published: ImageReader,
  rebuilt: ImageReader,
  platform: Platform,
): Promise<readonly Difference[]> {
  const [was, is] = [await openPlatformImage(published, platform), await openPlatformImage(rebuilt, platform)];
  if (was.manifest.digest === is.manifest.digest) return [];
  const files = isSameContent(was, is)
    ? []
    : compareTrees(await readImageTree(published, was), await readImageTree(rebuilt, is));
  return [
    ...files,
    ...compareValues(was.config as unknown as Json, is.config as unknown as Json, "configuration"),
    ...compareValues(was.manifest.value as unknown as Json, is.manifest.value as unknown as Json, "manifest"),
  ];
}

/** Why an index is another one; what its entries say of the images that it lists is left to `compareImages`. */
export function compareIndexes(was: ParsedManifest, is: ParsedManifest): readonly Difference[] {
  if (was.kind !== "index" || is.kind !== "index" || was.digest === is.digest) return [];
  const bare = ({ value }: typeof was): Json =>
    ({
      ...value,
      manifests: value.manifests.map(({ digest: _digest, size: _size, ...rest }) => rest),
    }) as unknown as Json;
  return compareValues(bare(was), bare(is), "manifest");
}

function isSameContent(a: PlatformImage, b: PlatformImage): boolean {
  return a.config.rootfs.diff_ids.join() === b.config.rootfs.diff_ids.join();
}

function compareTrees(was: ReadonlyMap<string, FileFacts>, is: ReadonlyMap<string, FileFacts>): readonly Difference[] {
  const paths = [...new Set([...was.keys(), ...is.keys()])].toSorted(compareText);
  return paths.flatMap((path) => compareFile(`/${path}`, was.get(path), is.get(path)));
}

function compareFile(where: string, was: FileFacts | undefined, is: FileFacts | undefined): readonly Difference[] {
  const kind = "file";
  if (was === undefined) return [{ where, kind, ...(is === undefined ? {} : { is: is["kind"] ?? "" }) }];
  if (is === undefined) return [{ where, kind, was: was["kind"] ?? "" }];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((name) => was[name] !== is[name]);
  return names.map((what) => ({
    where,
    kind,
    what,
    ...(was[what] === undefined ? {} : { was: was[what] }),
    ...(is[what] === undefined ? {} : { is: is[what] }),
  }));
}

/** Members of JSON that differ, each with its place. */
function compareValues(
  was: Json | undefined,
  is: Json | undefined,
  kind: "configuration" | "manifest",
  where = "",
): readonly Difference[] {
  const [a, b] = [membersOf(was), membersOf(is)];
  if (a === undefined || b === undefined) {
    const [before, after] = [JSON.stringify(was), JSON.stringify(is)];
    if (before === after) return [];
    return [
      {
        where: where === "" ? "all" : where,
        kind,
        ...(before === undefined ? {} : { was: before }),
        ...(after === undefined ? {} : { is: after }),
      },
    ];
  }
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    compareValues(a[key], b[key], kind, where === "" ? key : `${where}.${key}`),
  );
}

function membersOf(value: Json | undefined): Readonly<Record<string, Json>> | undefined {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, Json>>) : undefined;
}
