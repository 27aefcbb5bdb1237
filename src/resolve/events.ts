// SPDX-License-Identifier: Apache-2.0

/**
 * What a build says while it works; the command line, logs and pages all render this one stream. A stage ends where the next
 * one begins. Amounts of `progress` are in its unit.
 */
export type BuildEvent =
  | { readonly kind: "image"; readonly image: string; readonly file: string }
  | { readonly kind: "stage"; readonly stage: BuildStage; readonly platform?: string }
  | {
      readonly kind: "progress";
      readonly stage: BuildStage;
      readonly done: number;
      readonly total: number;
      readonly unit: "bytes" | "layers";
    }
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "published"; readonly reference: string; readonly digest: string };

export type BuildStage = "resolve" | "fetch" | "assemble" | "test" | "describe" | "scan" | "judge" | "sign" | "publish";

export type EventSink = (event: BuildEvent) => void;
