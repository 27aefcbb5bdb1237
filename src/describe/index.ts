// SPDX-License-Identifier: Apache-2.0
import type { AssembledImage } from "../assemble/index.js";
import { definitionFiles } from "../definition/index.js";
import { formatBuildInputs } from "../formats/build-inputs.js";
import { PREDICATE_TYPES, toStatement, type Statement } from "../formats/in-toto.js";
import type { Descriptor } from "../formats/oci/manifest.js";
import type { TestedImage } from "../image-tests/index.js";
import { mergeFacts, toInventory, type Inventory } from "../inventory/index.js";
import { toProvenance, type BuildFacts } from "./provenance.js";
import { toSpdx } from "./sbom.js";
import { toTestResult } from "./test-result.js";

export type { BuildFacts } from "./provenance.js";

/** What is said about one manifest. */
export interface Description {
  readonly subject: Descriptor;
  readonly statements: readonly Statement[];
  /** Of a platform's image: what any scanner would find in its layers. */
  readonly inventory?: Inventory;
}

/** SBOM and provenance of a platform's image, what its tests found, and what its build stages attest. */
export function describeImage(assembled: TestedImage, facts: BuildFacts): Description {
  const { testReport } = assembled;
  const inventory = toInventory(mergeFacts(assembled.layers.map((layer) => layer.facts)));
  const subject = { name: assembled.image.image, digest: assembled.manifest.digest };
  return {
    subject: assembled.manifest,
    inventory,
    statements: [
      toStatement(subject, PREDICATE_TYPES.spdx, toSpdx(assembled, inventory, `basalt-${facts.version}`)),
      toStatement(subject, PREDICATE_TYPES.slsaProvenance, toProvenance([assembled], facts)),
      toStatement(subject, PREDICATE_TYPES.lock, toBuildInputs([assembled], facts)),
      ...(testReport === undefined
        ? []
        : [toStatement(subject, PREDICATE_TYPES.testResult, toTestResult(testReport, facts))]),
      ...assembled.layers.flatMap(({ statements = [] }) =>
        statements.map(({ predicateType, predicate }) => toStatement(subject, predicateType, predicate)),
      ),
    ],
  };
}

/** Provenance and lock of the index over all platforms. */
export function describeIndex(manifest: Descriptor, images: readonly AssembledImage[], facts: BuildFacts): Description {
  const subject = { name: images[0]?.image.image ?? "", digest: manifest.digest };
  return {
    subject: manifest,
    statements: [
      toStatement(subject, PREDICATE_TYPES.slsaProvenance, toProvenance(images, facts)),
      toStatement(subject, PREDICATE_TYPES.lock, toBuildInputs(images, facts)),
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
