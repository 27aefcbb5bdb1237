// SPDX-License-Identifier: Apache-2.0

/** A file of this name beside `NAME` takes `NAME` of lower layers away. Source: OCI image-spec, layer.md, "Whiteouts". */
export const WHITEOUT_PREFIX = ".wh.";

/** A file of this name in a folder takes away what lower layers have in it. Source: as above, "Opaque Whiteout". */
export const OPAQUE_WHITEOUT = ".wh..wh..opq";

/** Whether a path means a removal to whoever unpacks a layer: no package may have such a file. */
export function isWhiteout(path: string): boolean {
  return path.slice(path.lastIndexOf("/") + 1).startsWith(WHITEOUT_PREFIX);
}

/** What a whiteout takes away from lower layers. */
export interface Removal {
  readonly path: string;
  /** Only what is in the folder, not the folder itself. */
  readonly isContentOnly: boolean;
}

/** What a path of a layer takes away; undefined where it is a file like any other. */
export function removalOf(path: string): Removal | undefined {
  if (!isWhiteout(path)) return undefined;
  const slash = path.lastIndexOf("/");
  const [folder, name] = [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)];
  if (name === OPAQUE_WHITEOUT) return { path: folder, isContentOnly: true };
  return { path: `${folder === "" ? "" : `${folder}/`}${name.slice(WHITEOUT_PREFIX.length)}`, isContentOnly: false };
}

/** Takes what a layer removes, or puts something else in the place of, out of the files by path of the layers below. */
export function takeAway(files: Map<string, unknown>, { path, isContentOnly }: Removal): void {
  if (!isContentOnly) files.delete(path);
  const prefix = path === "" ? "" : `${path}/`;
  for (const known of files.keys()) if (known.startsWith(prefix)) files.delete(known);
}
