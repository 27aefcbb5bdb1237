// SPDX-License-Identifier: Apache-2.0
import type { RawTracker } from "../definition/index.js";
import { findDebian } from "./debian.js";
import { findInFile } from "./file.js";
import type { Finding, TrackContext } from "./finding.js";
import { findGithubBranch, findGitTags } from "./git.js";
import { findNpm } from "./npm.js";
import { findOci } from "./oci.js";

/** Trackers that ask somebody. */
export type SourceTracker = Exclude<RawTracker, { readonly type: "var_increment" | "alpine_package" }>;

/** What a tracker finds on one platform. */
export function find(tracker: SourceTracker, context: TrackContext): Promise<Finding> {
  switch (tracker.type) {
    case "npm_package":
      return findNpm(tracker, context);
    case "git_tag":
    case "github_tag":
    case "github_release":
      return findGitTags(tracker, context);
    case "github_repository":
      return findGithubBranch(tracker, context);
    case "debian_package":
      return findDebian(tracker, context);
    case "oci_artifact":
      return findOci(tracker, context);
    case "file":
    case "json_file":
      return findInFile(tracker, context);
  }
}
