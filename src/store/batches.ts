// SPDX-License-Identifier: Apache-2.0

/** With four columns an eighth of the 32,766 values that a statement may have. Source: sqlite.org/limits.html, "SQLITE_MAX_VARIABLE_NUMBER". */
const BATCH_ROWS = 1000;

/** Cuts rows into as many as one statement takes; none for no rows. */
export function* batchesOf<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < rows.length; at += BATCH_ROWS) yield rows.slice(at, at + BATCH_ROWS);
}
