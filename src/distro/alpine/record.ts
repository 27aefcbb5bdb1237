// SPDX-License-Identifier: Apache-2.0
import type { ApkControl, ApkItem } from "../../formats/apk/apk.js";
import type { LockedPackage } from "../../formats/lock.js";

/** Where facts of a package hold its scripts: not a place in an image, but what the database needs of them. */
export const SCRIPTS = "lib/apk/db/scripts/";

/** Name of a script in scripts.tar. Source: apk-tools, src/database.c, apk_ipkg_... `NAME-VERSION.CHECKSUM.SCRIPT`. */
export function scriptPath(
  { name, version }: Pick<LockedPackage, "name" | "version">,
  checksum: string,
  script: string,
): string {
  return `${SCRIPTS}${name}-${version}.${checksum}.${script}`;
}

interface Folder {
  /** Lines about the folder itself. */
  about: string;
  readonly files: { readonly name: string; readonly acl: string; readonly checksum: () => string | undefined }[];
}

/** The files of a package as the installed database lists them: folder by folder, with checksums. */
export class FileList {
  readonly #folders = new Map<string, Folder>();

  /** Notes an entry; its checksum is asked for when the list is written. */
  add({ entry, checksum }: ApkItem): void {
    const { path, uid, gid, mode } = entry;
    const acl = `${uid}:${gid}:${mode.toString(8)}`;
    if (entry.kind === "directory") {
      this.#folder(path).about = acl === "0:0:755" ? "" : `M:${acl}\n`;
      return;
    }
    const slash = path.lastIndexOf("/");
    const isPlain = acl === "0:0:644" || (entry.kind === "symlink" && uid === 0 && gid === 0);
    this.#folder(path.slice(0, Math.max(0, slash))).files.push({
      name: path.slice(slash + 1),
      acl: isPlain ? "" : `a:${acl}\n`,
      checksum,
    });
  }

  format(): string {
    return [...this.#folders]
      .map(([path, { about, files }]) => {
        const lines = files.map(({ name, acl, checksum }) => {
          const sum = checksum();
          return `R:${name}\n${acl}${sum === undefined ? "" : `Z:${sum}\n`}`;
        });
        return `F:${path}\n${about}${lines.join("")}`;
      })
      .join("");
  }

  #folder(path: string): Folder {
    const known = this.#folders.get(path) ?? { about: "", files: [] };
    this.#folders.set(path, known);
    return known;
  }
}

/** Letters of the database, and the field of .PKGINFO that each comes from, in the order in which apk writes them. */
const FIELDS = [
  ["T", "pkgdesc"],
  ["U", "url"],
  ["L", "license"],
  ["o", "origin"],
  ["m", "maintainer"],
  ["t", "builddate"],
  ["c", "commit"],
  ["k", "provider_priority"],
  ["D", "depend"],
  ["p", "provides"],
  ["i", "install_if"],
  ["r", "replaces"],
  ["q", "replaces_priority"],
] as const;

/**
 * A package's record in the installed database. Source: Alpine wiki, "Apk spec", "Installed Database V2"; apk-tools, src/package.c,
 * apk_pkg_write_index_entry, and src/database.c, apk_db_fdb_write.
 */
export function formatRecord({ info, checksum }: ApkControl, locked: LockedPackage, list: FileList): string {
  const values = FIELDS.flatMap(([letter, field]) => {
    const value = (info.fields.get(field) ?? []).join(" ");
    return value === "" ? [] : [`${letter}:${value}\n`];
  });
  const size = info.fields.get("size")?.[0] ?? "0";
  return [
    `C:${checksum}\nP:${locked.name}\nV:${locked.version}\nA:${locked.architecture}\n`,
    `S:${locked.sizeBytes}\nI:${size}\n`,
    ...values,
    list.format(),
  ].join("");
}
