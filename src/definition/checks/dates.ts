// SPDX-License-Identifier: Apache-2.0
import type { CheckContext } from "./check.js";

/** Days that are none, a life that ends before it begins, and one that is over. */
export function checkDates({ raw: { dates = {} }, report, today }: CheckContext): void {
  for (const [key, day] of Object.entries(dates)) {
    if (["release", "end-of-life", "end-of-support"].includes(key) && !isDay(day))
      report(["dates", key], "DEFINITION_DATE", `there is no day ${day}`);
  }
  const { release, "end-of-life": end } = dates;
  if (end === undefined) return;
  if (release !== undefined && end < release)
    report(["dates", "end-of-life"], "DEFINITION_DATE", `the end of life, ${end}, is before the release, ${release}`);
  else if (end < today)
    report(["dates", "end-of-life"], "DEFINITION_END_OF_LIFE", `its life ended on ${end}`, {
      severity: "warning",
      hint: "move to a newer line, or take the image out of the catalogue",
    });
}

function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
