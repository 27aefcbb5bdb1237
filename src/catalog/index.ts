// SPDX-License-Identifier: Apache-2.0
export { apiPlugin, type ApiOptions } from "./api.js";
export { getImage, listImages } from "./catalog.js";
export type { CatalogDeps } from "./deps.js";
export type {
  ImageDetail,
  ImageSummary,
  ImageVersion,
  MigrationAnswer,
  PlatformContents,
  PlatformSummary,
} from "./models.js";
