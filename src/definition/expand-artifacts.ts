// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { parseImageReference } from "../formats/image-reference.js";
import type { ExpandContext } from "./condition.js";
import type { YamlPath } from "./located-yaml.js";
import type { ArtifactRequest } from "./model.js";
import type { RawArtifact } from "./raw.js";

/** Images that files are taken from, for one platform; `where` is their list. Reports `DEFINITION_ARTIFACT`, `DEFINITION_UNPINNED`. */
export function expandArtifacts(
  artifacts: readonly RawArtifact[],
  where: YamlPath,
  context: ExpandContext,
): readonly ArtifactRequest[] {
  return artifacts.flatMap((artifact, index) => {
    const at = [...where, index];
    return context.holds(artifact.if, at) ? expandArtifact(artifact, [...at, "name"], context) : [];
  });
}

/** An image by its name with a digest, which stands at `at`. Reports `DEFINITION_ARTIFACT`, `DEFINITION_UNPINNED`. */
export function expandArtifact(
  raw: RawArtifact,
  at: YamlPath,
  { report }: Pick<ExpandContext, "report">,
): readonly ArtifactRequest[] {
  const { includes = [], excludes = [], uid, gid } = raw;
  try {
    const { host, repository, digest } = parseImageReference(raw.name);
    if (digest === undefined)
      return report(at, "DEFINITION_UNPINNED", `${raw.name} names no digest`, {
        severity: "warning",
        hint: "add @sha256:…",
      });
    const owner = { ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }) };
    return [{ ...(host === undefined ? {} : { host }), repository, digest, includes, excludes, ...owner }];
  } catch (error) {
    if (!(error instanceof BasaltError)) throw error;
    return report(at, "DEFINITION_ARTIFACT", error.message);
  }
}
