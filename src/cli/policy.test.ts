// SPDX-License-Identifier: Apache-2.0
// Images with one defect each: the policy names its rule, and no other.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { TestEntry } from "../../test/support/archives.js";
import { basaltOn } from "../../test/support/commands.js";
import { putEvidence, sourcesOf, statementAbout } from "../../test/support/evidence.js";
import { cvssText, feedFiles, FEED_DATE, kevText, trackerText, VECTORS } from "../../test/support/feed-files.js";
import { testHost } from "../../test/support/host.js";
import { descriptorOfManifest, makeImage, makeLayer, repository } from "../../test/support/images.js";
import { sharedFolder } from "../../test/support/shared.js";
import { putImage } from "../../test/support/store.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { importFeeds } from "../advisories/index.js";
import type { RunConfig } from "../formats/oci/config.js";
import { openSigner, signDescriptions } from "../sign/index.js";
import { openStore, type Store } from "../store/index.js";

const FEEDS = sharedFolder();
const HOST = testHost({ home: sharedFolder() }); // it is 2026-11-20 there
const AWS = ["AKIA", "QWERTYUIOP234567"].join("");

interface Planted {
  readonly files?: readonly TestEntry[];
  /** In a layer above. */
  readonly later?: readonly TestEntry[];
  readonly run?: RunConfig;
  readonly labels?: Readonly<Record<string, string>>;
  /** Packages of Debian 13, with their versions. */
  readonly packages?: Readonly<Record<string, string>>;
  /** Of its tests. */
  readonly result?: "PASSED" | "FAILED";
  readonly isUnsigned?: true;
}

const LABELS = { "io.basalt.variant": "runtime", "io.basalt.date.end-of-life": "2027-04-30" };

async function putPlanted(store: Store, name: string, planted: Planted): Promise<void> {
  const { files = [], later = [], run = {}, labels = {}, packages = { good: "1.0-1" }, result = "PASSED" } = planted;
  const status = Object.entries(packages)
    .map(
      ([each, version]) => `Package: ${each}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`,
    )
    .join("\n");
  const base = makeLayer([
    { path: "usr/lib/os-release", content: 'ID=debian\nVERSION_ID="13"\n' },
    { path: "var/lib/dpkg/status", content: status },
    { path: "tmp", kind: "directory", mode: 0o1777 },
    { path: "usr/bin/app", content: "\u007fELF\0", mode: 0o755 },
    ...files,
  ]);
  const image = makeImage({
    layers: later.length === 0 ? [base] : [base, makeLayer(later)],
    run: { User: "65532:65532", Env: ["PATH=/usr/bin"], Labels: { ...LABELS, ...labels }, ...run },
  });
  await putImage(store, name, image, ["1"]);
  if (planted.isUnsigned === true) return;
  const { root } = image;
  const statements = sourcesOf(
    statementAbout(root, "slsaProvenance"),
    statementAbout(root, "lock"),
    statementAbout(root, "spdx"),
    statementAbout(root, "testResult", {
      result,
      passedTests: ["starts"],
      failedTests: result === "FAILED" ? ["runs"] : [],
    }),
  );
  const options = { repository: repository(name), signer: await openSigner(HOST), store };
  await putEvidence(
    store,
    name,
    await signDescriptions([{ subject: descriptorOfManifest(root), statements }], options),
  );
}

const program = (name: string, mode = 0o755): TestEntry => ({ path: `usr/bin/${name}`, content: "\u007fELF\0", mode });

const PLANTED: Readonly<Record<string, Planted & { readonly rules: readonly string[]; readonly why?: RegExp }>> = {
  "nothing wrong": { rules: [] },
  "an AWS key": {
    files: [{ path: "srv/app.env", content: `id=${AWS}\n` }],
    rules: ["no-secrets"],
    why: /\/srv\/app\.env \(AWS access key\)/,
  },
  "an AWS key that a later layer removes": {
    files: [{ path: "srv/app.env", content: `id=${AWS}\n` }],
    later: [{ path: "srv/.wh.app.env", content: "" }],
    rules: ["no-secrets"],
  },
  "a password in a variable": {
    run: { User: "1", Env: ["DB_PASSWORD=x"] },
    rules: ["no-secrets"],
    why: /variable DB_PASSWORD/,
  },
  "a setuid file": { files: [program("su", 0o4755)], rules: ["no-setuid"], why: /\/usr\/bin\/su/ },
  "a setgid file": { files: [program("mail", 0o2755)], rules: ["no-setuid"] },
  "a setuid file that a later layer removes": {
    files: [program("su", 0o4755)],
    later: [{ path: "usr/bin/.wh.su", content: "" }],
    rules: [],
  },
  "a folder that anybody may write to": {
    files: [{ path: "srv/up", kind: "directory", mode: 0o777 }],
    rules: ["no-world-writable"],
  },
  "a /tmp without the sticky bit": {
    later: [{ path: "tmp", kind: "directory", mode: 0o777 }],
    rules: ["no-world-writable"],
  },
  "a shell": { files: [program("bash")], rules: ["no-undeclared-shell"], why: /it has a shell: bash/ },
  "a shell by a link": {
    files: [
      { path: "opt/x", content: "\u007fELF\0" },
      { path: "usr/bin/sh", kind: "symlink", target: "/opt/x" },
    ],
    rules: ["no-undeclared-shell"],
  },
  "a shell below a link": {
    files: [{ path: "bin", kind: "symlink", target: "usr/bin" }, program("dash")],
    rules: ["no-undeclared-shell"],
  },
  "a link to no shell": { files: [{ path: "usr/bin/sh", kind: "symlink", target: "bash" }], rules: [] },
  "links in a circle": { files: [{ path: "usr/bin/sh", kind: "symlink", target: "sh" }], rules: [] },
  "a shell that its label names": { files: [program("bash")], labels: { "io.basalt.shell": "bash" }, rules: [] },
  "a label that names a shell which is not there": {
    labels: { "io.basalt.shell": "bash" },
    rules: ["no-undeclared-shell"],
  },
  "a package manager": { files: [program("apt-get")], rules: ["no-undeclared-package-manager"] },
  "the root user": { run: { User: "0:0" }, rules: ["non-root-user"], why: /runs as root/ },
  "no user": { run: { User: "" }, rules: ["non-root-user"], why: /names no user/ },
  "a user by name": { run: { User: "nonroot" }, rules: ["non-root-user"], why: /"nonroot", which is no number/ },
  "the root user in a dev image": { run: { User: "0" }, labels: { "io.basalt.variant": "dev" }, rules: [] },
  "a failing test": { result: "FAILED", rules: ["tests"], why: /failed: runs/ },
  "an overdue critical fix": {
    packages: { late: "1.0-1" },
    rules: ["fixable-vulnerabilities"],
    why: /CVE-2026-1 \(critical\).*published 19 days ago: 7 are allowed/,
  },
  "a medium fix that still has time": { packages: { calm: "1.0-1" }, rules: [] },
  "an exploited one of two days": {
    packages: { hot: "1.0-1" },
    rules: ["fixable-vulnerabilities"],
    why: /exploited, low.*2 days ago: 1 are allowed/,
  },
  "a critical one without a fix": { packages: { open: "1.0-1" }, rules: [] },
  "the end of its life": { labels: { "io.basalt.date.end-of-life": "2026-11-18" }, rules: ["end-of-life"] },
  "no end of its life": { labels: { "io.basalt.date.end-of-life": "soon" }, rules: ["end-of-life"] },
};
const nameOf = (summary: string): string => summary.toLowerCase().replaceAll(/[^a-z]+/g, "-");

/** A line of CVSS records, with the day of publication. */
function record(id: string, vector: string, published: string): string {
  return `${JSON.stringify({ ...(JSON.parse(cvssText({ [id]: { "NVD:3.1": vector } })) as object), published })}\n`;
}

beforeAll(async () => {
  const fixed = { trixie: { status: "resolved", fixed_version: "1.1-1" } };
  const tracker = trackerText({
    good: { "CVE-2026-9": { trixie: { status: "resolved", fixed_version: "0" } } },
    late: { "CVE-2026-1": fixed },
    calm: { "CVE-2026-2": fixed },
    hot: { "CVE-2026-3": fixed },
    open: { "CVE-2026-4": { trixie: { status: "open" } } },
  });
  const cvss = [
    record("CVE-2026-1", VECTORS.critical, "2026-11-01T00:00:00Z"),
    record("CVE-2026-2", VECTORS.medium, "2026-11-01T00:00:00Z"),
    record("CVE-2026-3", VECTORS.low, "2026-11-18T00:00:00Z"),
    record("CVE-2026-4", VECTORS.critical, "2020-01-01T00:00:00Z"),
  ].join("");
  const files = feedFiles({ "tracker.json": tracker, "cvss.jsonl": cvss, "kev.json": kevText(["CVE-2026-3"]) }, FEEDS);
  await importFeeds(files, { isComplete: true, asOf: FEED_DATE }, HOST);
  const store = await openStore(HOST);
  for (const [summary, planted] of Object.entries(PLANTED)) await putPlanted(store, nameOf(summary), planted);
  await putPlanted(store, "nobody-signed-it", { isUnsigned: true });
  await store.close();
}, 60_000);

interface Judged {
  readonly isKept: boolean;
  readonly rules: readonly { readonly id: string; readonly outcome: { readonly kind: string; readonly why: string } }[];
}

async function judged(name: string, ...flags: readonly string[]): Promise<Judged & { readonly code: number }> {
  const { code, stdout, stderr } = await basaltOn(HOST, "policy", `${name}:1`, "--json", ...flags);
  expect(stdout, stderr).not.toBe("");
  return { ...(JSON.parse(stdout) as Judged), code };
}

describe("basalt policy", () => {
  it.each(Object.entries(PLANTED))("%s", async (summary, { rules, why }) => {
    const found = await judged(nameOf(summary));
    const violated = found.rules.filter(({ outcome }) => outcome.kind === "violated" || outcome.kind === "unknown");
    expect(violated.map(({ id }) => id)).toEqual(rules);
    expect(found.code).toBe(rules.length === 0 ? 0 : 2);
    if (why !== undefined) expect(violated[0]?.outcome.why).toMatch(why);
    expect(JSON.stringify(found)).not.toContain(AWS);
  });

  it("an image that nobody signed", async () => {
    const found = await judged("nobody-signed-it");
    const violated = found.rules.filter(({ outcome }) => outcome.kind === "violated");
    expect(violated.map(({ id, outcome }) => [id, outcome.why.split(",")[0]])).toEqual([
      ["evidence", "linux/amd64: no signature by a trusted key"],
    ]);
  });

  it("prints each rule with what it says, and the recommendations of CIS that it covers", async () => {
    const { stdout } = await basaltOn(HOST, "policy", `${nameOf("the root user")}:1`);
    expect(stdout).toMatch(
      /^violated +│ non-root-user +│ 4\.1 +│ runs as a numeric user that is not root +│ it runs as root/m,
    );
    expect(stdout).toMatch(/^kept +│ no-setuid +│ 4\.8 /m);
    expect(stdout).toMatch(/1 of 10 rules are not kept\./);
  });
});

function write(text: string): string {
  const file = join(temporaryFolder(), "policy.yaml");
  writeFileSync(file, text);
  return file;
}

describe("a policy file", () => {
  it.each([
    { summary: "turns a rule off", image: "the root user", text: "rules: { non-root-user: off }", violated: [] },
    {
      summary: "gives more time",
      image: "an overdue critical fix",
      text: "rules: { fixable-vulnerabilities: { critical: 19 } }",
      violated: [],
    },
    {
      summary: "gives less time",
      image: "a medium fix that still has time",
      text: "rules: { fixable-vulnerabilities: { other: 18 } }",
      violated: ["fixable-vulnerabilities"],
    },
    {
      summary: "knows a secret",
      image: "an AWS key",
      text: "rules: { no-secrets: { allow: [/srv/app.env] } }",
      violated: [],
    },
    {
      summary: "forbids a package",
      image: "nothing wrong",
      text: "own: [{ id: acme-good, forbid-packages: [good, curl] }]",
      violated: ["acme-good"],
    },
    {
      summary: "wants a label",
      image: "nothing wrong",
      text: 'own: [{ id: acme-owner, title: says whose it is, require-labels: { owner: "^.+@acme$" } }]',
      violated: ["acme-owner"],
    },
    { summary: "may be empty", image: "nothing wrong", text: "", violated: [] },
  ])("$summary", async ({ image, text, violated }) => {
    const found = await judged(nameOf(image), "--policy", write(text));
    expect(found.rules.filter(({ outcome }) => outcome.kind === "violated").map(({ id }) => id)).toEqual(violated);
  });

  it.each([
    ["a rule that there is not", "rules: { no-such-rule: off }"],
    ["a word that no rule knows", "rules: { no-setuid: maybe }"],
    ["a deadline that there is not", "rules: { fixable-vulnerabilities: { urgent: 1 } }"],
    ["a deadline that is no number", "rules: { fixable-vulnerabilities: { high: soon } }"],
    ["a negative deadline", "rules: { fixable-vulnerabilities: { high: -1 } }"],
    ["paths that are no list", "rules: { no-secrets: { allow: /x } }"],
    ["rules in a list", "rules: [no-setuid]"],
    ["an unknown key", "policies: {}"],
    ["a rule of its own without an id", "own: [{ forbid-packages: [a] }]"],
    ["a rule of its own that asks for nothing", "own: [{ id: a }]"],
    ["a rule of its own that there is already", "own: [{ id: no-setuid, forbid-packages: [a] }]"],
    ["a rule of its own with an unknown key", "own: [{ id: a, forbid: [b] }]"],
    ["a pattern that is none", 'own: [{ id: a, require-labels: { b: "(" } }]'],
    ["own rules that are no list", "own: {}"],
    ["a key twice", "rules: {}\nrules: {}"],
    ["aliases", "a: &a [x]\nrules: *a"],
    ["a list", "[]"],
    ["no YAML", "rules: {"],
    ["a huge file", `own: []\n#${"x".repeat(300_000)}`],
  ])("%s is refused", async (_, text) => {
    const { code, stdout, stderr } = await basaltOn(HOST, "policy", "nothing-wrong:1", "--policy", write(text));
    expect(stderr).toMatch(/^error: POLICY_INVALID: /m);
    expect([code, stdout]).toEqual([1, ""]);
  });
});
