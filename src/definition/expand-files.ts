// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { parseIntegrity } from "../formats/integrity.js";
import { parseNpmUrl } from "../host/npm-registry.js";
import { isWanted, type ExpandContext } from "./condition.js";
import { cleanPath } from "./expand-paths.js";
import type { YamlPath } from "./located-yaml.js";
import type { FileRequest } from "./model.js";
import type { RawFile } from "./raw.js";
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
