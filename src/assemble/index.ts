// SPDX-License-Identifier: Apache-2.0
export { assemble, type AssembledImage, type AssembleOptions } from "./assemble.js";
export type { EntryRecord } from "./entry-record.js";
export { annotationsOf, versionOf } from "./image.js";
export type { LayerStatement } from "./layer.js";
export type { LayerDeps, LayerWork } from "./make-layer.js";
export { FileTree } from "./tree.js";
export { readLayerFile, unpackLayers } from "./unpack.js";
