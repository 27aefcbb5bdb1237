// SPDX-License-Identifier: Apache-2.0

/** A file of this name beside `NAME` takes `NAME` of lower layers away. Source: OCI image-spec, layer.md, "Whiteouts". */
export const WHITEOUT_PREFIX = ".wh.";

/** A file of this name in a folder takes away what lower layers have in it. Source: as above, "Opaque Whiteout". */
export const OPAQUE_WHITEOUT = ".wh..wh..opq";

/** Whether a path means a removal to whoever unpacks a layer: no package may have such a file. */
export function isWhiteout(path: string): boolean {
  return path.slice(path.lastIndexOf("/") + 1).startsWith(WHITEOUT_PREFIX);
}
