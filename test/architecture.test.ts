// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = resolve(import.meta.dirname, "../src");
const WEB = resolve(import.meta.dirname, "../web");

const BASE = ["errors", "formats", "host"] as const;

/** Folder → folders it may import. One that is missing here fails the test, so every new folder is a decision. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  errors: ["error-codes"],
  "error-codes": [],
  formats: ["errors"],
  host: ["errors", "formats"],
  // What differs between distributions and between languages
  distro: BASE,
  ecosystem: ["errors", "formats"],
  // The store
  database: BASE,
  store: [...BASE, "database"],
  // The stages, from left to right
  definition: BASE,
  resolve: [...BASE, "definition", "distro"],
  fetch: [...BASE, "definition", "distro", "resolve"],
  assemble: [...BASE, "definition", "distro", "resolve", "fetch", "store", "inventory"],
  artifact: [...BASE, "definition", "distro", "assemble", "store", "transfer"],
  stage: [...BASE, "definition", "distro", "resolve", "fetch", "assemble", "artifact", "inventory"],
  "image-tests": [...BASE, "definition", "resolve", "assemble"],
  describe: [
    ...BASE,
    "advisories",
    "definition",
    "distro",
    "resolve",
    "fetch",
    "assemble",
    "image-tests",
    "inventory",
    "policy",
    "scan",
    "vex",
  ],
  sign: [...BASE, "describe", "store"],
  publish: [...BASE, "definition", "assemble", "describe", "sign", "store", "database", "inventory", "vex"],
  // Before them: it changes definitions
  track: [...BASE, "definition", "distro", "registry"],
  // Beside the stages: nothing here knows a stage
  registry: [...BASE, "database", "store"],
  transfer: [...BASE, "store", "registry"],
  inventory: [...BASE, "database", "distro", "ecosystem", "transfer"],
  advisories: BASE,
  // What is stated about vulnerabilities
  vex: [...BASE, "database", "inventory"],
  scan: [...BASE, "advisories", "distro", "ecosystem", "inventory", "store", "transfer", "vex"],
  evidence: [...BASE, "transfer"],
  policy: [...BASE, "evidence", "inventory", "scan", "transfer"],
  factory: [...BASE, "database", "inventory", "store", "transfer"],
  // Rewrites Dockerfiles; knows the catalogue's images by the mappings alone
  migrate: BASE,
  // The catalogue shows what definitions say about themselves: their type only
  catalog: [
    ...BASE,
    "advisories",
    "definition",
    "inventory",
    "migrate",
    "registry",
    "scan",
    "store",
    "transfer",
    "vex",
  ],
  // What joins them
  pipeline: [
    ...BASE,
    "advisories",
    "definition",
    "resolve",
    "fetch",
    "assemble",
    "artifact",
    "stage",
    "image-tests",
    "describe",
    "judge",
    "policy",
    "previous",
    "sign",
    "publish",
    "store",
    "vex",
  ],
  // Its parts that join stages
  judge: [...BASE, "describe", "image-tests", "policy", "resolve", "store"],
  previous: [...BASE, "advisories", "describe", "image-tests", "inventory", "scan", "store", "transfer"],
  // Says anew what is known of what was published
  renew: [...BASE, "advisories", "describe", "inventory", "publish", "sign", "store", "vex"],
  // Builds again what was published
  rebuild: [...BASE, "definition", "pipeline", "store", "transfer"],
  server: [...BASE, "advisories", "catalog", "factory", "registry", "sign", "store", "web"],
  cli: [
    ...BASE,
    "advisories",
    "catalog",
    "definition",
    "describe",
    "evidence",
    "factory",
    "inventory",
    "migrate",
    "pipeline",
    "policy",
    "rebuild",
    "renew",
    "registry",
    "resolve",
    "scan",
    "server",
    "sign",
    "store",
    "track",
    "transfer",
    "vex",
  ],
  index: [
    ...BASE,
    "definition",
    "pipeline",
    "resolve",
    "registry",
    "scan",
    "server",
    "sign",
    "store",
    "transfer",
    "advisories",
    "inventory",
  ],
};

/** Imported by file; every other folder is entered through its index.ts. */
const BY_FILE = new Set(["errors", "error-codes", "formats", "host"]);
/** Only these may touch the machine. */
const MAY_TOUCH_MACHINE = new Set(["host", "cli"]);
const MACHINE_MODULE =
  /^node:(?:fs|net|tls|dgram|http|https|http2|child_process|dns|os|process|worker_threads|cluster|sqlite|readline)/;
const MACHINE_GLOBAL = /\bprocess\.(?!\w+ as)|\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bfetch\(/;
const IMPORT = /(?:^\s*(?:import|export)\s[^"';]*?|\bimport\()["']([^"']+)["']/gm;

interface Import {
  readonly specifier: string;
  /** Folder it leads to; undefined for a module that is not ours. */
  readonly folder: string | undefined;
  readonly path: string;
}

function sourcesBelow(root: string): readonly string[] {
  const names = readdirSync(root, { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name) && !name.startsWith("client"))
    .toSorted();
}

function folderOf(path: string): string {
  if (path.startsWith("..")) return path.split(sep)[1] === "web" ? "web" : path;
  return (path.split(sep)[0] ?? "").replace(/\.ts$/, "");
}

function importsOf(file: string): readonly Import[] {
  const text = withoutComments(readFileSync(join(SRC, file), "utf8"));
  return [...text.matchAll(IMPORT)].map(([, specifier = ""]) => {
    if (!specifier.startsWith(".")) return { specifier, folder: undefined, path: specifier };
    const path = relative(SRC, resolve(SRC, dirname(file), specifier)).replace(/\.js$/, ".ts");
    return { specifier, folder: folderOf(path), path };
  });
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(?<![:"'`])\/\/.*$/gm, "");
}

const files = sourcesBelow(SRC);

describe("imports", () => {
  it.each(files)("%s imports only what its folder may import", (file) => {
    const own = folderOf(file);
    const allowed = ALLOWED[own];
    expect(allowed, `the folder ${own} is not in the table`).toBeDefined();
    for (const { specifier, folder, path } of importsOf(file)) {
      if (folder === undefined) {
        if (MACHINE_MODULE.test(specifier)) expect(MAY_TOUCH_MACHINE, `${file} imports ${specifier}`).toContain(own);
      } else if (folder === own) {
        expect(path, `${file} imports its own index`).not.toBe(join(own, "index.ts"));
      } else {
        expect(allowed, `${file} imports ${specifier}`).toContain(folder);
        const isWhole = path === `${folder}.ts` || path === join(folder, "index.ts") || folder === "web";
        if (!BY_FILE.has(folder)) expect(isWhole, `${file} goes past the index of ${folder}`).toBe(true);
      }
    }
  });

  it("formats use no Node.js module that does more than compute", () => {
    const pure = new Set(["node:crypto", "node:zlib", "node:stream", "node:stream/web", "node:buffer"]);
    const found = files
      .filter((file) => folderOf(file) === "formats")
      .flatMap((file) =>
        importsOf(file).filter(({ specifier }) => specifier.startsWith("node:") && !pure.has(specifier)),
      );
    expect(found).toEqual([]);
  });

  it("no file is part of a circle of imports", () => {
    const graph = new Map(
      files.map((file) => [file, importsOf(file).flatMap(({ folder, path }) => (folder === undefined ? [] : [path]))]),
    );
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (done.has(file)) return;
      expect(path, [...path, file].join(" → ")).not.toContain(file);
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
  });
});

describe("the machine", () => {
  const others = files.filter((file) => !MAY_TOUCH_MACHINE.has(folderOf(file)));
  it.each(others)("%s takes clock, chance, environment and network from its host", (file) => {
    const text = withoutComments(readFileSync(join(SRC, file), "utf8")).replaceAll(/\bundici\.fetch\(/g, "");
    expect(MACHINE_GLOBAL.exec(text)?.[0], file).toBeUndefined();
  });
});

describe("the pages", () => {
  it.each(sourcesBelow(WEB))("web/%s knows the program by types only", (file) => {
    const text = withoutComments(readFileSync(join(WEB, file), "utf8"));
    const statements = [...text.matchAll(/^\s*(?:import|export)\s[^"';]*?["'](\.\.\/src\/[^"']+)["']/gm)].map(
      ([statement]) => statement.trim(),
    );
    for (const statement of statements) expect(statement).toMatch(/^(?:import|export) type /);
  });
});

describe("files", () => {
  it.each(files)("%s begins with its licence", (file) => {
    expect(readFileSync(join(SRC, file), "utf8")).toMatch(/^(?:#!.*\n)?\/\/ SPDX-License-Identifier: Apache-2\.0\n/);
  });

  it("none has a name that says nothing", () => {
    const catchAll = files.filter((file) =>
      /(?:^|\/)(?:utils?|common|misc|helpers?|types|constants|shared|stuff)\.ts$/.test(file),
    );
    expect(catchAll).toEqual([]);
  });
});
