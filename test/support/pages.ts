// SPDX-License-Identifier: Apache-2.0
import type {
  ImageDetail,
  ImageSummary,
  ImageVersion,
  PlatformContents,
  PlatformSummary,
} from "../../src/catalog/index.js";
import type { Counts, Finding } from "../../src/scan/index.js";
import type { ComparisonAnswer, MigrationAnswer, Side, Status } from "../../web/api.js";
import { createPages, type Page } from "../../web/index.js";

/** What the API answers at a path below `/api/v1/`; an answer that is not there is 404. */
export type Answers = Readonly<Record<string, object>>;

export interface RenderedPage extends Omit<Page, "body"> {
  readonly html: string;
  /** Paths that were asked for, in order. */
  readonly asked: readonly string[];
  /** What was sent with them. */
  readonly sent: readonly object[];
}

/** A page, rendered from these answers; `form` is what a visitor sent. */
export async function renderPage(
  url: string,
  answers: Answers = {},
  form?: Readonly<Record<string, string>>,
): Promise<RenderedPage> {
  const asked: string[] = [];
  const sent: object[] = [];
  const page = await createPages({ version: "1.2.3" }).render({
    url,
    ...(form === undefined ? {} : { form: new URLSearchParams(form) }),
    api: (path, body) => {
      const name = path.replace("/api/v1/", "");
      asked.push(name);
      if (body !== undefined) sent.push(body);
      const found = answers[name];
      if (found === undefined)
        return Promise.resolve({ status: 404, body: errorBody("REPOSITORY_UNKNOWN", `no ${name}`) });
      return Promise.resolve("status" in found && "body" in found ? (found as never) : { status: 200, body: found });
    },
  });
  return { ...page, html: page.body.toString(), asked, sent };
}

/** An answer that is an error. */
export function refusal(status: number, code: string, message: string): object {
  return { status, body: errorBody(code, message) };
}

function errorBody(code: string, message: string): object {
  return { error: { code, message, action: "do something" } };
}

export const COUNTS: Counts = {
  critical: 0,
  high: 1,
  medium: 0,
  low: 12,
  unspecified: 0,
  suppressed: 0,
  unimportant: 0,
};

export const DIGEST = `sha256:${"ab".repeat(32)}`;

export function platformSummary(parts: Partial<PlatformSummary> = {}): PlatformSummary {
  return {
    platform: "linux/amd64",
    digest: DIGEST,
    sizeBytes: 41_300_000,
    packages: 19,
    vulnerabilities: COUNTS,
    dataAsOf: "2026-11-01T00:00:00.000Z",
    ...parts,
  };
}

export function imageSummary(parts: Partial<ImageSummary> = {}): ImageSummary {
  return {
    name: "node",
    displayName: "Node.js",
    shortDescription: "JavaScript runtime",
    origin: "hardened",
    isFeatured: false,
    categories: [],
    hasLogo: false,
    versions: 1,
    latest: { tag: "22", digest: DIGEST, pushedAt: "2026-11-19T00:00:00.000Z", platform: platformSummary() },
    ...parts,
  };
}

export function imageVersion(parts: Partial<ImageVersion> = {}): ImageVersion {
  return {
    tags: ["22", "22-debian13"],
    digest: DIGEST,
    title: "Node.js 22",
    variant: "runtime",
    distro: "debian-13",
    user: "65532:65532",
    shell: "",
    packageManager: "",
    pushedAt: "2026-11-19T00:00:00.000Z",
    platforms: [platformSummary()],
    isSigned: false,
    attestations: [],
    ...parts,
  };
}

export function imageDetail(parts: Partial<ImageDetail> = {}): ImageDetail {
  return {
    ...imageSummary(),
    overview: "",
    guides: "",
    tools: [],
    pull: { login: "docker login registry.test", command: "docker pull registry.test/node:22" },
    tags: [imageVersion()],
    ...parts,
  };
}

export function finding(parts: Partial<Finding> = {}): Finding {
  return {
    vulnerability: "CVE-2026-0001",
    severity: "high",
    isExploited: false,
    package: { kind: "deb", name: "zlib", version: "1-1", purl: "pkg:deb/debian/zlib1g@1-1", binaries: [] },
    state: "affected",
    affectedRange: ">=0",
    rule: "zlib 1-1: open in debian:13",
    advisory: { feed: "Debian security tracker", asOf: "2026-11-01T00:00:00.000Z" },
    isUnimportant: false,
    ...parts,
  };
}

export function platformContents(parts: Partial<PlatformContents> = {}): PlatformContents {
  return {
    ...platformSummary(),
    name: "node",
    tag: "22",
    inventory: [
      {
        kind: "deb",
        name: "zlib1g",
        version: "1-1",
        source: "zlib",
        license: "Zlib",
        purl: "pkg:deb/debian/zlib1g@1-1",
      },
    ],
    findings: [],
    unknown: [],
    configuration: { user: "", workingDir: "/", entrypoint: [], cmd: [], environment: [], ports: [], labels: {} },
    ...parts,
  };
}

export function side(parts: Partial<Side> = {}): Side {
  return {
    reference: "node:22",
    digest: DIGEST,
    platform: "linux/amd64",
    sizeBytes: 41_000_000,
    packages: 20,
    vulnerabilities: COUNTS,
    coverage: { unknown: [] },
    dataAsOf: "2026-11-01T00:00:00.000Z",
    ...parts,
  };
}

export function comparisonAnswer(parts: Partial<ComparisonAnswer> = {}): ComparisonAnswer {
  const other = side({ reference: "reference/node:22", sizeBytes: 410_000_000, packages: 400 });
  return { analyzed: side(), comparison: other, packages: [], ...parts };
}

export function migrationAnswer(parts: Partial<MigrationAnswer> = {}): MigrationAnswer {
  return {
    changed: true,
    dockerfile: "FROM registry.test/node:22\n",
    diff: "--- a/Dockerfile\n+++ b/Dockerfile\n@@ -1 +1 @@\n-FROM node:22\n+FROM registry.test/node:22\n",
    changes: [
      {
        rule: "base-image",
        reason: "no shell, no root",
        line: 1,
        before: "FROM node:22",
        after: "FROM registry.test/node:22",
      },
    ],
    findings: [],
    customizations: [],
    ...parts,
  };
}

export function status(feeds: readonly Partial<Status["feeds"][number]>[] = []): object {
  const full = feeds.map((feed) => ({
    kind: "debian-tracker",
    title: "Debian security tracker",
    source: "file",
    asOf: "2026-11-01T00:00:00.000Z",
    importedAt: "2026-11-02T00:00:00.000Z",
    sha256: "00",
    records: 1,
    ...feed,
  }));
  return { version: "1.2.3", registry: "registry.test", publicKey: "key", feeds: full };
}

/** The text of a page as a reader sees it: tags gone, entities read. */
export function textOf(html: string): string {
  const body = html.slice(html.indexOf("<main>"), html.indexOf("</main>"));
  return body
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity)
    .replaceAll(/\s+/g, " ")
    .trim();
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};
