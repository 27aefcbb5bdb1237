// SPDX-License-Identifier: Apache-2.0
import type { WritableEntry } from "../formats/archive/tar-writer.js";
import type { Sha256 } from "../formats/digest.js";

/** What is remembered of an entry of a layer: enough to merge layers and to describe files, without their contents. */
export interface EntryRecord {
  readonly path: string;
  readonly kind: WritableEntry["kind"];
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  /** Of a file's content. */
  readonly sha256?: Sha256;
  /** Of a file's content, in hex: SPDX 2.3 demands it. */
  readonly sha1?: string;
  /** Of links. */
  readonly target?: string;
  /** The package it came from. */
  readonly owner?: string;
  /** A parent folder that its package does not list itself. */
  readonly isImplied?: true;
}

/** Whether two packages may both have a path: what they bring is the same. */
export function isSameEntry(a: EntryRecord, b: EntryRecord): boolean {
  return a.kind === b.kind && a.sha256 === b.sha256 && a.target === b.target && a.mode === b.mode;
}
