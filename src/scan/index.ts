// SPDX-License-Identifier: Apache-2.0
export { compareScans, hasPackageChange, isWorse, type Comparison, type PackageChange } from "./compare.js";
export { countAll, countFindings, isCounted, totalOf, type Counts } from "./counts.js";
export type { AffectedPackage, Finding, NotAffected, ScanResult, Unknown } from "./finding.js";
export { match, type Statements } from "./match.js";
export {
  formatCompare,
  formatCompareMarkdown,
  formatCompareOverview,
  PLAIN,
  toCompareJson,
  toSide,
} from "./report/compare.js";
export { explainFinding, formatCves } from "./report/cves.js";
export { formatQuickview, notes, type Comparand } from "./report/quickview.js";
export { formatTable } from "./report/table.js";
export { countsText, sizeText, type Paint } from "./report/words.js";
export { scanImage, storedVex, toScan, type ImageScan, type ScanOptions } from "./scan-image.js";
export { toVulnsPredicate, type VulnsPredicate, type VulnsResult } from "./vulns.js";
