// SPDX-License-Identifier: Apache-2.0
import type { VNode } from "preact";

/** A command with a button that copies it. */
export function Copyable({ text }: { readonly text: string }): VNode {
  return (
    <div class="copyable">
      <code>{text}</code>
      <button type="button" data-copy={text} aria-label={`Copy: ${text}`}>
        Copy
      </button>
    </div>
  );
}
