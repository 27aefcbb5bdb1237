// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { parseIntegrity } from "../../formats/integrity.js";
import { problemOfUrl, UNPINNED_HINT } from "../expand-files.js";
import type { YamlPath } from "../located-yaml.js";
import type { RawArtifact, RawFile } from "../raw.js";
import type { Report } from "../report.js";
import type { CheckContext } from "./check.js";
import { checkPurl } from "./purl.js";

/** What comes from elsewhere: pinned by content, and from places that can be asked. Downloads of the image itself, and images, are checked on expansion. */
export function checkDownloads({ raw, report }: CheckContext): void {
  checkArtifacts(raw.contents.artifacts ?? [], ["contents", "artifacts"], report);
  for (const [index, file] of (raw.contents.files ?? []).entries())
    checkFile(file, ["contents", "files", index], report);
  for (const [index, stage] of (raw.contents.builds ?? []).entries()) {
    const at = ["contents", "builds", index];
    for (const [position, file] of (stage.contents?.files ?? []).entries())
      checkStageFile(file, [...at, "contents", "files", position], report);
    checkArtifacts(stage.contents?.artifacts ?? [], [...at, "contents", "artifacts"], report);
  }
}

/** What is wrong with a download wherever it is. */
function checkFile({ url, path, spdx }: RawFile, at: YamlPath, report: Report): void {
  if (/\s/.test(url)) report([...at, "url"], "DEFINITION_FILE", "a URL has no blanks");
  if (/^[a-z+]+:\/\/[^/]*:[^/]*@/.test(url))
    report([...at, "url"], "DEFINITION_FILE", "the URL has a password in it", {
      hint: "whoever reads the definition or its provenance sees it",
    });
  if (!path.startsWith("/"))
    report([...at, "path"], "DEFINITION_PATH", `${JSON.stringify(path)} does not begin with /`);
  for (const [index, { purl }] of (spdx?.packages ?? []).entries())
    checkPurl(purl, [...at, "spdx", "packages", index, "purl"], report);
}

function checkStageFile(file: RawFile, at: YamlPath, report: Report): void {
  checkFile(file, at, report);
  const unusable = problemOfUrl(file.url);
  if (unusable !== undefined) report([...at, "url"], "DEFINITION_FILE", unusable);
  const { checksum } = file;
  const isGit = file.url.startsWith("git+");
  if (checksum === undefined) {
    const hint = isGit ? "add checksum: with the commit that the reference must lead to" : UNPINNED_HINT;
    report(at, "DEFINITION_UNPINNED", "the download has no checksum", { severity: "warning", hint });
  } else if (isGit && !/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(checksum)) {
    report([...at, "checksum"], "DEFINITION_CHECKSUM", `not a commit: ${JSON.stringify(checksum)}`);
  } else if (!isGit && !/^https?:\/\//.test(checksum)) {
    checkChecksum(checksum, [...at, "checksum"], report);
  }
}

function checkChecksum(checksum: string, at: YamlPath, report: Report): void {
  try {
    parseIntegrity(checksum);
  } catch (error) {
    if (!(error instanceof BasaltError)) throw error;
    report(at, "DEFINITION_CHECKSUM", error.message);
  }
}

function checkArtifacts(artifacts: readonly RawArtifact[], at: YamlPath, report: Report): void {
  for (const [index, artifact] of artifacts.entries()) {
    for (const key of ["includes", "excludes"] as const) {
      for (const [position, glob] of (artifact[key] ?? []).entries())
        if (glob.startsWith("/") || glob.split("/").includes(".."))
          report(
            [...at, index, key, position],
            "DEFINITION_GLOB",
            `${JSON.stringify(glob)} is not below the image's root`,
            {
              hint: "without a leading slash, and without ..",
            },
          );
    }
  }
}
