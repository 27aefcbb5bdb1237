// SPDX-License-Identifier: Apache-2.0
import type { YamlPath } from "./located-yaml.js";

/** Notes an error at a place of the definition, and answers nothing in place of what is wrong. */
export type Report = (path: YamlPath, code: string, message: string) => readonly never[];
