// SPDX-License-Identifier: Apache-2.0

/** What all tar entries have. Times are whole seconds: no package format we read keeps more. */
export interface TarMetadata {
  /** Path relative to the root, `/` between components, no leading or trailing slash, no `.` or `..` component. */
  readonly path: string;
  /** Permission bits with setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970-01-01 UTC. */
  readonly mtimeSeconds: number;
  /** Extended attributes by name, values as bytes: file capabilities are binary. */
  readonly xattrs?: ReadonlyMap<string, Buffer>;
}

/** An entry of a tar archive; device nodes and pipes are kept apart so that callers must decide about them. */
export type TarEntry =
  | (TarMetadata & { readonly kind: "file"; readonly sizeBytes: number })
  | (TarMetadata & { readonly kind: "directory" })
  | (TarMetadata & { readonly kind: "symlink"; readonly target: string })
  | (TarMetadata & { readonly kind: "hardlink"; readonly target: string })
  | (TarMetadata & { readonly kind: "device" });

export const TAR_BLOCK_BYTES = 512;

/** Prefix of a PAX record that holds an extended attribute. Source: star(1), used by GNU tar and Go's archive/tar. */
export const XATTR_PREFIX = "SCHILY.xattr.";

/** Bytes of padding after a body of `sizeBytes`. */
export function tarPadding(sizeBytes: number): number {
  return (TAR_BLOCK_BYTES - (sizeBytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES;
}
