// SPDX-License-Identifier: Apache-2.0
import type { Ecosystem } from "./contract.js";
import { nodejs } from "./nodejs.js";
import { npm } from "./npm.js";

export type { Ecosystem, FileInterest, FoundSoftware, Scanner } from "./contract.js";

/** Every ecosystem that Basalt knows, beside the distributions. */
export const ECOSYSTEMS: readonly Ecosystem[] = [nodejs, npm];
