// SPDX-License-Identifier: Apache-2.0
export type { Change } from "./draft.js";
export { updateDefinitions, type Updated, type UpdateOptions } from "./update.js";
