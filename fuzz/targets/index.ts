// SPDX-License-Identifier: Apache-2.0
import type { FuzzTarget } from "../target.js";
import { ALPINE_TARGETS } from "./alpine.js";
import { BINARY_TARGETS } from "./binary.js";
import { EVIDENCE_TARGETS } from "./evidence.js";
import { INPUT_TARGETS } from "./inputs.js";
import { MIGRATE_TARGETS } from "./migrate.js";
import { OPENPGP_TARGETS } from "./openpgp.js";
import { REGISTRY_TARGETS } from "./registry.js";
import { TEXT_TARGETS } from "./text.js";

export const TARGETS: readonly FuzzTarget[] = [
  ...BINARY_TARGETS,
  ...ALPINE_TARGETS,
  ...TEXT_TARGETS,
  ...OPENPGP_TARGETS,
  ...INPUT_TARGETS,
  ...REGISTRY_TARGETS,
  ...MIGRATE_TARGETS,
  ...EVIDENCE_TARGETS,
];
