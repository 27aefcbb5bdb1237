// SPDX-License-Identifier: Apache-2.0
export { apiPlugin, type ApiOptions } from "./api.js";
export { getImage, listImages, type CatalogDeps } from "./catalog.js";
export type { ImageDetail, ImageSummary, ImageVersion, PlatformContents, PlatformSummary } from "./models.js";
