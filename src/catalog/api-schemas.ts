// SPDX-License-Identifier: Apache-2.0

/** JSON Schemas of the API's answers: they document it and decide what is sent. The shapes are those of models.ts. */
const TEXT = { type: "string" } as const;
const TEXTS = { type: "array", items: TEXT } as const;
const COUNT = { type: "integer" } as const;
const TRUTH = { type: "boolean" } as const;

function record(properties: Readonly<Record<string, object>>, optional: readonly string[] = []): object {
  return { type: "object", properties, required: Object.keys(properties).filter((name) => !optional.includes(name)) };
}

function orNull(schema: object): object {
  return { anyOf: [schema, { type: "null" }] };
}

const COUNTS = record({
  critical: COUNT,
  high: COUNT,
  medium: COUNT,
  low: COUNT,
  unspecified: COUNT,
  suppressed: COUNT,
  unimportant: COUNT,
});

const PLATFORM_FIELDS = {
  platform: TEXT,
  digest: TEXT,
  sizeBytes: COUNT,
  packages: orNull(COUNT),
  vulnerabilities: orNull(COUNTS),
  dataAsOf: orNull(TEXT),
};
const PLATFORM = record(PLATFORM_FIELDS);

const SUMMARY_FIELDS = {
  name: TEXT,
  displayName: TEXT,
  shortDescription: TEXT,
  origin: { type: "string", enum: ["hardened", "reference", "pushed"] },
  isFeatured: TRUTH,
  categories: TEXTS,
  hasLogo: TRUTH,
  versions: COUNT,
  latest: record({ tag: TEXT, digest: TEXT, pushedAt: TEXT, platform: PLATFORM }, ["platform"]),
};

const VERSION = record(
  {
    tags: TEXTS,
    digest: TEXT,
    title: TEXT,
    variant: TEXT,
    distro: TEXT,
    user: TEXT,
    shell: TEXT,
    packageManager: TEXT,
    endOfLife: TEXT,
    createdAt: TEXT,
    pushedAt: TEXT,
    platforms: { type: "array", items: PLATFORM },
    isSigned: TRUTH,
    certificate: record({ identity: TEXT, issuer: TEXT }),
    attestations: TEXTS,
  },
  ["endOfLife", "createdAt", "certificate"],
);

export const IMAGES = record({ images: { type: "array", items: record(SUMMARY_FIELDS, ["latest"]) } });

export const IMAGE = record(
  {
    ...SUMMARY_FIELDS,
    homeUrl: TEXT,
    overview: TEXT,
    guides: TEXT,
    tools: { type: "array", items: record({ name: TEXT, description: TEXT }) },
    replaces: TEXT,
    pull: record({ login: TEXT, command: TEXT }),
    tags: { type: "array", items: VERSION },
  },
  ["latest", "homeUrl", "replaces", "pull"],
);

const BINARY = record({ name: TEXT, version: TEXT, purl: TEXT });
const UNKNOWN = record({ kind: TEXT, names: TEXTS, why: TEXT });

const FINDING = record(
  {
    vulnerability: TEXT,
    title: TEXT,
    severity: TEXT,
    cvss: record({ vector: TEXT, score: { type: "number" }, source: TEXT }),
    isExploited: TRUTH,
    package: record({ kind: TEXT, name: TEXT, version: TEXT, purl: TEXT, binaries: { type: "array", items: BINARY } }),
    state: TEXT,
    fixedVersion: TEXT,
    affectedRange: TEXT,
    rule: TEXT,
    advisory: record({ feed: TEXT, asOf: TEXT, note: TEXT }, ["note"]),
    isUnimportant: TRUTH,
    suppression: record({ by: TEXT, reason: TEXT }),
  },
  ["title", "cvss", "fixedVersion", "suppression"],
);

export const CONTENTS = record({
  ...PLATFORM_FIELDS,
  name: TEXT,
  tag: TEXT,
  inventory: {
    type: "array",
    items: record({ kind: TEXT, name: TEXT, version: TEXT, source: TEXT, license: TEXT, purl: TEXT }),
  },
  findings: { type: "array", items: FINDING },
  unknown: { type: "array", items: UNKNOWN },
  configuration: record({
    user: TEXT,
    workingDir: TEXT,
    entrypoint: TEXTS,
    cmd: TEXTS,
    environment: TEXTS,
    ports: TEXTS,
    labels: { type: "object", additionalProperties: TEXT },
  }),
});

const SIDE = record({
  reference: TEXT,
  digest: TEXT,
  platform: TEXT,
  sizeBytes: COUNT,
  packages: COUNT,
  vulnerabilities: orNull(COUNTS),
  coverage: record({ assessedPackages: COUNT, unknown: { type: "array", items: UNKNOWN } }),
  dataAsOf: orNull(TEXT),
});

const SETTING = record({ name: TEXT, value: TEXT, comparisonValue: TEXT }, ["value", "comparisonValue"]);

export const COMPARISON = record({
  analyzed: SIDE,
  comparison: SIDE,
  packages: {
    type: "array",
    items: record(
      {
        change: TEXT,
        kind: TEXT,
        name: TEXT,
        version: TEXT,
        comparisonVersion: TEXT,
        vulnerabilities: COUNTS,
        comparisonVulnerabilities: COUNTS,
      },
      ["version", "comparisonVersion", "vulnerabilities", "comparisonVulnerabilities"],
    ),
  },
  environment: { type: "array", items: SETTING },
  labels: { type: "array", items: SETTING },
});

export const MIGRATION = record({
  changed: TRUTH,
  dockerfile: TEXT,
  diff: { type: "string", description: "Unified; empty when nothing changed" },
  changes: {
    type: "array",
    items: record({ rule: TEXT, reason: TEXT, line: COUNT, before: TEXT, after: TEXT }),
  },
  findings: {
    type: "array",
    items: record({
      kind: { type: "string", enum: ["check", "impossible", "suggestion"] },
      rule: TEXT,
      message: TEXT,
      line: COUNT,
    }),
  },
  customizations: { type: "array", items: record({ base: TEXT, image: TEXT, packages: TEXTS }) },
});

export const STATUS = record({
  version: TEXT,
  registry: TEXT,
  publicKey: TEXT,
  feeds: {
    type: "array",
    items: record({
      kind: TEXT,
      title: TEXT,
      source: TEXT,
      asOf: TEXT,
      importedAt: TEXT,
      sha256: TEXT,
      records: COUNT,
    }),
  },
});

export const ERROR = record({ error: record({ code: TEXT, message: TEXT, action: TEXT }) });
