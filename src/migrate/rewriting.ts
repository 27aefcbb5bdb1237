// SPDX-License-Identifier: Apache-2.0
import type { ChosenTarget, FinalFacts } from "./final-plan.js";
import type { Mappings } from "./mappings.js";
import type { MigrateOptions } from "./model.js";
import type { Notes } from "./notes.js";
import type { StagedFile } from "./stages.js";

/** What every step of rewriting one Dockerfile works with. */
export interface Rewriting {
  readonly staged: StagedFile;
  readonly facts: FinalFacts;
  readonly chosen: ChosenTarget;
  readonly mappings: Mappings;
  readonly options: MigrateOptions;
  readonly notes: Notes;
}
