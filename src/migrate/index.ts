// SPDX-License-Identifier: Apache-2.0
export { migrateDockerfile } from "./migrate.js";
export { loadMappings, type Mappings } from "./mappings.js";
export { readContext } from "./context.js";
export { customizationFile, customizationText } from "./customization.js";
export { formatDiff, formatMigrationSarif, formatReport, toMigrationJson } from "./report.js";
export { parseRegistry } from "./registry.js";
export { suggestForManifest } from "./manifests.js";
export { tryDockerfile, type HttpAnswer, type Probe, type Trial } from "./trial.js";
export { compareTrials, isRoot, type Verification } from "./verification.js";
export { RULES, type RuleId } from "./rules.js";
export type {
  BuildContext,
  Change,
  Customization,
  Finding,
  MigrateOptions,
  Migration,
  MigrationJson,
} from "./model.js";
