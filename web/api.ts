// SPDX-License-Identifier: Apache-2.0
import type { ImageDetail, ImageSummary, MigrationAnswer, PlatformContents } from "../src/catalog/models.js";
import type { StoredFeed } from "../src/advisories/read.js";

// Types only: what the pages know of the catalogue is what its HTTP API answers (/api/v1/openapi.json).
export type {
  ImageDetail,
  ImageSummary,
  ImageVersion,
  MigrationAnswer,
  PlatformContents,
  PlatformSummary,
} from "../src/catalog/models.js";
export type { Counts } from "../src/scan/counts.js";
export type { Finding } from "../src/scan/finding.js";

/** Asks the API for a path below `/api/v1/`; with a body it is a POST. */
export type Ask = (path: string, body?: object) => Promise<{ readonly status: number; readonly body: unknown }>;

export interface ApiError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** An answer, or what went wrong. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ApiError };

export interface Status {
  readonly version: string;
  readonly registry: string;
  readonly feeds: readonly StoredFeed[];
}

/** One side of a comparison. */
export interface Side {
  readonly reference: string;
  readonly digest: string;
  readonly platform: string;
  readonly sizeBytes: number;
  readonly packages: number;
  readonly vulnerabilities: import("../src/scan/counts.js").Counts | null;
  readonly coverage: {
    readonly unknown: readonly { readonly kind: string; readonly names: readonly string[]; readonly why: string }[];
  };
  readonly dataAsOf: string | null;
}

export interface ComparisonAnswer {
  readonly analyzed: Side;
  readonly comparison: Side;
  readonly packages: readonly {
    readonly change: "added" | "removed" | "upgraded" | "downgraded" | "unchanged";
    readonly kind: string;
    readonly name: string;
    readonly version?: string;
    readonly comparisonVersion?: string;
  }[];
}

/** The API as the pages use it. */
export interface Api {
  readonly images: (search: string, category: string) => Promise<Answer<{ readonly images: readonly ImageSummary[] }>>;
  readonly image: (name: string) => Promise<Answer<ImageDetail>>;
  readonly contents: (
    name: string,
    reference: string,
    platform: string | undefined,
  ) => Promise<Answer<PlatformContents>>;
  readonly compare: (image: string, to: string) => Promise<Answer<ComparisonAnswer>>;
  readonly migrate: (dockerfile: string) => Promise<Answer<MigrationAnswer>>;
  readonly status: () => Promise<Answer<Status>>;
}

export function createApi(ask: Ask): Api {
  const get = async <T>(path: string, sent?: object): Promise<Answer<T>> => {
    const { status, body } = await ask(`/api/v1/${path}`, sent);
    if (status === 200) return { ok: true, value: body as T };
    const { error } = body as { readonly error?: { readonly code?: string; readonly message?: string } };
    return {
      ok: false,
      error: { status, code: error?.code ?? "INTERNAL", message: error?.message ?? "the API gave no answer" },
    };
  };
  const encode = encodeURIComponent;
  return {
    images: (search, category) =>
      get(`images?search=${encode(search)}${category === "" ? "" : `&category=${encode(category)}`}`),
    image: (name) => get(`images/${encode(name)}`),
    contents: (name, reference, platform) =>
      get(
        `images/${encode(name)}/versions/${encode(reference)}${platform === undefined ? "" : `?platform=${encode(platform)}`}`,
      ),
    compare: (image, to) => get(`compare?image=${encode(image)}&to=${encode(to)}`),
    migrate: (dockerfile) => get("migrate", { dockerfile }),
    status: () => get("status"),
  };
}
