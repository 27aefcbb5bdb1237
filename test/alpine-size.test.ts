// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { distroOf } from "../src/distro/index.js";
import { makeApkIndex, makeApkKey } from "./support/apk.js";
import { testHost } from "./support/host.js";
import { startHttp } from "./support/http-server.js";
import { temporaryFolder } from "./support/temporary.js";

const PACKAGES = 20_000; // main and community of 3.22 have 26,000 with their documentation
const alpine = distroOf("alpine");

/** A record as real ones are: five dependencies on libraries, what it provides, and documentation that comes in by itself. */
function records(index: number): readonly string[] {
  const needs = Array.from(
    { length: Math.min(5, index) },
    (_, step) => `so:lib${Math.floor((index * (step + 1)) / 7)}.so.1`,
  );
  const sum = Buffer.from(String(index).padStart(20, "0")).toString("base64");
  const common = `V:1.${index}-r0\nA:x86_64\nS:${1000 + index}\nI:4096\nU:https://example.test/${index}\nL:MIT\no:p${index}\nm:Tests <tests@example.test>\nt:1700000000\nc:${"0".repeat(40)}\n`;
  const main = `C:Q1${sum}\nP:p${index}\n${common}T:package ${index} of a repository of real size\nD:${needs.join(" ")}\np:so:lib${index}.so.1=1.${index} cmd:p${index}=1.${index}-r0\n`;
  return index % 2 === 0
    ? [main]
    : [main, `C:Q1${sum}\nP:p${index}-doc\n${common}T:documentation\ni:docs p${index}=1.${index}-r0\n`];
}

it("a repository of real size is verified, read and solved in bounded time and memory", async () => {
  const key = makeApkKey("size-1.rsa.pub");
  const all = Array.from({ length: Math.floor((PACKAGES * 2) / 3) }, (_, index) => records(index)).flat();
  const docs = `C:Q1${"A".repeat(27)}=\nP:docs\nV:1-r0\nA:x86_64\nS:10\n`;
  expect(all.length).toBeGreaterThanOrEqual(PACKAGES - 1);
  const main = makeApkIndex([...all, docs], key);
  const community = makeApkIndex([], key);
  const server = await startHttp((request, response) =>
    response.end(request.url?.includes("/main/") === true ? main : community),
  );
  const folder = temporaryFolder();
  mkdirSync(join(folder, "alpine"));
  writeFileSync(join(folder, "alpine", key.name), key.pem);
  const trust = { folder, pins: { alpine: [key.publicKey.fingerprint] } };
  const host = testHost({ env: { BASALT_ALPINE_MIRROR: server.url }, trust });
  const release = { versionId: "3.24" };
  const request = {
    release,
    architecture: "amd64",
    packages: [{ name: "p3000" }, { name: "docs" }],
    masks: [],
  } as const;
  const before = process.memoryUsage();
  const begin = performance.now();
  const reasons = await alpine.explain(request, "p0", host);
  const elapsedMs = performance.now() - begin;
  const { heapUsed } = process.memoryUsage();
  expect(reasons).toMatchObject({ kind: "present" });
  // Half a second on a machine that does nothing else.
  expect(elapsedMs).toBeLessThan(15_000);
  expect(heapUsed - before.heapUsed).toBeLessThan(400 * 1024 * 1024);
}, 60_000);
