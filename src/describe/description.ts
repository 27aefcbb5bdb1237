// SPDX-License-Identifier: Apache-2.0
import { toStatement, type Statement } from "../formats/in-toto.js";
import type { Descriptor } from "../formats/oci/manifest.js";
import type { VexDocument, VexStatement } from "../formats/openvex.js";
import type { Inventory } from "../inventory/index.js";
import type { ScanResult } from "../scan/index.js";

/** A statement that is made when it turns out to be needed: an image that did not change keeps those that it has. */
export interface StatementSource {
  readonly predicateType: string;
  /** Undefined where there is nothing to say any more, and what was said before is taken back. */
  readonly make: () => Statement | undefined;
  /**
   * Whether it speaks of the world around the image, which changes: then a statement that says something else takes the place of the
   * former one. @default false
   */
  readonly isRenewed?: boolean;
}

/** What is said about one manifest. */
export interface Description {
  readonly subject: Descriptor;
  readonly statements: readonly StatementSource[];
  /** Of a platform's image: what any scanner would find in its layers. */
  readonly inventory?: Inventory;
  /** Of a platform's image: what is known against it. */
  readonly scan?: ScanResult;
  /** What is stated about its vulnerabilities: by files beside the definition, and all of it. */
  readonly vex?: { readonly stated: readonly VexStatement[]; readonly document?: VexDocument };
}

/** Makes statements about one manifest. */
export function sourcesFor(
  name: string,
  { digest }: Descriptor,
): (predicateType: string, predicate: () => object) => StatementSource {
  return (predicateType, predicate) => ({
    predicateType,
    make: () => toStatement({ name, digest }, predicateType, predicate()),
  });
}
