// SPDX-License-Identifier: Apache-2.0
export { expandDefinition, expandWithObstacles } from "./expand.js";
export { CATALOG_FOLDERS, findDefinitions, listDefinitions } from "./find.js";
export { lintFiles, type LintResult } from "./lint.js";
export { loadCatalogInfo, type CatalogInfo } from "./info.js";
export type {
  Accounts,
  ArtifactRequest,
  Definition,
  FileCheck,
  FileRequest,
  ImageDefinition,
  ImageTest,
  OsRelease,
  PackageRequest,
  PathEdit,
  Software,
  Stage,
  StageOutput,
  Step,
  TestCommand,
  Variant,
} from "./model.js";
export { SOURCE_FOLDER, TARGET_FOLDER } from "./expand-stages.js";
export { loadDefinition, parseDefinition } from "./parse.js";
export { isQuickRegex } from "./quick-regex.js";
export { formatProblem, type Problem } from "./problem.js";
export { problemAt } from "./report.js";
