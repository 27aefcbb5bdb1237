// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { parseGitUrl } from "../host/git-url.js";
import { parseNpmUrl } from "../host/npm-registry.js";
import { isWanted, type ExpandContext } from "./condition.js";
import { cleanPath } from "./expand-paths.js";
import { isPinned, pinOf } from "./file-pin.js";
import type { YamlPath } from "./located-yaml.js";
import type { FileRequest } from "./model.js";
import type { RawFile } from "./raw.js";

/**
 * Downloads for one platform; `where` is their list in the definition. In a stage, where something is missing from the pins is told of
 * the stage, those that neither a pin nor a step of it (`isVerified`) vouches for are left out. Reports `DEFINITION_FILE`, `DEFINITION_PATH`, and what `pinOf` does.
 */
export function expandFiles(
  files: readonly RawFile[],
  where: YamlPath,
  context: ExpandContext,
  isVerified?: (file: RawFile) => boolean,
): readonly FileRequest[] {
  return files.flatMap((file, index) => {
    const at = [...where, index];
    const hasWitness = isVerified?.(file) === true;
    if (isVerified !== undefined && !hasWitness && !isPinned(file)) return [];
    return isWanted(file, at, context) ? expandFile(file, at, { ...context, isVerified: hasWitness }) : [];
  });
}

function expandFile(
  file: RawFile,
  at: YamlPath,
  context: ExpandContext & { readonly isVerified: boolean },
): readonly FileRequest[] {
  const { report } = context;
  const unusable = problemOfUrl(file.url);
  if (unusable !== undefined) return report([...at, "url"], "DEFINITION_FILE", unusable);
  if (file["secret-id"] !== undefined)
    report(
      [...at, "secret-id"],
      "DEFINITION_UNSUPPORTED",
      "this version of Basalt does not build downloads with a secret",
    );
  const pin = pinOf(file, at, context);
  if (pin === undefined) return [];
  return [
    {
      url: file.url,
      pin,
      path: cleanPath(file.path, [...at, "path"], report),
      includes: file.includes ?? [],
      excludes: file.excludes ?? [],
      uid: file.uid ?? 0,
      gid: file.gid ?? 0,
      ...(file.mode === undefined ? {} : { mode: Number.parseInt(file.mode, 8) }),
      software: softwareOf(file),
    },
  ];
}

/** What is wrong with the address of a download. Over plain HTTP the checksum alone says what it is. */
export function problemOfUrl(url: string): string | undefined {
  if (/^https?:\/\//.test(url)) return URL.canParse(url) ? undefined : `not a URL: ${JSON.stringify(url)}`;
  const parse = url.startsWith("npm:") ? parseNpmUrl : /^git\+https?:\/\//.test(url) ? parseGitUrl : undefined;
  if (parse === undefined) return `only npm:, https: and git+https: URLs can be fetched, not ${JSON.stringify(url)}`;
  try {
    parse(url);
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
