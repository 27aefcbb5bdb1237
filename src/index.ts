// SPDX-License-Identifier: Apache-2.0

/** What programs may build on; everything else may change in any version. */
export { findDefinitions, loadDefinition, parseDefinition, type Definition } from "./definition/index.js";
export { BasaltError, ERRORS, type ErrorCode } from "./errors.js";
export { formatLock, parseLock, type Lock } from "./formats/lock.js";
export { createHost, type Host } from "./host/host.js";
export { build, type BuildDeps, type BuildOptions, type BuiltImage } from "./pipeline.js";
export { resolve, type BuildEvent } from "./resolve/index.js";
export { compareScans, scanImage, type Comparison, type Finding, type ImageScan } from "./scan/index.js";
export { importFeeds, openAdvisories, type Advisories } from "./advisories/index.js";
export { startServer, type RunningServer, type ServerOptions } from "./server.js";
export { openSigner, type Signer } from "./sign/index.js";
export { openStore, type Store } from "./store/index.js";
export { copyImage, openImage, type ImageReader, type ImageWriter } from "./transfer/index.js";
