// SPDX-License-Identifier: Apache-2.0
import type { VNode } from "preact";
import type { ApiError } from "../api.js";

export function failureTitle({ status }: ApiError): string {
  if (status === 404) return "Not found";
  return status === 401 ? "Log in" : "That did not work";
}

export function FailurePage({ error }: { readonly error: ApiError }): VNode {
  return (
    <section class="empty">
      <h1>{failureTitle(error)}</h1>
      <p>{error.message}</p>
      <p>
        <a href="/">Back to the catalogue</a>
      </p>
    </section>
  );
}
