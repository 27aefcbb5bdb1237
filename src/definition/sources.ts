// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { BasaltError } from "../errors.js";
import { isInside, listNames, readBytes, statIfAny } from "../host/files.js";
import { findAbove } from "./catalogue-files.js";
import { readDefinition } from "./expand.js";
import { isCataloguePath } from "./file-pin.js";
import type { Definition, SourceFile } from "./model.js";
import type { RawDefinition, RawPath } from "./raw.js";

const MAX_BYTES = 16 * 1024 * 1024; // of all sources of a definition
const MAX_FILES = 2_000;
const MAX_DEPTH = 12;

/**
 * Reads the files of the catalogue that a definition's `paths` copy on any platform, and keys of signatures. A path is looked for beside the definition and in
 * the folders above it; what is not found is left out, and links that lead out of where it was found are refused.
 * @throws BasaltError `DEFINITION_INVALID`
 */
export async function readSources(definition: Definition): Promise<Definition["sources"]> {
  if (sourcesOf(definition.yaml.value as RawDefinition).length === 0) return new Map();
  const names = new Set(
    definition.platforms.flatMap((platform) => {
      const { raw } = readDefinition(definition, platform);
      return raw === undefined ? [] : sourcesOf(raw);
    }),
  );
  const budget = { bytes: MAX_BYTES, files: MAX_FILES };
  const sources = new Map<string, readonly SourceFile[]>();
  for (const name of [...names].toSorted()) {
    const files = await find(name, definition.file, budget);
    if (files !== undefined) sources.set(name, files);
  }
  return sources;
}

function sourcesOf(raw: RawDefinition): readonly string[] {
  const paths: readonly RawPath[] = [
    ...(raw.paths ?? []),
    ...(raw.contents.builds ?? []).flatMap((stage) => stage.paths ?? []),
  ];
  const stages = raw.contents.builds ?? [];
  const files = [raw.contents, ...stages.map(({ contents = {} }) => contents)].flatMap(({ files: list = [] }) => list);
  return [
    ...paths.flatMap(({ type, source }) => (type === "symlink" || source === undefined ? [] : [source])),
    ...files.flatMap(({ keys = [] }) => keys.filter(isCataloguePath)),
  ];
}

interface Budget {
  bytes: number;
  files: number;
}

async function find(name: string, from: string, budget: Budget): Promise<readonly SourceFile[] | undefined> {
  const found = await findAbove(name, from);
  if (found === undefined) return undefined;
  const files: SourceFile[] = [];
  await collect({ root: found.folder, path: found.path, inner: "", name }, files, budget);
  return files;
}

interface Place {
  /** What nothing may lead out of. */
  readonly root: string;
  readonly path: string;
  readonly inner: string;
  readonly name: string;
}

async function collect(place: Place, files: SourceFile[], budget: Budget): Promise<void> {
  const { root, path, inner, name } = place;
  if (!(await isInside(root, path))) throw invalid(name, `${path} leads out of ${root}`);
  const facts = await statIfAny(path);
  if (facts?.kind === "directory") {
    if (inner.split("/").length > MAX_DEPTH) throw invalid(name, `it has folders more than ${MAX_DEPTH} deep`);
    for (const child of await listNames(path))
      await collect(
        { ...place, path: join(path, child), inner: inner === "" ? child : `${inner}/${child}` },
        files,
        budget,
      );
    return;
  }
  if (facts?.kind !== "file") throw invalid(name, `${path} is neither a file nor a folder`);
  budget.bytes -= facts.sizeBytes;
  budget.files -= 1;
  if (budget.bytes < 0 || budget.files < 0)
    throw invalid(name, `sources of a definition may be ${MAX_FILES} files of ${MAX_BYTES} bytes`);
  const bytes = await readBytes(path);
  const text = bytes.toString("utf8");
  if (!Buffer.from(text).equals(bytes)) throw invalid(name, `${path} is not text`);
  files.push({ path: inner, text, isProgram: facts.isProgram });
}

function invalid(name: string, why: string): BasaltError {
  return new BasaltError("DEFINITION_INVALID", `the source ${name} cannot be used: ${why}`);
}
