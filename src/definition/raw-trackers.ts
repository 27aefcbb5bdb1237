// SPDX-License-Identifier: Apache-2.0

/** An entry of `track`: where newer values of variables are found. Names are those of the language. */
export type RawTracker =
  | RawGithubTracker
  | RawGitTagTracker
  | RawBranchTracker
  | RawNpmTracker
  | RawDebianTracker
  | RawAlpineTracker
  | RawOciTracker
  | RawFileTracker
  | RawIncrementTracker;

/** `set`: one variable, or several with what of the finding each of them gets. */
export type RawSet<V extends string> =
  string | readonly { readonly var: string; readonly value: V; readonly match?: string }[];

export type TagValue = "commit" | "tag" | "name";

export interface RawGithubTracker {
  readonly type: "github_release" | "github_tag";
  readonly owner: string;
  readonly repo: string;
  readonly match?: string;
  readonly set: RawSet<TagValue>;
}

export interface RawGitTagTracker {
  readonly type: "git_tag";
  readonly url: string;
  readonly match?: string;
  readonly set: RawSet<TagValue>;
}

export interface RawBranchTracker {
  readonly type: "github_repository";
  readonly owner: string;
  readonly repo: string;
  /** @default the repository's own */
  readonly branch?: string;
  readonly set: Readonly<Record<string, unknown>>;
}

export interface RawNpmTracker {
  readonly type: "npm_package";
  readonly package: string;
  readonly match?: string;
  readonly set: RawSet<"version" | "integrity">;
}

export interface RawDebianTracker {
  readonly type: "debian_package";
  /** A package URL. */
  readonly package: string;
  readonly match?: string;
  readonly set: string;
}

export interface RawAlpineTracker {
  readonly type: "alpine_package";
  readonly package: string;
  readonly set: string;
}

export interface RawOciTracker {
  readonly type: "oci_artifact";
  readonly name: string;
  readonly match: string;
  readonly set: readonly {
    readonly var: string;
    readonly value: "digest" | "tag" | "reference";
    readonly match?: string;
    readonly selection?: "longest" | "exact" | "default";
  }[];
}

export interface RawFileTracker {
  readonly type: "file" | "json_file";
  readonly url: string;
  readonly set: Readonly<Record<string, unknown>>;
}

export interface RawIncrementTracker {
  readonly type: "var_increment";
  /** @default REL */
  readonly set?: string;
  readonly increment?: readonly string[];
  readonly reset?: readonly string[];
}
