// SPDX-License-Identifier: Apache-2.0
import { basename, isAbsolute, relative, resolve, sep } from "node:path";
import { BasaltError } from "../errors.js";
import { sha256Hex, type Sha256 } from "../formats/digest.js";
import { parseImageReference, type RepositoryName } from "../formats/image-reference.js";
import { parsePlatform, PLATFORMS } from "../formats/platform.js";
import { packageRoot } from "../host/paths.js";
import { readDefinitionText } from "./definition-text.js";
import { readIncludes, type IncludedFile } from "./includes.js";
import { parseLocatedYaml } from "./located-yaml.js";
import { mergeDocuments } from "./merge.js";
import type { Definition } from "./model.js";
import { definitionError, type Problem } from "./problem.js";
import type { RawDefinition } from "./raw.js";
import { readSources } from "./sources.js";
import { validateSchema } from "./schema.js";

const MAX_LENGTH = 1024 * 1024; // characters; the largest definition of the public catalogue has 120 KiB

/** Reads and checks a definition file. @throws BasaltError `DEFINITION_INVALID` with every problem, `FILE_NOT_FOUND` */
export async function loadDefinition(file: string): Promise<Definition> {
  return parseDefinition(await readDefinitionText(file), file);
}

/** @throws BasaltError `DEFINITION_INVALID` */
export async function parseDefinition(text: string, file: string): Promise<Definition> {
  if (text.length > MAX_LENGTH) throw new BasaltError("DEFINITION_INVALID", `${file} has ${text.length} characters`);
  const own = parseLocatedYaml(text, file);
  if (own.problems.length > 0) throw definitionError(own.problems);
  const includes = await readIncludes(own);
  const yaml = mergeDocuments([...includes.map((included) => included.yaml), own]);
  const problems = await validateSchema(yaml, "definition");
  if (problems.length > 0) throw definitionError(problems);
  const raw = yaml.value as RawDefinition;
  const image = repositoryOf(raw.image);
  if (image === undefined) {
    const problem: Problem = {
      file,
      ...yaml.locate(["image"]),
      severity: "error",
      code: "DEFINITION_IMAGE",
      message: `not a repository name: ${JSON.stringify(raw.image)}`,
    };
    throw definitionError([problem]);
  }
  const definition: Definition = {
    file,
    path: publicPath(file),
    sha256: sha256Hex(text),
    text,
    includes: includes.map(({ yaml: { file: path }, folder, text: content }) => ({
      file: path,
      folder,
      text: content,
    })),
    yaml,
    image,
    platforms: raw.platforms?.map(parsePlatform) ?? PLATFORMS,
    sources: new Map(),
  };
  const sources = await readSources(definition);
  return { ...definition, sources, sha256: identityOf(text, includes, sources) };
}

/** The hash of the file; of a definition that has includes or sources, of the hashes of all its files in order. */
function identityOf(text: string, includes: readonly IncludedFile[], sources: Definition["sources"]): Sha256 {
  const copied = [...sources].flatMap(([name, files]) =>
    files.map((file) => `${name}/${file.path} ${file.isProgram} ${sha256Hex(file.text)}`),
  );
  if (includes.length === 0 && copied.length === 0) return sha256Hex(text);
  const written = [...includes.map((included) => included.text), text].map((one) => sha256Hex(one));
  return sha256Hex([...written, ...copied].join("\n"));
}

function publicPath(file: string): string {
  const absolute = resolve(file);
  for (const root of [resolve("."), packageRoot()]) {
    const below = relative(root, absolute);
    if (below !== "" && !below.startsWith("..") && !isAbsolute(below)) return below.split(sep).join("/");
  }
  return basename(file);
}

/** The repository path of `image:`; a registry in front of it is left out, since Basalt publishes under its own host. */
export function repositoryOf(image: string): RepositoryName | undefined {
  try {
    const { repository, tag, digest } = parseImageReference(image);
    return tag === undefined && digest === undefined ? repository : undefined;
  } catch (error) {
    if (!(error instanceof BasaltError)) throw error;
    return undefined;
  }
}
