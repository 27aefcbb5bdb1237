// SPDX-License-Identifier: Apache-2.0
import { compareText } from "./canonical-json.js";

/** Numbers and what libraries carry behind them: `libssl3t64`, `python3.13`, `nodejs-22`, `gcc-14-base`. */
const VERSION_PARTS = /[-.]?[0-9]+(?:[.-][0-9]+)*(?:t64)?/g;
const WORST = 3; // of the ranks below

/**
 * Names that somebody may have meant by `name`, best first: those that are few letters away, that are the same but for a
 * version, that begin with it, or that it begins with. One pass over `names`.
 */
export function nearNames(name: string, names: Iterable<string>, limit = 3): readonly string[] {
  const found: { readonly candidate: string; readonly rank: number }[] = [];
  const stem = stemOf(name);
  for (const candidate of names) {
    const rank = rankOf(name, stem, candidate);
    if (rank <= WORST) found.push({ candidate, rank });
  }
  return found
    .sort((a, b) => a.rank - b.rank || a.candidate.length - b.candidate.length || compareText(a.candidate, b.candidate))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

function rankOf(name: string, stem: string, candidate: string): number {
  const more = candidate.length - name.length;
  const isLonger = name.length >= 3 && candidate.startsWith(name);
  // Letters that are missing at the end are the likeliest slip.
  if (isLonger && more <= 2) return more === 0 ? 0 : 0.5;
  if (candidate.startsWith(stem) && stemOf(candidate) === stem) return 1.5;
  const most = name.length <= 5 ? 1 : 2;
  if (Math.abs(more) <= most && candidate[0] === name[0]) {
    const distance = editDistance(name, candidate);
    if (distance <= most) return distance;
  }
  return isLonger || (candidate.length >= 3 && name.startsWith(`${candidate}-`)) ? WORST : WORST + 1;
}

function stemOf(name: string): string {
  const stem = name.replaceAll(VERSION_PARTS, "");
  return stem === "" ? name : stem;
}

/**
 * How many letters have to be added, dropped, changed or swapped with their neighbour. Source: "optimal string alignment", as
 * in G. Navarro, A guided tour to approximate string matching (2001), section 2.
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwap ? (beforeLast[j - 2] ?? 0) + 1 : change;
      row.push(Math.min(change, swap, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
