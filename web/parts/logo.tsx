// SPDX-License-Identifier: Apache-2.0
import type { VNode } from "preact";
import type { ImageSummary } from "../api.js";

export function Logo({ image }: { readonly image: Pick<ImageSummary, "name" | "hasLogo" | "displayName"> }): VNode {
  if (image.hasLogo)
    return (
      <img class="logo" src={`/api/v1/images/${encodeURIComponent(image.name)}/logo`} alt="" width="48" height="48" />
    );
  return (
    <span class="logo letter" aria-hidden="true">
      {image.displayName.charAt(0).toUpperCase()}
    </span>
  );
}

/** Basalt's own mark: columns seen from above. */
export function Mark(): VNode {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <path d="M16 2l7 4v8l-7 4-7-4V6z" fill="#e8a33d" />
      <path d="M8.5 15l7 4v8l-7 4-7-4v-8z" fill="#8b98a5" />
      <path d="M23.5 15l7 4v8l-7 4-7-4v-8z" fill="#5d6a76" />
    </svg>
  );
}
