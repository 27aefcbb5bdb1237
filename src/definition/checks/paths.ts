// SPDX-License-Identifier: Apache-2.0
import type { YamlPath } from "../located-yaml.js";
import type { RawPath } from "../raw.js";
import type { Report } from "../report.js";
import type { CheckContext } from "./check.js";

/** What kinds of paths cannot have. */
const POINTLESS: Readonly<Record<RawPath["type"], readonly (keyof RawPath)[]>> = {
  directory: ["content"],
  file: ["recursive"],
  symlink: ["content", "mode", "recursive"],
  delete: ["content", "source"],
  emptyfile: ["content", "source"],
};

/** Edits of the tree that contradict themselves or each other. */
export function checkPaths({ raw, report }: CheckContext): void {
  checkList(raw.paths ?? [], ["paths"], report);
  for (const [index, stage] of (raw.contents.builds ?? []).entries())
    checkList(stage.paths ?? [], ["contents", "builds", index, "paths"], report);
}

function checkList(paths: readonly RawPath[], at: YamlPath, report: Report): void {
  const types = new Map<string, RawPath["type"]>();
  for (const [index, path] of paths.entries()) {
    checkPath(path, [...at, index], report);
    // What is there under a condition only may well come twice.
    if (path.if !== undefined || path.platforms !== undefined) continue;
    const before = types.get(path.path);
    types.set(path.path, path.type);
    if (before !== undefined && before !== "delete" && path.type !== "delete" && before !== path.type)
      report([...at, index, "path"], "DEFINITION_PATH", `${path.path} is a ${before} before it is a ${path.type}`, {
        hint: "one of them, or a delete between them",
      });
  }
}

function checkPath(path: RawPath, at: YamlPath, report: Report): void {
  for (const key of POINTLESS[path.type])
    if (path[key] !== undefined) report([...at, key], "DEFINITION_PATH", `${path.type} has no ${key}`);
  if (path.type === "file" && path.content !== undefined && path.source !== undefined)
    report([...at, "content"], "DEFINITION_PATH", "a file has content or source, not both");
  if (path.source === undefined) return;
  if (path.type === "symlink" && path.source === path.path)
    report([...at, "source"], "DEFINITION_PATH", `${path.path} points to itself`);
  if (path.type !== "symlink" && (path.source.startsWith("/") || path.source.split("/").includes("..")))
    report([...at, "source"], "DEFINITION_PATH", `${JSON.stringify(path.source)} is not a path of the catalogue`, {
      hint: "from the root of the catalogue, without a leading slash and without ..",
    });
}
