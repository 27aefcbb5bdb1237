// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { parseIntegrity } from "../formats/integrity.js";
import { parseNpmUrl } from "../host/npm-registry.js";
import type { ExpandContext } from "./condition.js";
import type { YamlPath } from "./located-yaml.js";
import type { FileRequest, PathEdit } from "./model.js";
import type { RawFile, RawPath } from "./raw.js";
import type { Report } from "./report.js";

export const UNPINNED_HINT = "add checksum: sha256:…, or sha512-… as npm writes it";

/** Downloads for one platform; `where` is their list in the definition. Reports `DEFINITION_FILE`, `DEFINITION_UNPINNED`, `DEFINITION_CHECKSUM`, `DEFINITION_PATH`. */
export function expandFiles(
  files: readonly RawFile[],
  where: YamlPath,
  context: ExpandContext,
): readonly FileRequest[] {
  return files.flatMap((file, index) => {
    const at = [...where, index];
    return isWanted(file, at, context) ? expandFile(file, at, context.report) : [];
  });
}

/** Whether an entry is for the platform, by its `platforms` and its `if`. */
function isWanted(
  entry: { readonly platforms?: readonly string[]; readonly if?: string },
  at: YamlPath,
  { platform, holds }: ExpandContext,
): boolean {
  return entry.platforms?.includes(platform) !== false && holds(entry.if, at);
}

function expandFile(file: RawFile, at: YamlPath, report: Report): readonly FileRequest[] {
  const unusable = problemOfUrl(file.url);
  if (unusable !== undefined) return report([...at, "url"], "DEFINITION_FILE", unusable);
  if (file.checksum === undefined)
    return report(at, "DEFINITION_UNPINNED", "the download has no checksum", {
      severity: "warning",
      hint: UNPINNED_HINT,
    });
  if (file.url.startsWith("git+"))
    return report([...at, "url"], "DEFINITION_UNSUPPORTED", "this version of Basalt does not build files from git");
  if (file.checksum.startsWith("https://"))
    return report([...at, "checksum"], "DEFINITION_UNSUPPORTED", "this version of Basalt does not read checksum files");
  const path = cleanPath(file.path, [...at, "path"], report);
  try {
    return [
      {
        url: file.url,
        integrity: parseIntegrity(file.checksum),
        path,
        includes: file.includes ?? [],
        excludes: file.excludes ?? [],
        uid: file.uid ?? 0,
        gid: file.gid ?? 0,
        ...(file.mode === undefined ? {} : { mode: Number.parseInt(file.mode, 8) }),
        software: softwareOf(file),
      },
    ];
  } catch (error) {
    if (!(error instanceof BasaltError)) throw error;
    return report([...at, "checksum"], "DEFINITION_CHECKSUM", error.message);
  }
}

/** What is wrong with the address of a download. Over plain HTTP the checksum alone says what it is. */
export function problemOfUrl(url: string): string | undefined {
  if (/^(?:git\+)?https?:\/\//.test(url)) return URL.canParse(url) ? undefined : `not a URL: ${JSON.stringify(url)}`;
  if (!url.startsWith("npm:"))
    return `only npm:, https: and git+https: URLs can be fetched, not ${JSON.stringify(url)}`;
  try {
    parseNpmUrl(url);
    return undefined;
  } catch (error) {
    if (!(error instanceof BasaltError)) throw error;
    return error.message;
  }
}

function softwareOf({ spdx }: RawFile): FileRequest["software"] {
  const { name, version, packages = name === undefined ? [] : [{ name, version }] } = spdx ?? {};
  return packages.map((item) => JSON.parse(JSON.stringify({ version, ...item })) as FileRequest["software"][number]);
}

/** Edits of the file tree for one platform. Reports `DEFINITION_PATH`, `DEFINITION_UNSUPPORTED`. */
export function expandPaths(paths: readonly RawPath[], where: YamlPath, context: ExpandContext): readonly PathEdit[] {
  return paths.flatMap((path, index) => {
    const at = [...where, index];
    return isWanted(path, at, context) ? expandPath(path, at, context.report) : [];
  });
}

function expandPath(raw: RawPath, at: YamlPath, report: Report): readonly PathEdit[] {
  if (raw.recursive === true)
    report([...at, "recursive"], "DEFINITION_UNSUPPORTED", "this version of Basalt does not build recursive in paths");
  const path = checkAbsolutePath(raw.path, [...at, "path"], report);
  if (path === "" && raw.type !== "directory")
    return report([...at, "path"], "DEFINITION_PATH", `the root can only be a directory, not ${raw.type}`);
  const owner = { uid: raw.uid ?? 0, gid: raw.gid ?? 0 };
  const mode = (fallback: number): number => (raw.mode === undefined ? fallback : Number.parseInt(raw.mode, 8));
  switch (raw.type) {
    case "directory":
      if (raw.source !== undefined)
        return report(
          [...at, "source"],
          "DEFINITION_UNSUPPORTED",
          "this version of Basalt does not build folders from a source",
        );
      return [{ kind: "directory", path, ...owner, mode: mode(0o755) }];
    case "emptyfile":
      return [{ kind: "file", path, ...owner, mode: mode(0o644), content: "" }];
    case "file":
      if (raw.source !== undefined)
        return report(
          [...at, "source"],
          "DEFINITION_UNSUPPORTED",
          "this version of Basalt does not build files from a source; use content",
        );
      return [{ kind: "file", path, ...owner, mode: mode(0o644), content: raw.content ?? "" }];
    case "symlink":
      if (raw.source === undefined) return report(at, "DEFINITION_PATH", "a symlink needs source: what it points to");
      return [{ kind: "symlink", path, ...owner, target: raw.source }];
    case "delete":
      return [{ kind: "delete", path }];
  }
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
