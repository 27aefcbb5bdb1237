// SPDX-License-Identifier: Apache-2.0
export type { Advisory, FeedKind, Vulnerability } from "./feed.js";
export { exportAdvisories, importFeeds, type Imported } from "./import-feeds.js";
export { createAdvisoriesProvider, type AdvisoriesProvider } from "./provider.js";
export { openAdvisories, type Advisories, type StoredAdvisory, type StoredFeed } from "./read.js";
export { feedSources, updateFeeds, type FeedSource, type Updated } from "./update-feeds.js";
