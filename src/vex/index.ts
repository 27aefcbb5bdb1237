// SPDX-License-Identifier: Apache-2.0
export { mergeVexDocuments, toVexDocument, type DerivedStatement, type VexMaker } from "./document.js";
export { feedIndex, feedPath, vexFeed, type VexFeed } from "./feed.js";
export { addToVexFile, loadStatedFiles, readVexFile, statedBy, vexFileOf } from "./files.js";
export type { NamedImage } from "./names.js";
export { packagesOf, suppressionsBy, type LookedAt, type Suppression, type VexSource } from "./statements.js";
export { loadStated, loadVex, loadVexDocuments, saveStated, saveVex, vexStamp, type StoredVex } from "./stored.js";
