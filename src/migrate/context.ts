// SPDX-License-Identifier: Apache-2.0
import { extname, join } from "node:path";
import { compileGlob } from "../formats/glob.js";
import { listNames, lstatIfAny, readText, readTextIfAny } from "../host/files.js";
import type { BuildContext } from "./model.js";

/** Folders that nobody copies into an image on purpose, and that can be large. */
const PASSED_OVER = new Set([
  ".git",
  ".hg",
  ".svn",
  "node_modules",
  ".venv",
  "venv",
  "__pycache__",
  ".idea",
  ".vscode",
]);
const MAX_PATHS = 20_000;
const MAX_DEPTH = 16;
/** Files whose content says how a program starts and what it reads. */
const READ =
  /^(?:|\.(?:json|[cm]?[jt]sx?|go|rs|c|cc|cpp|cxx|h|hpp|py|rb|php|sh|conf|template|toml|txt|cfg|ini|mod|lock|ru|xml|gradle|ya?ml))$/;
const MAX_FILE_BYTES = 512 * 1024;
const MAX_TOTAL_BYTES = 32 * 1024 * 1024;

/** Reads what a build context has: names of files, and the content of those that tell how the program works. */
export async function readContext(folder: string): Promise<BuildContext> {
  const isIgnored = dockerignore((await readTextIfAny(join(folder, ".dockerignore"))) ?? "");
  const contents = new Map<string, string>();
  const paths: string[] = [];
  let totalBytes = 0;
  const walk = async (below: string, depth: number): Promise<void> => {
    for (const name of await listNames(join(folder, below))) {
      const path = below === "" ? name : `${below}/${name}`;
      if (paths.length >= MAX_PATHS || PASSED_OVER.has(name)) continue;
      const facts = await lstatIfAny(join(folder, path));
      if (facts?.kind === "directory" && depth < MAX_DEPTH) await walk(path, depth + 1);
      if (facts?.kind !== "file" || isIgnored(path)) continue;
      paths.push(path);
      const isRead =
        READ.test(extname(name)) &&
        facts.sizeBytes <= MAX_FILE_BYTES &&
        totalBytes + facts.sizeBytes <= MAX_TOTAL_BYTES;
      if (!isRead) continue;
      totalBytes += facts.sizeBytes;
      contents.set(path, await readText(join(folder, path)));
    }
  };
  await walk("", 0);
  return { paths, read: (path) => contents.get(path) };
}

/** Whether a path is kept out of the context. Source: docs.docker.com/build/concepts/context, ".dockerignore files". */
function dockerignore(text: string): (path: string) => boolean {
  const rules = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const isExcept = line.startsWith("!");
      const pattern = line
        .slice(isExcept ? 1 : 0)
        .replaceAll(/^\/+|\/+$/g, "")
        .replace(/^\.\//, "");
      return { isExcept, matches: compileGlob(pattern), matchesBelow: compileGlob(`${pattern}/**`) };
    });
  return (path) =>
    rules.reduce(
      (ignored, { isExcept, matches, matchesBelow }) => (matches(path) || matchesBelow(path) ? !isExcept : ignored),
      false,
    );
}
