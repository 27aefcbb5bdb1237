// SPDX-License-Identifier: Apache-2.0
import { problemOfUrl } from "../expand-files.js";
import { pinOf } from "../file-pin.js";
import type { YamlPath } from "../located-yaml.js";
import type { RawArtifact } from "../raw.js";
import type { Report } from "../report.js";
import type { CheckContext } from "./check.js";

/** What comes from elsewhere: pinned by content, and from places that can be asked. Downloads of the image itself, and images, are checked on expansion. */
export function checkDownloads({ definition, raw, report }: CheckContext): void {
  checkArtifacts(raw.contents.artifacts ?? [], ["contents", "artifacts"], report);
  for (const [index, stage] of (raw.contents.builds ?? []).entries()) {
    const at = ["contents", "builds", index];
    // Those that something pins were looked at on expansion, as far as conditions let them in.
    for (const [position, file] of (stage.contents?.files ?? []).entries()) {
      const place = [...at, "contents", "files", position];
      const unusable = problemOfUrl(file.url);
      if (unusable !== undefined) report([...place, "url"], "DEFINITION_FILE", unusable);
      else pinOf(file, place, { report, sources: definition.sources });
    }
    checkArtifacts(stage.contents?.artifacts ?? [], [...at, "contents", "artifacts"], report);
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
