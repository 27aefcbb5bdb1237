// SPDX-License-Identifier: Apache-2.0
import { problemOfUrl } from "../expand-files.js";
import { pinOf } from "../file-pin.js";
import type { YamlPath } from "../located-yaml.js";
import type { RawArtifact, RawFile } from "../raw.js";
import type { Report } from "../report.js";
import type { CheckContext } from "./check.js";
import { isVerifiedIn } from "../verified-downloads.js";
import { checkPurl } from "./purl.js";

/** What comes from elsewhere: pinned by content, and from places that can be asked. Downloads of the image itself, and images, are checked on expansion. */
export function checkDownloads({ definition, raw, report }: CheckContext): void {
  checkArtifacts(raw.contents.artifacts ?? [], ["contents", "artifacts"], report);
  for (const [index, file] of (raw.contents.files ?? []).entries())
    checkFile(file, ["contents", "files", index], report);
  for (const [index, stage] of (raw.contents.builds ?? []).entries()) {
    const at = ["contents", "builds", index];
    const isVerified = isVerifiedIn(stage);
    // Those that something pins were looked at on expansion, as far as conditions let them in.
    for (const [position, file] of (stage.contents?.files ?? []).entries()) {
      const place = [...at, "contents", "files", position];
      checkFile(file, place, report);
      const unusable = problemOfUrl(file.url);
      if (unusable !== undefined) report([...place, "url"], "DEFINITION_FILE", unusable);
      else pinOf(file, place, { report, sources: definition.sources, isVerified: isVerified(file) });
    }
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
