// SPDX-License-Identifier: Apache-2.0
import type { Digest } from "../../formats/digest.js";
import type { RegistryRequest } from "./exchange.js";

/** The entity tag of some content: its digest says it all. */
export function entityTag(digest: Digest): string {
  return `"${digest}"`;
}

/** Whether the client says that it has the content: compared weakly, and among others. Source: RFC 9110, 13.1.2 and 8.8.3. */
export function isCached(request: RegistryRequest, digest: Digest): boolean {
  const header = request.header("if-none-match") ?? "";
  return header.trim() === "*" || [...header.matchAll(/"[^"]*"/g)].some(([tag]) => tag === entityTag(digest));
}
