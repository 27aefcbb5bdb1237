// SPDX-License-Identifier: Apache-2.0
import { isWanted, type ExpandContext } from "./condition.js";
import type { YamlPath } from "./located-yaml.js";
import type { PathEdit } from "./model.js";
import type { RawPath } from "./raw.js";
import type { Report } from "./report.js";

/** Edits of the file tree for one platform. Reports `DEFINITION_PATH`, `DEFINITION_SOURCE`, `DEFINITION_UNSUPPORTED`. */
export function expandPaths(paths: readonly RawPath[], where: YamlPath, context: ExpandContext): readonly PathEdit[] {
  return paths.flatMap((path, index) => {
    const at = [...where, index];
    return isWanted(path, at, context) ? expandPath(path, at, context) : [];
  });
}

function expandPath(raw: RawPath, at: YamlPath, context: ExpandContext): readonly PathEdit[] {
  const { report } = context;
  const path = checkAbsolutePath(raw.path, [...at, "path"], report);
  if (path === "" && raw.type !== "directory")
    return report([...at, "path"], "DEFINITION_PATH", `the root can only be a directory, not ${raw.type}`);
  const owner = { uid: raw.uid ?? 0, gid: raw.gid ?? 0 };
  const mode = (fallback: number): number => (raw.mode === undefined ? fallback : Number.parseInt(raw.mode, 8));
  switch (raw.type) {
    case "directory":
      return [
        {
          kind: "directory",
          path,
          ...owner,
          mode: mode(0o755),
          ...(raw.recursive === true ? { isRecursive: true } : {}),
        },
        ...(raw.source === undefined ? [] : copyFolder({ source: raw.source, path, owner }, at, context)),
      ];
    case "emptyfile":
      return [{ kind: "file", path, ...owner, mode: mode(0o644), content: "" }];
    case "file":
      return [
        {
          kind: "file",
          path,
          ...owner,
          mode: mode(0o644),
          content: raw.source === undefined ? (raw.content ?? "") : copyFile(raw.source, at, context),
        },
      ];
    case "symlink":
      if (raw.source === undefined) return report(at, "DEFINITION_PATH", "a symlink needs source: what it points to");
      return [{ kind: "symlink", path, ...owner, target: raw.source }];
    case "delete":
      return [{ kind: "delete", path }];
  }
}

/** The text of a file of the catalogue. Reports `DEFINITION_SOURCE`. */
function copyFile(source: string, at: YamlPath, { sources, report }: ExpandContext): string {
  const [file, second] = sources.get(source) ?? [];
  if (file?.path === "" && second === undefined) return file.text;
  const why = file === undefined ? "is neither beside the definition nor in a folder above it" : "is a folder";
  report([...at, "source"], "DEFINITION_SOURCE", `${source} ${why}`);
  return "";
}

interface FolderCopy {
  readonly source: string;
  readonly path: string;
  readonly owner: { readonly uid: number; readonly gid: number };
}

/** What is in a folder of the catalogue; programs stay programs. Reports `DEFINITION_SOURCE`. */
function copyFolder(
  { source, path, owner }: FolderCopy,
  at: YamlPath,
  { sources, report }: ExpandContext,
): readonly PathEdit[] {
  const files = sources.get(source);
  if (files === undefined || files.some((file) => file.path === "")) {
    const why = files === undefined ? "is neither beside the definition nor in a folder above it" : "is a file";
    return report([...at, "source"], "DEFINITION_SOURCE", `${source} ${why}`);
  }
  const folders = new Set(files.flatMap((file) => foldersAbove(file.path)));
  return [
    ...[...folders].map((folder) => ({ kind: "directory", path: `${path}/${folder}`, ...owner, mode: 0o755 }) as const),
    ...files.map((file) => {
      const mode = file.isProgram ? 0o755 : 0o644;
      return { kind: "file", path: `${path}/${file.path}`, ...owner, mode, content: file.text } as const;
    }),
  ];
}

/** `a/b/c` lies in `a` and `a/b`. */
function foldersAbove(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** A path that variables may have made relative, without its leading slash. Reports `DEFINITION_PATH`. */
export function checkAbsolutePath(path: string, at: YamlPath, report: Report): string {
  if (!path.startsWith("/")) report(at, "DEFINITION_PATH", `${JSON.stringify(path)} does not begin with /`);
  return cleanPath(path, at, report);
}

export function cleanPath(path: string, at: YamlPath, report: Report): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..") || path.includes("\0"))
    report(at, "DEFINITION_PATH", `${JSON.stringify(path)} leaves the image`);
  return parts.join("/");
}
