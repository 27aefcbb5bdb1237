// SPDX-License-Identifier: Apache-2.0
// What the policy says of images that are built: attested, told, and, where it is enforced, in the way of what does not keep it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { build, type BuildOptions } from "../src/pipeline.js";
import { addPolicyFile, HARDENING_POLICY } from "../src/policy/index.js";
import type { BuildEvent } from "../src/resolve/index.js";
import type { Host } from "../src/host/host.js";
import { openSigner } from "../src/sign/index.js";
import { basaltOn } from "./support/commands.js";
import { testDefinition } from "./support/definitions.js";
import { advisoriesOf, nvdText, trackerText, VECTORS } from "./support/feed-files.js";
import { hostFor, PACKAGES, PARTS, withStore, world, type World } from "./support/pipeline.js";
import { temporaryFolder } from "./support/temporary.js";

const VSA = "https://slsa.dev/verification_summary/v1";
const SECRETS = "https://scout.docker.com/secrets/v0.1";
const CHANGELOG = "urn:basalt:predicate:changelog:1";
/** Kept until then: the policy does not let an image go without a date. */
const GOOD = {
  ...PARTS,
  tags: ["2"],
  platforms: ["linux/amd64"],
  dates: { release: "2026-01-01", "end-of-life": "2027-12-31" },
};
/** Assembled, so that no scanner of repositories takes it for a key of somebody. */
const AWS_KEY = ["AKIA", "QYLPMN5HHHFPZAM2"].join("");

const COPYRIGHT = {
  path: "usr/share/doc/tool/copyright",
  content: "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+\n",
};

function clean(): string {
  return trackerText({ toolset: { "CVE-2026-1": { trixie: { status: "resolved", fixed_version: "1.0" } } } });
}

function overdue(fixedVersion = "9.0"): readonly string[] {
  const tracker = { toolset: { "CVE-2026-1": { trixie: { status: "resolved", fixed_version: fixedVersion } } } };
  return [trackerText(tracker), nvdText({ "CVE-2026-1": VECTORS.critical })];
}

async function newHost(here: World, feeds: readonly string[] = [clean()]): Promise<Host> {
  const host = hostFor(here);
  await advisoriesOf(feeds, { host });
  return host;
}

async function buildOn(
  host: Host,
  parts: Readonly<Record<string, unknown>>,
  options: Partial<BuildOptions> = {},
): Promise<void> {
  const signer = await openSigner(host);
  const definition = await testDefinition(parts);
  const defaults = { builderId: "urn:test", version: "0.9.0", onEvent: () => undefined };
  await withStore(host, (store) => build(definition, { ...defaults, ...options }, { host, store, signer }));
}

async function predicateOf<T>(host: Host, type: string, ...flags: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await basaltOn(host, "attest", "get", "test:2", "--predicate-type", type, ...flags);
  expect(code, stderr).toBe(0);
  return (JSON.parse(stdout) as { readonly predicate: T }).predicate;
}

interface Summary {
  readonly verificationResult: string;
  readonly verifiedLevels: readonly string[];
  readonly "urn:basalt:policy:rules": readonly {
    readonly id: string;
    readonly outcome: string;
    readonly why?: string;
  }[];
}

describe("an image that keeps the policy", () => {
  it("says so, as do all of its platforms together, and is published when it is enforced", async () => {
    const host = await newHost(await world());
    await buildOn(host, GOOD, { enforcesPolicy: true });
    const summary = await predicateOf<Summary>(host, VSA, "--platform", "linux/amd64");
    expect(summary).toMatchObject({
      verifier: { id: "urn:test", version: { basalt: "0.9.0" } },
      resourceUri: expect.stringMatching(/^pkg:oci\/test@sha256%3A[0-9a-f]{64}$/) as string,
      policy: { uri: "urn:basalt:policy:hardening:1" },
      verificationResult: "PASSED",
      verifiedLevels: ["SLSA_BUILD_LEVEL_UNEVALUATED", "BASALT_HARDENED"],
    });
    expect(summary["urn:basalt:policy:rules"].map(({ id }) => id)).toEqual(HARDENING_POLICY.rules.map(({ id }) => id));
    expect(await predicateOf(host, SECRETS, "--platform", "linux/amd64")).toEqual({});
    const all = await basaltOn(host, "attest", "list", "test:2", "--predicate-type", VSA, "--json");
    const { attestations } = JSON.parse(all.stdout) as {
      readonly attestations: readonly { platform: string | null }[];
    };
    expect(new Set(attestations.map(({ platform }) => platform))).toEqual(new Set([null, "linux/amd64"]));
    expect((await basaltOn(host, "policy", "test:2")).code).toBe(0);
    expect((await basaltOn(host, "verify", "test:2")).code).toBe(0);
  });

  it("lists licences, with what is under each", async () => {
    const packages = PACKAGES.map((each) =>
      each.name === "tool" ? { ...each, files: [...(each.files ?? []), COPYRIGHT] } : each,
    );
    const host = await newHost(await world({ packages }));
    await buildOn(host, GOOD);
    const { licenses, unknown } = await predicateOf<{ licenses: unknown; unknown: readonly string[] }>(
      host,
      "urn:basalt:predicate:licenses:1",
    );
    expect([licenses, unknown.map((purl) => purl.replace(/[@?].*/, ""))]).toEqual([
      [{ license: "GPL-2.0-or-later", packages: [expect.stringMatching(/^pkg:deb\/debian\/tool@2\.0-1\?/) as string] }],
      ["pkg:deb/debian/base-files", "pkg:deb/debian/libtool"],
    ]);
  });
});

interface Planted {
  readonly summary: string;
  readonly rule: string;
  readonly parts?: Readonly<Record<string, unknown>>;
  readonly feeds?: readonly string[];
  readonly says: RegExp;
}

const file = (path: string, content: string, mode = "0644"): Readonly<Record<string, unknown>> => ({
  paths: [{ type: "file", path, content, mode }],
});

const PLANTED: readonly Planted[] = [
  {
    summary: "an AWS key",
    rule: "no-secrets",
    parts: file("/etc/app.conf", `key = ${AWS_KEY}\n`),
    says: /no-secrets: \/etc\/app\.conf \(AWS access key\)/,
  },
  {
    summary: "a setuid file",
    rule: "no-setuid",
    parts: file("/usr/bin/door", "x", "4755"),
    says: /no-setuid: \/usr\/bin\/door/,
  },
  {
    summary: "a file that anybody may write to",
    rule: "no-world-writable",
    parts: file("/etc/open", "x", "0666"),
    says: /no-world-writable: \/etc\/open/,
  },
  {
    summary: "a root user",
    rule: "non-root-user",
    parts: { accounts: { "run-as": "root", root: true } },
    says: /non-root-user: it runs as root/,
  },
  {
    summary: "a fix that is overdue",
    rule: "fixable-vulnerabilities",
    feeds: overdue(),
    says: /fixable-vulnerabilities: CVE-2026-1 \(critical\) is fixed in toolset 9\.0, published \d+ days ago: 7 are allowed/,
  },
  {
    summary: "an end of life that is over",
    rule: "end-of-life",
    parts: { dates: { release: "2020-01-01", "end-of-life": "2026-01-01" } },
    says: /end-of-life: its end of life was on 2026-01-01/,
  },
];

describe("an image with", () => {
  it.each(PLANTED)("$summary is refused by that rule alone, or published with what is wrong", async (planted) => {
    const { rule, parts = {}, says } = planted;
    const host = await newHost(await world(), planted.feeds);
    const refused = buildOn(host, { ...GOOD, ...parts }, { enforcesPolicy: true });
    await expect(refused).rejects.toMatchObject({
      code: "POLICY_VIOLATED",
      message: expect.stringMatching(says) as string,
    });
    expect((await basaltOn(host, "attest", "list", "test:2")).code).toBe(1);
    const notes: string[] = [];
    const onEvent = (event: BuildEvent): void => {
      if (event.kind === "note") notes.push(event.text);
    };
    await buildOn(host, { ...GOOD, ...parts }, { onEvent });
    expect(notes).toEqual([`linux/amd64: not as the policy says: ${rule}`]);
    const summary = await predicateOf<Summary>(host, VSA, "--platform", "linux/amd64");
    expect([summary.verificationResult, summary.verifiedLevels]).toEqual(["FAILED", ["FAILED"]]);
    const broken = summary["urn:basalt:policy:rules"].filter(({ outcome }) => !/passed|not-applicable/.test(outcome));
    expect(broken.map(({ id }) => id)).toEqual([rule]);
  });

  it("a secret says where it is, and not what", async () => {
    const host = await newHost(await world());
    await buildOn(host, { ...GOOD, ...file("/etc/app.conf", AWS_KEY) });
    const secrets = await predicateOf(host, SECRETS);
    expect(secrets).toEqual({ secrets: [{ where: "/etc/app.conf", kind: "AWS access key" }] });
  });
});

it("an image that nothing is known against for want of data does not keep the policy; a file can say that it need not", async () => {
  const here = await world();
  const host = hostFor(here);
  await expect(buildOn(host, GOOD, { enforcesPolicy: true })).rejects.toMatchObject({ code: "POLICY_VIOLATED" });
  const text = "rules:\n  fixable-vulnerabilities: off\n";
  const policy = addPolicyFile(HARDENING_POLICY, text, "policy.yaml");
  await buildOn(host, GOOD, { enforcesPolicy: true, policy });
  const path = join(temporaryFolder(), "policy.yaml");
  writeFileSync(path, text);
  expect((await basaltOn(host, "policy", "test:2", "--policy", path)).code).toBe(0);
});

it("what changed since the image that the tag led to before is attested of the new one", async () => {
  const here = await world();
  const host = await newHost(here, overdue("2.9"));
  await buildOn(host, GOOD);
  const first = await basaltOn(host, "attest", "list", "test:2", "--predicate-type", CHANGELOG, "--json");
  expect(JSON.parse(first.stdout)).toMatchObject({ attestations: [] });
  const packages = PACKAGES.map((each) =>
    each.name === "tool" ? { ...each, version: "2.9-1", fields: { ...each.fields, Source: "toolset (2.9)" } } : each,
  );
  const later = hostFor(await world({ packages }), { home: host.home.root });
  await buildOn(later, { ...GOOD, environment: { ADDED: "1" } });
  const changes = await predicateOf(later, CHANGELOG);
  expect(changes).toMatchObject({
    tag: "2",
    previous: expect.stringMatching(/^sha256:/) as string,
    packages: { added: [], removed: [], updated: [{ name: "tool", from: "2.0-1", to: "2.9-1" }] },
    vulnerabilities: { fixed: ["CVE-2026-1"], introduced: [] },
    environment: [{ name: "ADDED", value: "1" }],
  });
  // Built once more it is the same image, and keeps what was said of it.
  await buildOn(later, { ...GOOD, environment: { ADDED: "1" } });
  expect(await predicateOf(later, CHANGELOG)).toEqual(changes);
});
