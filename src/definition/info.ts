// SPDX-License-Identifier: Apache-2.0
import { dirname, join } from "node:path";
import { readTextIfAny, statIfAny } from "../host/files.js";
import { parseLocatedYaml } from "./located-yaml.js";
import { definitionError, type Problem } from "./problem.js";
import { validateSchema } from "./schema.js";

/** What the catalogue shows about an image, from the files beside its definitions. */
export interface CatalogInfo {
  readonly displayName: string;
  readonly shortDescription: string;
  readonly isFeatured: boolean;
  readonly homeUrl?: string;
  readonly categories: readonly string[];
  readonly tools: readonly { readonly name: string; readonly description: string }[];
  /** Markdown. */
  readonly overview: string;
  /** Markdown. */
  readonly guides: string;
  /** SVG text. */
  readonly logo?: string;
}

interface RawInfo {
  readonly metadata: {
    readonly "display-name": string;
    readonly "short-description": string;
    readonly featured?: boolean;
    readonly "home-url"?: string;
    readonly categories?: readonly string[];
    readonly "included-tools"?: readonly { readonly name: string; readonly description?: string }[];
  };
}

const MAX_LOGO_BYTES = 256 * 1024;

/** Reads `info.yaml`, `overview.md`, `guides.md` and `logo.svg` of a definition's image, one or two folders up. @throws BasaltError `DEFINITION_INVALID` */
export async function loadCatalogInfo(definitionFile: string): Promise<CatalogInfo | undefined> {
  const own = dirname(definitionFile);
  // Joined, since the folder of "." would be "." again.
  for (const folder of [own, join(own, "..")]) {
    const file = join(folder, "info.yaml");
    const text = await readTextIfAny(file);
    if (text !== undefined) return readInfo(text, file, folder);
  }
  return undefined;
}

/** Problems of an `info.yaml`. */
export async function checkInfo(text: string, file: string): Promise<readonly Problem[]> {
  const yaml = parseLocatedYaml(text, file);
  const problems = yaml.problems.length > 0 ? yaml.problems : await validateSchema(yaml, "info");
  return problems.map((problem) => ({ ...problem, code: problem.code.replace(/^DEFINITION_/, "INFO_") }));
}

/** As `checkInfo`, with what lies beside the file: a page that is finished, with guides, has a logo. */
export async function lintInfo(text: string, file: string): Promise<readonly Problem[]> {
  const problems = await checkInfo(text, file);
  const logoFile = join(dirname(file), "logo.svg");
  const facts = await statIfAny(logoFile);
  const report = (message: string): readonly Problem[] => [
    ...problems,
    { file, line: 1, column: 1, severity: "warning", code: "INFO_LOGO", message },
  ];
  if (facts === undefined) {
    const hasGuides = (await statIfAny(join(dirname(file), "guides.md"))) !== undefined;
    return hasGuides ? report("there is no logo.svg beside it") : problems;
  }
  if (facts.sizeBytes > MAX_LOGO_BYTES) return report(`its logo.svg has more than ${MAX_LOGO_BYTES} bytes`);
  const isSvg = ((await readTextIfAny(logoFile)) ?? "").includes("<svg");
  return isSvg ? problems : report("its logo.svg is no SVG");
}

async function readInfo(text: string, file: string, folder: string): Promise<CatalogInfo> {
  const problems = await checkInfo(text, file);
  if (problems.length > 0) throw definitionError(problems);
  const { metadata } = parseLocatedYaml(text, file).value as RawInfo;
  const logoFile = join(folder, "logo.svg");
  const logoFacts = await statIfAny(logoFile);
  const logo =
    logoFacts !== undefined && logoFacts.sizeBytes <= MAX_LOGO_BYTES ? await readTextIfAny(logoFile) : undefined;
  return {
    displayName: metadata["display-name"],
    shortDescription: metadata["short-description"],
    isFeatured: metadata.featured ?? false,
    ...(metadata["home-url"] === undefined ? {} : { homeUrl: metadata["home-url"] }),
    categories: metadata.categories ?? [],
    tools: (metadata["included-tools"] ?? []).map((tool) => ({ name: tool.name, description: tool.description ?? "" })),
    overview: (await readTextIfAny(join(folder, "overview.md"))) ?? "",
    guides: (await readTextIfAny(join(folder, "guides.md"))) ?? "",
    ...(logo === undefined ? {} : { logo }),
  };
}
