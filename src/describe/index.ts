// SPDX-License-Identifier: Apache-2.0
import type { AssembledImage } from "../assemble/index.js";
import { definitionFiles } from "../definition/index.js";
import { formatBuildInputs } from "../formats/build-inputs.js";
import { PREDICATE_TYPES } from "../formats/in-toto.js";
import type { Descriptor } from "../formats/oci/manifest.js";
import type { TestedImage } from "../image-tests/index.js";
import { mergeFacts, toInventory } from "../inventory/index.js";
import { toLicenses } from "./licenses.js";
import { toBill } from "./bill.js";
import { toCycloneDx } from "./cyclonedx.js";
import { sourcesFor, type Description } from "./description.js";
import { toProvenance, type BuildFacts } from "./provenance.js";
import { toSpdx } from "./spdx.js";
import { toTestResult } from "./test-result.js";

export { toAnalysedBill, type AnalysedImage } from "./bill.js";
export { toCycloneDx } from "./cyclonedx.js";
export { toSpdx } from "./spdx.js";
export type { Description, StatementSource } from "./description.js";
export { describeInIndex } from "./in-index.js";
export { describeKnown, describeKnownOfAll, type KnownFacts } from "./known.js";
export { describeChanges, describeJudged, type Judged, type SummaryFacts } from "./judged.js";
export type { BuildFacts } from "./provenance.js";

/** SBOMs, provenance and lock of a platform's image, what its tests found, and what its build stages attest. */
export function describeImage(assembled: TestedImage, facts: BuildFacts): Description {
  const { testReport, image, manifest } = assembled;
  const { version } = facts;
  const inventory = toInventory(mergeFacts(assembled.layers.map((layer) => layer.facts)));
  const say = sourcesFor(image.image, manifest);
  let bill: ReturnType<typeof toBill> | undefined;
  const theBill = (): ReturnType<typeof toBill> => (bill ??= toBill(assembled, inventory));
  return {
    subject: manifest,
    inventory,
    statements: [
      say(PREDICATE_TYPES.spdx, () => toSpdx(theBill(), `basalt-${version}`)),
      say(PREDICATE_TYPES.cycloneDx, () => toCycloneDx(theBill(), { name: "basalt", version })),
      say(PREDICATE_TYPES.licenses, () => toLicenses(theBill())),
      say(PREDICATE_TYPES.slsaProvenance, () => toProvenance([assembled], facts)),
      say(PREDICATE_TYPES.lock, () => toBuildInputs([assembled], facts)),
      ...(testReport === undefined ? [] : [say(PREDICATE_TYPES.testResult, () => toTestResult(testReport, facts))]),
      ...assembled.layers.flatMap(({ statements = [] }) =>
        statements.map(({ predicateType, predicate }) => say(predicateType, () => predicate)),
      ),
    ],
  };
}

/** Provenance and lock of the index over all platforms. */
export function describeIndex(subject: Descriptor, images: readonly AssembledImage[], facts: BuildFacts): Description {
  const say = sourcesFor(images[0]?.image.image ?? "", subject);
  return {
    subject,
    statements: [
      say(PREDICATE_TYPES.slsaProvenance, () => toProvenance(images, facts)),
      say(PREDICATE_TYPES.lock, () => toBuildInputs(images, facts)),
    ],
  };
}

/** Lock and definition; of one platform's image only its part, so that it says the same whatever else was built with it. */
function toBuildInputs(images: readonly AssembledImage[], { definition, lock, host }: BuildFacts): object {
  const platforms = images.map(({ image }) => image.platform);
  const epoch = host.env["SOURCE_DATE_EPOCH"];
  return formatBuildInputs({
    lock: { ...lock, platforms: Object.fromEntries(images.map(({ image, locked }) => [image.platform, locked])) },
    definition: definitionFiles(definition),
    platforms,
    ...(epoch !== undefined && /^[0-9]+$/.test(epoch) ? { sourceDateEpoch: epoch } : {}),
  });
}
