// SPDX-License-Identifier: Apache-2.0
import type { RawTracker } from "./raw-trackers.js";

/** A definition as its schema describes it, after validation. Names are those of the language. */
export interface RawDefinition {
  readonly name: string;
  readonly image: string;
  readonly variant?: "runtime" | "dev" | "helm";
  readonly flavor?: string;
  readonly output?: "layered" | "squashed";
  readonly compression?: "gzip" | "zstd";
  readonly includes?: readonly string[];
  readonly suffix?: string;
  readonly tags: readonly string[];
  readonly platforms?: readonly string[];
  readonly dates?: { readonly release?: string; readonly "end-of-life"?: string };
  readonly vars?: Readonly<Record<string, string>>;
  readonly contents: {
    readonly repositories?: readonly string[];
    readonly keyring?: readonly string[];
    readonly packages?: readonly string[];
    readonly files?: readonly RawFile[];
    readonly builds?: readonly RawStage[];
    readonly artifacts?: readonly RawArtifact[];
    readonly mappings?: Readonly<Record<string, string>>;
  };
  readonly accounts: RawAccounts & { readonly "run-as": string | number };
  readonly "os-release": Readonly<Record<string, string>> & {
    readonly id: "debian" | "alpine";
    readonly "version-id": string;
  };
  readonly "work-dir"?: string;
  readonly "stop-signal"?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly paths?: readonly RawPath[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly track?: readonly RawTracker[];
  readonly tests?: readonly RawTest[];
}

/** A build stage. */
export interface RawStage {
  readonly name: string;
  readonly if?: string;
  readonly uses?: string;
  readonly "work-dir"?: string;
  readonly shell?: string;
  readonly privileged?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
  readonly matrix?: readonly unknown[];
  readonly caches?: readonly RawCache[];
  readonly attestations?: readonly unknown[];
  readonly contents?: {
    readonly repositories?: readonly string[];
    readonly keyring?: readonly string[];
    readonly packages?: readonly string[];
    readonly files?: readonly RawFile[];
    readonly artifacts?: readonly RawArtifact[];
  };
  readonly accounts?: RawAccounts;
  readonly paths?: readonly RawPath[];
  readonly pipeline: readonly RawStep[];
  readonly outputs?: readonly RawOutput[];
}

export interface RawStep {
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly runs?: string;
  readonly "run-as"?: string | number;
  readonly "work-dir"?: string;
  readonly shell?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly { readonly id: string; readonly env: string }[];
  readonly caches?: readonly RawCache[];
  readonly privileged?: boolean;
}

export interface RawCache {
  readonly path: string;
}

export interface RawOutput {
  readonly source: string;
  readonly target: string;
  readonly if?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly mode?: string;
  readonly diff?: boolean;
}

/** Files out of an OCI image. */
export interface RawArtifact {
  readonly name: string;
  readonly if?: string;
  readonly includes?: readonly string[];
  readonly excludes?: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

export interface RawTest {
  readonly name?: string;
  readonly directory?: string;
  readonly commands?: readonly string[];
  /** Required where there are no files. */
  readonly "exit-code"?: number;
  /** Seconds. */
  readonly timeout?: number;
  readonly output?: string;
  readonly files?: readonly RawFileCheck[];
}

export interface RawFileCheck {
  readonly path: string;
  readonly absent?: boolean;
  readonly kind?: "file" | "directory" | "symlink";
  readonly mode?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly contains?: string;
}

export interface RawAccounts {
  readonly root?: boolean;
  readonly "run-as"?: string | number;
  readonly users?: readonly { readonly name: string; readonly uid: number; readonly gid: number }[];
  readonly groups?: readonly { readonly name: string; readonly gid: number; readonly members?: readonly string[] }[];
}

export interface RawFile {
  readonly url: string;
  readonly checksum?: string;
  readonly path: string;
  readonly includes?: readonly string[];
  readonly excludes?: readonly string[];
  readonly platforms?: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
  readonly mode?: string;
  readonly if?: string;
  readonly spdx?: { readonly name?: string; readonly version?: string; readonly packages?: readonly RawSoftware[] };
}

export interface RawSoftware {
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly license?: string;
}

export interface RawPath {
  readonly type: "directory" | "file" | "symlink" | "delete" | "emptyfile";
  readonly path: string;
  readonly source?: string;
  readonly content?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly mode?: string;
  readonly recursive?: boolean;
  readonly if?: string;
  readonly platforms?: readonly string[];
}
