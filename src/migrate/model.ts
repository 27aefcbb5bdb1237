// SPDX-License-Identifier: Apache-2.0
import type { RuleId } from "./rules.js";

/** What migrating one Dockerfile found and did. */
export interface Migration {
  /** The rewritten file; the original when nothing had to change. */
  readonly text: string;
  readonly isChanged: boolean;
  readonly changes: readonly Change[];
  readonly findings: readonly Finding[];
  /** Images that the rewritten file needs beside those of the catalogue. */
  readonly customizations: readonly Customization[];
}

/** A migration as it is printed and sent. */
export interface MigrationJson extends Pick<Migration, "changes" | "findings" | "customizations"> {
  readonly changed: boolean;
  readonly dockerfile: string;
}

/** One change, with its reason. */
export interface Change {
  readonly rule: RuleId;
  readonly reason: string;
  /** Line of the original, from 1. */
  readonly line: number;
  /** What stood there; "" for what is new. */
  readonly before: string;
  /** What stands there now; "" for what is gone. */
  readonly after: string;
}

/**
 * Something that a person has to know. `check`: done, but only a person can say whether it is right. `impossible`: not done, and the
 * result may not start without it. `suggestion`: would be better, but the result does without.
 */
export interface Finding {
  readonly kind: "check" | "impossible" | "suggestion";
  readonly rule: RuleId;
  readonly message: string;
  readonly line: number;
}

/** An image of the catalogue with more packages. */
export interface Customization {
  /** Image and tag in the catalogue, as `python:3.13`. */
  readonly base: string;
  /** Image and tag of the result, as `python:3.13_libpq5`. */
  readonly image: string;
  /** Names in Debian, sorted. */
  readonly packages: readonly string[];
}

/** Files of the build context, as far as they are known. Paths are relative, with slashes. */
export interface BuildContext {
  readonly paths: readonly string[];
  /** Content of a text file, absent when there is none of that name or it was not read. */
  readonly read: (path: string) => string | undefined;
}

export interface MigrateOptions {
  /** Where the hardened images come from, as `localhost:5050` or `registry.example/hardened`. */
  readonly registry: string;
  /** Absent: only the Dockerfile is known. */
  readonly context?: BuildContext;
  /** Where build stages run; `auto`: where what they make is known to run on the runtime image. */
  readonly buildOn?: "auto" | "dev" | "ordinary";
}
