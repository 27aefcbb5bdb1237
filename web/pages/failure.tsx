// SPDX-License-Identifier: Apache-2.0
import type { VNode } from "preact";
import type { ApiError } from "../api.js";

export function FailurePage({ error }: { readonly error: ApiError }): VNode {
  return (
    <section class="empty">
      <h1>{error.status === 404 ? "Not found" : error.status === 401 ? "Log in" : "That did not work"}</h1>
      <p>{error.message}</p>
      <p>
        <a href="/">Back to the catalogue</a>
      </p>
    </section>
  );
}
