// SPDX-License-Identifier: Apache-2.0
import { dirname, join, normalize } from "node:path/posix";
import type { BuildContext } from "./model.js";

/** What is copied out of the build stage. */
export interface Artifact {
  /** Absolute path in the build stage; may end with a pattern. */
  readonly from: string;
  /** Absolute path in the image. */
  readonly to: string;
  /** The target is a folder that files go into. */
  readonly isInto?: boolean;
}

/** Local files of a program of Node.js. */
interface NodeFiles {
  readonly files: readonly string[];
}

/** Ways to load or read a file that a look at the source cannot follow. */
const NOT_STATIC =
  /\b(?:require|import)\s*\(\s*(?!["'`][^"'`$]*["'`]\s*\))|\b(?:readFile|readFileSync|createReadStream|readdir|readdirSync|sendFile|opendir|existsSync|writeFile|writeFileSync|createWriteStream|appendFile|mkdir|mkdirSync)\b|__dirname|import\.meta\.(?:dirname|filename|url)|\bexpress\.static\b|\bserve-static\b|\.(?:set|engine)\s*\(\s*["']views?|\bnew\s+Worker\b|child_process|\bsqlite|\bautoload\b/;
const IMPORT = /(?:\brequire\s*\(\s*|\bimport\s*\(\s*|\bfrom\s+|\bimport\s+)["']([^"']+)["']/g;
const ENDINGS = ["", ".js", ".mjs", ".cjs", ".json", "/index.js", "/index.mjs", "/index.cjs"];
const MAX_FILES = 2_000;

/**
 * The files of the context that a program of Node.js loads, found through its imports; undefined when it reads files in ways that only
 * running it would show. Paths are relative to the context.
 */
export function nodeFilesOf(entry: string, context: BuildContext): NodeFiles | undefined {
  const known = new Set(context.paths);
  const found = new Set<string>();
  const open = [entry];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const file = ENDINGS.map((ending) => normalize(`${path}${ending}`)).find((candidate) => known.has(candidate));
    if (file === undefined || found.size > MAX_FILES) return undefined;
    if (found.has(file)) continue;
    found.add(file);
    if (file.endsWith(".json")) continue;
    const text = context.read(file);
    if (text === undefined || NOT_STATIC.test(text)) return undefined;
    for (const [, name = ""] of text.matchAll(IMPORT)) {
      if (name.startsWith("#") || name.startsWith("/")) return undefined;
      if (name.startsWith(".")) open.push(join(dirname(file), name));
    }
  }
  return { files: [...found].toSorted() };
}

/** Ways in which programs read files beside themselves, by language. */
const READS_FILES: Readonly<Record<string, RegExp>> = {
  ".go":
    /\bos\.(?:Open|ReadFile|ReadDir|Create|OpenFile|DirFS|Mkdir)\b|\bioutil\.Read|\btemplate\.Parse(?:Files|Glob)\b|\bParse(?:Files|Glob)\(|\bhttp\.(?:Dir|ServeFile)\b|\bLoadHTML(?:Glob|Files)\b|\.Static\(|\bviper\b|\bgodotenv\b|\bsqlite/,
  ".rs": /\bFile::(?:open|create)\b|\bfs::read|\bread_to_string\b|\bServeDir\b|\bFiles::new\b|\bfs::write|\bsqlite/,
  ".c": /\bfopen\s*\(|\bopen\s*\(|\bopendir\s*\(/,
};

/** Whether compiled programs of a context read no files of their own, as far as their sources tell; undefined without sources. */
export function isSelfContained(context: BuildContext): boolean | undefined {
  const sources = context.paths.filter(
    (path) =>
      /\.(?:go|rs|c|cc|cpp|cxx|h|hpp)$/.test(path) && !/(?:^|\/)(?:vendor|node_modules|tests?)\/|_test\.go$/.test(path),
  );
  if (sources.length === 0) return undefined;
  return sources.every((path) => {
    const text = context.read(path);
    const pattern = READS_FILES[/\.(?:go|rs)$/.exec(path)?.[0] ?? ".c"];
    return text !== undefined && pattern?.test(text) === false;
  });
}

/** Of `paths`, those that no other one contains; sorted. */
export function withoutNested(artifacts: readonly Artifact[]): readonly Artifact[] {
  return artifacts.filter(
    ({ from }, index) =>
      !artifacts.some(
        (other, at) => at !== index && (from.startsWith(`${other.from}/`) || (from === other.from && at < index)),
      ),
  );
}
