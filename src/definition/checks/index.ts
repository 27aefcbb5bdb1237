// SPDX-License-Identifier: Apache-2.0
import { checkAccounts } from "./accounts.js";
import type { Check } from "./check.js";
import { checkDates } from "./dates.js";
import { checkDownloads } from "./downloads.js";
import { checkImage } from "./image.js";
import { checkNames } from "./names.js";
import { checkPackages } from "./packages.js";
import { checkPaths } from "./paths.js";
import { checkRuntime } from "./runtime.js";
import { checkStages } from "./stages.js";
import { checkTags } from "./tags.js";
import { checkTrackers } from "./trackers.js";
import { checkVariables } from "./variables.js";

export type { CheckContext } from "./check.js";

export const CHECKS: readonly Check[] = [
  checkTags,
  checkDates,
  checkVariables,
  checkNames,
  checkImage,
  checkPackages,
  checkDownloads,
  checkStages,
  checkPaths,
  checkAccounts,
  checkRuntime,
  checkTrackers,
];
