// SPDX-License-Identifier: Apache-2.0

/** Valid samples of text formats, each with most of what its format has. */
const SHA256 = "0123456789abcdef".repeat(4);
const DIGEST = `sha256:${SHA256}`;
const COMMIT = "a".repeat(40);

export const JSON_TOKENS = ["null", "true", "[]", "{}", '"x"', "-1", "1.5", "1e400", '"__proto__":', ",", '"\\ud800"'];

export const FIELDS = [
  "Package:",
  "Version:",
  "Provides:",
  "SHA256:",
  "Valid-Until:",
  "Codename:",
  "\n\n",
  "\n ",
  ":",
  "#",
];

const STANZA = (name: string, more = ""): string =>
  `Package: ${name}\nStatus: install ok installed\nVersion: 1:2.0-1\nArchitecture: amd64\nSource: src (1:2.0)\nMaintainer: a <a@b.test>\n` +
  `Depends: libc6 (>= 2.36), a | b (<< 2), c:any\nProvides: v (= 1), w\nFilename: pool/main/${name}.deb\nSize: 1234\nSHA256: ${SHA256}\n` +
  `Description: one\n two\n .\n three\n${more}`;

export const INDEX = [
  `${STANZA("aa")}\n${STANZA("bb", "Essential: yes\nMulti-Arch: same\nPre-Depends: x\n")}\n${STANZA("aa")}\n`,
  STANZA("single"),
];

export const RELEASE = [
  "Origin: Debian\nSuite: stable\nCodename: trixie\nDate: Sat, 15 Nov 2025 09:59:01 UTC\nValid-Until: Sat, 22 Nov 2025 09:59:01 UTC\n" +
    `Acquire-By-Hash: yes\nMD5Sum:\n 00 1 x\nSHA256:\n ${SHA256} 1234 main/binary-amd64/Packages.xz\n ${SHA256} 99 main/binary-amd64/Packages\n`,
];

export const SCRIPTS = [
  '#!/bin/sh\nset -e\n# Automatically added\nif [ "$1" = configure ]; then\n\tupdate-alternatives --install /usr/bin/awk awk /usr/bin/mawk 5 \\\n' +
    "\t\t--slave /usr/bin/nawk nawk /usr/bin/mawk\n\tcat <<EOF\ntext\nEOF\nfi\nexit 0\n",
  "interest-noawait /usr/share/x\nactivate y # why\ninterest z\n",
];

export const DEFINITION_KEYS = [
  "contents:",
  "packages:",
  "vars:",
  "includes:",
  "files:",
  "paths:",
  "tests:",
  "track:",
  "stages:",
  "if:",
  "&a",
  "*a",
  "<<: *a",
  "!!binary",
  "? ",
  "- ",
  "|\n",
  "{",
  "]",
  "${a}",
  "#{a}",
  "---\n",
  "%YAML 1.1\n",
];

export const DEFINITIONS = [
  `name: Full
image: full
variant: dev
tags: ["1", "\${VERSION}"]
vars:
  VERSION: "1.2.3"
  MAJOR: "\${VERSION:^([0-9]+)}"
platforms: [linux/amd64, linux/arm64]
contents:
  packages: [base-files, "!mawk", curl=8.0]
  files:
    - url: https://a.test/x-\${VERSION}.tar.gz
      checksum: sha256:${SHA256}
      path: opt/x
      includes: ["bin/*", "lib/**"]
      mode: "0755"
accounts:
  root: true
  run-as: app
  users: [{ name: app, uid: 1000, gid: 1000 }]
  groups: [{ name: app, gid: 1000, members: [app] }]
os-release: { name: Test, id: debian, version-id: "13", version-codename: trixie }
environment: { A: "1" }
entrypoint: [/bin/x]
cmd: [--help]
paths: [{ type: directory, path: /data, uid: 1000, gid: 1000, mode: "0755" }]
labels: { a: b }
`,
];

export const POM = [
  '<?xml version="1.0"?>\n<project>\n  <properties><v>1.0</v></properties>\n  <!-- c -->\n  <dependencies>\n    <dependency><groupId>g</groupId>' +
    "<artifactId>a</artifactId><version>1.0</version></dependency>\n  </dependencies>\n</project>\n",
];
export const POM_PATCH = {
  dependencies: [{ groupId: "g", artifactId: "a", version: "2.0" }],
  properties: [{ property: "v", value: "1.1" }],
  list: ["dependencies"],
  mayLower: true,
} as const;

const PACKAGE = {
  name: "libc6",
  version: "2.41-12",
  architecture: "amd64",
  source: "glibc",
  sourceVersion: "2.41-12",
  repository: "debian",
  suite: "trixie",
  path: "pool/main/g/glibc/libc6_2.41-12_amd64.deb",
  sizeBytes: 2_847_000,
  sha256: SHA256,
};
const ARTIFACT = {
  url: "git+https://a.test/x.git#v1",
  integrity: `sha256-${Buffer.from(SHA256, "hex").toString("base64")}`,
  sha256: SHA256,
  sizeBytes: 7,
  commit: COMMIT,
};
const EVIDENCE = {
  repository: "debian",
  suite: "trixie",
  component: "main",
  architecture: "amd64",
  releaseSha256: SHA256,
  releasedAt: "2025-11-15T09:59:01Z",
  indexSha256: SHA256,
  signedBy: ["A".repeat(40)],
};
export const LOCK = [
  JSON.stringify({
    lockVersion: 1,
    rules: { tar: 1 },
    compressor: "gzip-6-zlib",
    definition: { path: "images/test.yaml", sha256: SHA256 },
    mapping: { repositories: { "http://a.test": "debian" }, packages: { a: "b" }, pins: "ignore" },
    platforms: {
      "linux/amd64": { packages: [PACKAGE], artifacts: [ARTIFACT], dropped: [{ package: "a", dependency: "b | c" }] },
    },
    evidence: { indexes: [EVIDENCE] },
  }),
];

const OCI = "application/vnd.oci.image";
const LAYER = { mediaType: `${OCI}.layer.v1.tar+gzip`, digest: DIGEST, size: 7, annotations: { a: "b" } };
export const MANIFESTS = [
  JSON.stringify({
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    artifactType: "application/x",
    config: { mediaType: `${OCI}.config.v1+json`, digest: DIGEST, size: 2 },
    layers: [LAYER],
    subject: LAYER,
    annotations: { c: "d" },
  }),
  JSON.stringify({
    schemaVersion: 2,
    mediaType: `${OCI}.index.v1+json`,
    manifests: [
      {
        mediaType: `${OCI}.manifest.v1+json`,
        digest: DIGEST,
        size: 7,
        platform: { os: "linux", architecture: "arm64", variant: "v8", "os.version": "1" },
      },
    ],
  }),
];

export const CONFIGS = [
  JSON.stringify({
    os: "linux",
    architecture: "amd64",
    created: "2025-01-01T00:00:00Z",
    config: {
      User: "1",
      Env: ["A=b"],
      Entrypoint: ["x"],
      Cmd: null,
      ExposedPorts: { "80/tcp": {} },
      Labels: { a: "b" },
    },
    rootfs: { type: "layers", diff_ids: [DIGEST] },
    history: [{ created_by: "x", empty_layer: true }],
  }),
];

const VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
export const FEEDS = [
  JSON.stringify({
    curl: {
      "CVE-2025-0001": {
        description: "d",
        scope: "remote",
        releases: {
          trixie: { status: "resolved", fixed_version: "8.0-1", urgency: "low", repositories: { trixie: "8.0-1" } },
        },
      },
    },
  }),
  JSON.stringify({
    title: "KEV",
    catalogVersion: "1",
    dateReleased: "2026-10-01T00:00:00Z",
    vulnerabilities: [{ cveID: "CVE-1-1", dateAdded: "2026-09-30", product: "p" }],
  }),
  JSON.stringify({
    "1": { cve: ["CVE-2025-0002"], vulnerable: "<= 22.1.0", patched: "^22.2.0", overview: "o", severity: "high" },
  }),
  `${JSON.stringify({ id: "CVE-2025-0003", cvss: { "a:3.1": { score: 9.8, vector: VECTOR } }, title: "t" })}\n`.repeat(
    2,
  ),
  JSON.stringify({
    format: "NVD_CVE",
    version: "2.0",
    timestamp: "2026-11-02T03:00:00.000Z",
    vulnerabilities: [
      {
        cve: {
          id: "CVE-2025-0004",
          published: "2026-01-02T00:00:00.000",
          metrics: { cvssMetricV31: [{ source: "nvd@nist.gov", cvssData: { vectorString: VECTOR } }] },
        },
      },
    ],
  }),
];

export const NPM = [JSON.stringify({ name: "@a/b", version: "1.2.3-rc.1", license: "MIT", bin: { b: "b.js" } })];

export const SPDX = [
  JSON.stringify({
    spdxVersion: "SPDX-2.3",
    packages: [
      {
        name: "a",
        versionInfo: "1.0.0",
        licenseDeclared: "(MIT OR Apache-2.0) AND NOASSERTION",
        externalRefs: [{ referenceType: "purl", referenceLocator: "pkg:npm/%40a/b@1.0.0?x=y#z" }],
      },
    ],
  }),
];

export const CHECKSUMS = [
  `${SHA256}  a.tar.gz\n${SHA256} *b.tar.gz\nSHA256 (a.tar.gz) = ${SHA256}\n# comment\n`,
  `${SHA256}\n`,
];

export const VEX: readonly string[] = [
  JSON.stringify({
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "urn:x",
    author: "a",
    timestamp: "2026-01-01T00:00:00Z",
    version: 1,
    statements: [
      {
        vulnerability: { name: "CVE-1", aliases: ["GHSA-1"] },
        products: [
          {
            "@id": "pkg:oci/b@sha256:aa?repository_url=r%3A1%2Fa%2Fb",
            subcomponents: [{ "@id": "pkg:deb/debian/b@1:2" }],
          },
          {
            "@id": "pkg:deb/debian/a",
            identifiers: { purl: "pkg:deb/debian/a?os_name=debian" },
            hashes: { "sha-256": "aa" },
          },
        ],
        status: "not_affected",
        justification: "component_not_present",
        status_notes: "n",
      },
    ],
  }),
];
