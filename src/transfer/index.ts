// SPDX-License-Identifier: Apache-2.0
export { createArchiveWriter, type ArchiveOptions } from "./archive-writer.js";
export { copyImage, type CopyOptions } from "./copy-image.js";
export { findDockerEngine, type DockerEngine } from "./docker-engine.js";
export type { ImageReader, ImageWriter } from "./endpoint.js";
export { openArchive, openFolder } from "./layout-files.js";
export { createLayoutWriter, openLayoutImage } from "./oci-layout.js";
export { openImage, requireRemote } from "./open-image.js";
export { isImageConfig, openPlatformImage, type PlatformImage } from "./platform-image.js";
export { createRegistryWriter, openRegistryImage, type RemoteReference } from "./registry-image.js";
export { openArchiveImage } from "./saved-archive.js";
export { createStoreWriter, openStoreImage } from "./store-image.js";
