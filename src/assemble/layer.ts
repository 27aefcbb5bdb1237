// SPDX-License-Identifier: Apache-2.0
import type { PackageFacts } from "../distro/index.js";
import type { LayerFacts } from "../inventory/index.js";
import type { DiffId } from "../formats/digest.js";
import type { Descriptor } from "../formats/oci/manifest.js";
import type { EntryRecord } from "./entry-record.js";

/** A layer that stands in the blob store, and what is in it. */
export interface Layer {
  readonly descriptor: Descriptor;
  readonly diffId: DiffId;
  /** What it holds, for the image's history. */
  readonly title: string;
  readonly newestMtimeSeconds: number;
  readonly entries: readonly EntryRecord[];
  /** Of the packages in it. */
  readonly packages: readonly PackageFacts[];
  /** What scanners see in it. */
  readonly facts: LayerFacts;
  /** Paths that it takes away from the layers below. */
  readonly removals?: readonly string[];
  /** What whoever made it says of the image. */
  readonly statements?: readonly LayerStatement[];
}

/** A predicate about the image that a layer is in. Source: in-toto attestation framework, spec/v1/predicate.md. */
export interface LayerStatement {
  readonly predicateType: string;
  readonly predicate: object;
}
