// SPDX-License-Identifier: Apache-2.0

/** Top-level folders that a merged /usr replaces by links. Source: Debian Policy, 10.1; usrmerge. */
const MERGED = ["bin", "sbin", "lib", "lib32", "lib64", "libo32", "libx32"] as const;

/** Documentation and translations, as Debian's own slim images leave them out (debuerreotype, slimify-excludes). */
const DROPPED = [
  "usr/share/groff/",
  "usr/share/info/",
  "usr/share/linda/",
  "usr/share/lintian/",
  "usr/share/locale/",
  "usr/share/man/",
] as const;
const DOC = "usr/share/doc/";

/** Where a path of a package stands in an image: below /usr if its top folder is merged. */
export function mergedPath(path: string): string {
  const slash = path.indexOf("/");
  const top = slash === -1 ? path : path.slice(0, slash);
  return (MERGED as readonly string[]).includes(top) ? `usr/${path}` : path;
}

/** Whether `path` is one of the links that make a merged /usr. */
export function isMergedFolder(path: string): boolean {
  return (MERGED as readonly string[]).includes(path);
}

/** The links at the root that a merged /usr needs, for the folders that exist below /usr. */
export function mergedLinks(
  exists: (path: string) => boolean,
): readonly { readonly path: string; readonly target: string }[] {
  return MERGED.filter((folder) => exists(`usr/${folder}`) && !exists(folder)).map((folder) => ({
    path: folder,
    target: `usr/${folder}`,
  }));
}

/** Whether an image keeps a file: all but documentation, manual pages and translations; copyright files stay. */
export function isKept(path: string, kind: "file" | "directory" | "symlink" | "hardlink"): boolean {
  if (DROPPED.some((folder) => `${path}/`.startsWith(folder))) return false;
  if (!path.startsWith(DOC)) return true;
  const rest = path.slice(DOC.length);
  if (!rest.includes("/")) return kind !== "file"; // folders of packages, and links from one package's folder to another's
  return /^[^/]+\/copyright(?:$|\.)/.test(rest);
}
