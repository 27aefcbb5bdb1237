// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { parseIntegrity } from "../formats/integrity.js";
import type { Platform } from "../formats/platform.js";
import { parseNpmUrl } from "../host/npm-registry.js";
import type { YamlPath } from "./located-yaml.js";
import type { FileRequest, PathEdit } from "./model.js";
import type { RawFile, RawPath } from "./raw.js";
import type { Report } from "./report.js";

/** Downloads for one platform. Reports `DEFINITION_FILE`, `DEFINITION_UNPINNED`, `DEFINITION_CHECKSUM`, `DEFINITION_PATH`. */
export function expandFiles(files: readonly RawFile[], platform: Platform, report: Report): readonly FileRequest[] {
  return files.flatMap((file, index) =>
    file.platforms?.includes(platform) === false ? [] : expandFile(file, ["contents", "files", index], report),
  );
}

function expandFile(file: RawFile, at: YamlPath, report: Report): readonly FileRequest[] {
  if (file.if !== undefined)
    report([...at, "if"], "DEFINITION_UNSUPPORTED", "this version of Basalt does not build if in files");
  const unusable = problemOfUrl(file.url);
  if (unusable !== undefined) return report([...at, "url"], "DEFINITION_FILE", unusable);
  if (file.checksum === undefined) return report(at, "DEFINITION_UNPINNED", `${file.url} has no checksum`);
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

function problemOfUrl(url: string): string | undefined {
  if (url.startsWith("https://")) return URL.canParse(url) ? undefined : `not an https URL: ${JSON.stringify(url)}`;
  if (!url.startsWith("npm:")) return `only npm: and https: URLs can be fetched, not ${JSON.stringify(url)}`;
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
export function expandPaths(paths: readonly RawPath[], platform: Platform, report: Report): readonly PathEdit[] {
  return paths.flatMap((path, index) =>
    path.platforms?.includes(platform) === false ? [] : expandPath(path, ["paths", index], report),
  );
}

function expandPath(raw: RawPath, at: YamlPath, report: Report): readonly PathEdit[] {
  for (const key of ["if", "recursive"] as const)
    if (raw[key] !== undefined && raw[key] !== false)
      report([...at, key], "DEFINITION_UNSUPPORTED", `this version of Basalt does not build ${key} in paths`);
  const path = checkAbsolutePath(raw.path, [...at, "path"], report);
  if (path === "" && raw.type !== "directory")
    return report([...at, "path"], "DEFINITION_PATH", `the root can only be a directory, not ${raw.type}`);
  const owner = { uid: raw.uid ?? 0, gid: raw.gid ?? 0 };
  const mode = (fallback: number): number => (raw.mode === undefined ? fallback : Number.parseInt(raw.mode, 8));
  switch (raw.type) {
    case "directory":
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

function cleanPath(path: string, at: YamlPath, report: Report): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..") || path.includes("\0"))
    report(at, "DEFINITION_PATH", `${JSON.stringify(path)} leaves the image`);
  return parts.join("/");
}
