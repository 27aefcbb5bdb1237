// SPDX-License-Identifier: Apache-2.0
import { PREDICATE_TYPES, type Statement } from "../formats/in-toto.js";
import { toInIndexAttestation, type InIndexAttestation } from "../formats/oci/in-index.js";
import type { SlsaProvenance } from "../formats/slsa.js";
import type { Description } from "./description.js";

/** What BuildKit puts into an index. */
const IN_INDEX: readonly string[] = [PREDICATE_TYPES.spdx, PREDICATE_TYPES.slsaProvenance];

/** SBOM and provenance of each image, for the index over them; without times, so that an image that did not change keeps its index. */
export function describeInIndex(images: readonly Description[]): readonly InIndexAttestation[] {
  return images.map(({ subject, statements }) => {
    const made = statements
      .filter(({ predicateType }) => IN_INDEX.includes(predicateType))
      .flatMap(({ make }) => make() ?? []);
    return toInIndexAttestation(made.map(withoutTimes), subject);
  });
}

function withoutTimes(statement: Statement): Statement {
  if (statement.predicateType !== PREDICATE_TYPES.slsaProvenance) return statement;
  const { runDetails, ...rest } = statement.predicate as SlsaProvenance;
  const { metadata: _times, ...details } = runDetails;
  return { ...statement, predicate: { ...rest, runDetails: details } };
}
