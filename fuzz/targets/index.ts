// SPDX-License-Identifier: Apache-2.0
import type { FuzzTarget } from "../target.js";
import { BINARY_TARGETS } from "./binary.js";
import { TEXT_TARGETS } from "./text.js";

export const TARGETS: readonly FuzzTarget[] = [...BINARY_TARGETS, ...TEXT_TARGETS];
