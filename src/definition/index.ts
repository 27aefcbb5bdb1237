// SPDX-License-Identifier: Apache-2.0
export { definitionFiles, restoreDefinition } from "./definition-files.js";
export { expandDefinition, expandWithObstacles, readDefinition } from "./expand.js";
export { CATALOG_FOLDERS, findDefinitions, listDefinitionFiles, listDefinitions } from "./find.js";
export { lintDefinition, lintFiles, type LintResult } from "./lint.js";
export { loadCatalogInfo, type CatalogInfo } from "./info.js";
export type {
  Accounts,
  ArtifactRequest,
  Definition,
  FileCheck,
  FilePin,
  FileRequest,
  HostWork,
  ImageDefinition,
  ImageTest,
  OsRelease,
  PackageRequest,
  PathEdit,
  PomWork,
  RunStep,
  ScanWork,
  SignaturePin,
  Software,
  Stage,
  StageOutput,
  Step,
  TestCommand,
  Variant,
  VerifyWork,
} from "./model.js";
export { SOURCE_FOLDER, TARGET_FOLDER } from "./stage-folders.js";
export { loadDefinition, parseDefinition } from "./parse.js";
export { formatProblem, type Problem } from "./problem.js";
export type { RawTracker } from "./raw-trackers.js";
export { setVariable, type PlatformValues } from "./set-variable.js";
export { problemAt } from "./report.js";
