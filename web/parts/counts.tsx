// SPDX-License-Identifier: Apache-2.0
import type { VNode } from "preact";
import type { Counts } from "../api.js";

const SHOWN = [
  ["critical", "C", "Critical"],
  ["high", "H", "High"],
  ["medium", "M", "Medium"],
  ["low", "L", "Low"],
  ["unspecified", "?", "Unspecified"],
] as const;

/** Vulnerabilities by severity; `unknown` where nobody knows, which is not zero. */
export function CountChips({ counts }: { readonly counts: Counts | null | undefined }): VNode {
  if (counts === null || counts === undefined) return <span class="chip unknown">unknown</span>;
  const total = SHOWN.reduce((sum, [key]) => sum + counts[key], 0);
  if (total === 0) return <span class="chip none">None known</span>;
  return (
    <span class="counts">
      {SHOWN.filter(([key]) => key !== "unspecified" || counts.unspecified > 0).map(([key, letter, word]) => (
        <span
          key={key}
          class={`chip ${key}${counts[key] === 0 ? " zero" : ""}`}
          title={`${counts[key]} ${word.toLowerCase()}`}
        >
          {counts[key]} {letter}
        </span>
      ))}
    </span>
  );
}

/** Suppressed and unimportant ones, which are in no count. */
export function CountsApart({ counts }: { readonly counts: Counts | null }): VNode | null {
  if (counts === null || counts.suppressed + counts.unimportant === 0) return null;
  const parts = [
    ...(counts.unimportant === 0 ? [] : [`${counts.unimportant} that the distribution calls unimportant`]),
    ...(counts.suppressed === 0 ? [] : [`${counts.suppressed} suppressed`]),
  ];
  return <p class="muted">Counted apart: {parts.join(", ")}.</p>;
}
