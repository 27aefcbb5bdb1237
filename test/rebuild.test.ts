// SPDX-License-Identifier: Apache-2.0
// From what is attested of an image to the same image, by the command.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Host } from "../src/host/host.js";
import { openSigner } from "../src/sign/index.js";
import { build, type BuildOptions } from "../src/pipeline.js";
import type { Definition } from "../src/definition/index.js";
import { basaltOn } from "./support/commands.js";
import { testDefinition } from "./support/definitions.js";
import { hostFor, PACKAGES, PARTS, withStore, world } from "./support/pipeline.js";
import { temporaryFolder } from "./support/temporary.js";

/** Builds with the key of this host, as the command does. */
async function buildOn(host: Host, definition: Definition, options: Partial<BuildOptions> = {}): Promise<string> {
  const signer = await openSigner(host);
  const built = await withStore(host, (store) =>
    build(
      definition,
      { builderId: "urn:test", version: "0.9.0", onEvent: () => undefined, ...options },
      { host, store, signer },
    ),
  );
  return built.digest;
}

it("an image is built again from what is attested of it, from packages that are fetched anew, and is the same", async () => {
  const here = await world();
  const host = hostFor(here, { env: { SOURCE_DATE_EPOCH: "1700000000" } });
  const digest = await buildOn(host, here.definition);
  here.mirror.requests.length = 0;
  const later = hostFor(here, { home: host.home.root });
  const layout = join(temporaryFolder(), "copy");
  expect(await basaltOn(later, "copy", "--referrers", "test:2", `oci-dir://${layout}`)).toMatchObject({ code: 0 });
  const elsewhere = hostFor(here);
  const key = join(host.home.keys, "cosign.pub");
  const rebuilt = await basaltOn(elsewhere, "rebuild", "--verify", `oci-dir://${layout}`, "--key", key);
  expect(rebuilt).toMatchObject({ code: 0, stdout: `oci-dir://${layout} ${digest} equal\n` });
  expect(here.mirror.requests.filter((request) => request.endsWith(".deb")).length).toBeGreaterThan(2);
  expect(existsSync(elsewhere.home.temporary) ? readdirSync(elsewhere.home.temporary) : []).toEqual([]);
});

it("each platform's image is built again by itself", async () => {
  const here = await world();
  const host = hostFor(here);
  await buildOn(host, here.definition);
  const { stdout } = await basaltOn(host, "attest", "list", "test:2", "--json");
  const { attestations } = JSON.parse(stdout) as { attestations: { subject: string; platform: string | null }[] };
  const arm64 = attestations.find(({ platform }) => platform === "linux/arm64")?.subject ?? "";
  const rebuilt = await basaltOn(host, "rebuild", "--verify", `test@${arm64}`, "--json");
  expect(JSON.parse(rebuilt.stdout)).toMatchObject({
    isEqual: true,
    published: arm64,
    rebuilt: arm64,
    platforms: [{ platform: "linux/arm64", differences: [] }],
  });
});

it("an image that is not what was locked is told, file by file", async () => {
  const here = await world();
  const host = hostFor(here);
  await buildOn(host, here.definition);
  const other = await testDefinition({
    ...PARTS,
    image: "changed",
    environment: { ADDED: "1" },
    paths: [
      { type: "file", path: "/etc/issue", content: "owned\n", mode: "0644" },
      { type: "file", path: "/usr/bin/door", content: "x", mode: "4755" },
    ],
  });
  await buildOn(host, other);
  const rebuilt = await basaltOn(host, "rebuild", "--verify", "changed:2", "--lock-of", "test:2");
  expect(rebuilt.code).toBe(1);
  expect(rebuilt.stdout).toMatch(/^changed:2 sha256:[0-9a-f]{64} differs from sha256:[0-9a-f]{64}/);
  expect(rebuilt.stdout).toMatch(/linux\/amd64 │ \/etc\/issue +│ content +│ [0-9a-f]{12} +│ [0-9a-f]{12}/);
  expect(rebuilt.stdout).toMatch(/linux\/arm64 │ \/usr\/bin\/door +│ +│ file +│ nothing/);
  expect(rebuilt.stdout).toMatch(/linux\/amd64 │ configuration: config.Env.0 +│ +│ "ADDED=1"/);
  expect(rebuilt.stdout).not.toContain("/usr/bin/tool");
});

it("without a lock that the key signed nothing is built", async () => {
  const here = await world();
  const host = hostFor(here);
  await buildOn(host, here.definition);
  const layout = join(temporaryFolder(), "bare");
  await basaltOn(host, "copy", "test:2", `oci-dir://${layout}`);
  const bare = await basaltOn(host, "rebuild", "--verify", `oci-dir://${layout}`);
  expect(bare).toMatchObject({ code: 1, stdout: "" });
  expect(bare.stderr).toContain("EVIDENCE_MISSING");
  const stranger = await basaltOn(hostFor(here), "keys", "list");
  expect(stranger.code).toBe(0);
});

it("a package that the mirror changed meanwhile stops it", async () => {
  const here = await world();
  const host = hostFor(here);
  await buildOn(host, here.definition);
  const changed = await world({
    packages: PACKAGES.map((each) =>
      each.name === "tool" ? { ...each, files: [{ path: "usr/bin/tool", content: "y".repeat(300_000) }] } : each,
    ),
  });
  const layout = join(temporaryFolder(), "copy");
  await basaltOn(host, "copy", "--referrers", "test:2", `oci-dir://${layout}`);
  const key = join(host.home.keys, "cosign.pub");
  const rebuilt = await basaltOn(hostFor(changed), "rebuild", "--verify", `oci-dir://${layout}`, "--key", key);
  expect(rebuilt.code).toBe(1);
  expect(rebuilt.stderr).toMatch(/FETCH_(?:DIGEST|SIZE)_MISMATCH/);
});
