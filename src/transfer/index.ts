// SPDX-License-Identifier: Apache-2.0
export { createArchiveWriter, type ArchiveOptions } from "./archive-writer.js";
export { copyImage, type CopyOptions } from "./copy-image.js";
export type { ImageReader, ImageWriter } from "./endpoint.js";
export { openArchive, openFolder } from "./layout-files.js";
export { createLayoutWriter, openLayoutImage } from "./oci-layout.js";
export { openArchiveImage } from "./saved-archive.js";
export { createStoreWriter, hasStoreImage, openStoreImage } from "./store-image.js";
