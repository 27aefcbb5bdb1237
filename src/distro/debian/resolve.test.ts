// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { codeOf } from "../../../test/support/bytes.js";
import { startMirror, type MirrorOptions, type TestMirror } from "../../../test/support/debian-mirror.js";
import { testHost } from "../../../test/support/host.js";
import { temporaryFolder } from "../../../test/support/temporary.js";
import { createHttpClient } from "../../host/http.js";
import type { Host } from "../../host/host.js";
import { resolveDebian } from "./resolve.js";

const RELEASE = { versionId: "13", codename: "trixie" };
const DAY_MS = 24 * 3600 * 1000;
const PACKAGES = [
  { name: "aa", fields: { Depends: "bb" } },
  { name: "bb", version: "1.0-1" },
];

function hostFor(mirror: TestMirror, options: { readonly home?: string; readonly offline?: boolean } = {}): Host {
  return testHost({ env: { BASALT_DEBIAN_MIRROR: mirror.url }, trust: mirror.trust, ...options });
}

function resolve(host: Host, names: readonly string[] = ["aa"]): ReturnType<typeof resolveDebian> {
  return resolveDebian(
    { release: RELEASE, architecture: "amd64", packages: names.map((name) => ({ name })), masks: [] },
    host,
  );
}

it.each(["xz", "gz"] as const)("packages are found through signed suites and %s indexes", async (index) => {
  const mirror = await startMirror({ packages: PACKAGES, security: [{ name: "bb", version: "1.0-1+deb13u1" }], index });
  const resolution = await resolve(hostFor(mirror));
  expect(resolution.packages.map((item) => `${item.repository} ${item.name} ${item.version}`)).toEqual([
    "debian aa 1.0-1",
    "debian-security bb 1.0-1+deb13u1",
  ]);
  expect(resolution.indexes.map((item) => item.suite)).toEqual(["trixie", "trixie-updates", "trixie-security"]);
});

it("a second time only the Release files are asked for", async () => {
  const mirror = await startMirror({ packages: PACKAGES });
  const home = temporaryFolder();
  const first = await resolve(hostFor(mirror, { home }));
  mirror.requests.length = 0;
  expect(await resolve(hostFor(mirror, { home }))).toEqual(first);
  expect(mirror.requests.every((request) => request.endsWith("/InRelease"))).toBe(true);
});

it("offline, what was verified before is used", async () => {
  const mirror = await startMirror({ packages: PACKAGES });
  const home = temporaryFolder();
  const first = await resolve(hostFor(mirror, { home }));
  expect(await resolve(hostFor(mirror, { home, offline: true }))).toEqual(first);
});

const flip = (content: Buffer, at: number): Buffer => {
  const copy = Buffer.from(content);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

const faults: readonly { readonly summary: string; readonly options: Partial<MirrorOptions>; readonly code: string }[] =
  [
    {
      summary: "a Release file that was changed after it was signed",
      options: {
        tamper: (path, content) =>
          path === "debian/dists/trixie/InRelease"
            ? Buffer.from(content.toString().replace("Acquire-By-Hash: yes", "Acquire-By-Hash: no"))
            : content,
      },
      code: "SIGNATURE_INVALID",
    },
    {
      summary: "a Release file without a signature",
      options: {
        tamper: (path, content) =>
          path.endsWith("InRelease") ? Buffer.from("Suite: trixie\nCodename: trixie\n") : content,
      },
      code: "SIGNATURE_INVALID",
    },
    {
      summary: "an index whose hash is wrong",
      options: { tamper: (path, content) => (/Packages|by-hash/.test(path) ? flip(content, 40) : content) },
      code: "FETCH_DIGEST_MISMATCH",
    },
    {
      summary: "an index that is too short",
      options: { tamper: (path, content) => (/Packages|by-hash/.test(path) ? content.subarray(0, 50) : content) },
      code: "FETCH_SIZE_MISMATCH",
    },
    {
      summary: "an index that is too long",
      options: {
        tamper: (path, content) =>
          /Packages|by-hash/.test(path) ? Buffer.concat([content, Buffer.alloc(9)]) : content,
      },
      code: "FETCH_SIZE_MISMATCH",
    },
    { summary: "a mirror without that release", options: { codename: "bookworm" }, code: "HTTP_STATUS" },
    {
      summary: "a mirror that answers 500",
      options: { intercept: (_path, response) => (response.writeHead(500).end(), true) },
      code: "NETWORK_UNREACHABLE",
    },
    {
      summary: "an expired Release file",
      options: { date: new Date("2026-11-01T00:00:00Z"), validUntil: new Date("2026-11-19T00:00:00Z") },
      code: "RELEASE_EXPIRED",
    },
    {
      summary: "a Release file from the future",
      options: { date: new Date("2026-11-25T00:00:00Z") },
      code: "RELEASE_EXPIRED",
    },
    {
      summary: "a mirror that breaks off",
      options: { intercept: (_path, response) => (response.destroy(), true) },
      code: "NETWORK_UNREACHABLE",
    },
  ];
it.each(faults)("$summary is refused with $code, and the next run works", async ({ options, code }) => {
  const home = temporaryFolder();
  const bad = await startMirror({ packages: PACKAGES, ...options });
  expect(await codeOf(() => resolve(hostFor(bad, { home })))).toBe(code);
  const good = await startMirror({ packages: PACKAGES });
  expect((await resolve(hostFor(good, { home }))).packages).toHaveLength(2);
});

it("a key that is not pinned does not count", async () => {
  const mirror = await startMirror({ packages: PACKAGES });
  const host = testHost({ env: { BASALT_DEBIAN_MIRROR: mirror.url } }); // Debian's own pins
  expect(await codeOf(() => resolve(host))).toBe("SIGNATURE_INVALID");
});

it("a mirror that is busy for a moment is asked again", async () => {
  let refusals = 2;
  const mirror = await startMirror({
    packages: PACKAGES,
    intercept: (_path, response) => {
      if (refusals === 0) return false;
      refusals -= 1;
      response.writeHead(503).end();
      return true;
    },
  });
  expect((await resolve(hostFor(mirror))).packages).toHaveLength(2);
});

it("a mirror that hangs is given up", async () => {
  const mirror = await startMirror({ packages: PACKAGES, intercept: () => true });
  const http = createHttpClient({ limits: { idleTimeoutMs: 200, connectTimeoutMs: 200 } });
  expect(await codeOf(() => resolve({ ...hostFor(mirror), http }))).toBe("NETWORK_UNREACHABLE");
});

it("a Release file that expires while it is remembered is refused offline, too", async () => {
  const mirror = await startMirror({ packages: PACKAGES, validUntil: new Date("2026-11-21T00:00:00Z") });
  const home = temporaryFolder();
  await resolve(hostFor(mirror, { home }));
  const later = testHost({
    env: { BASALT_DEBIAN_MIRROR: mirror.url },
    trust: mirror.trust,
    home,
    offline: true,
    now: () => new Date(Date.parse("2026-11-20T12:00:00Z") + 2 * DAY_MS),
  });
  expect(await codeOf(() => resolve(later))).toBe("RELEASE_EXPIRED");
});

it("a release that Basalt does not know is refused", async () => {
  const host = testHost();
  const request = { release: { versionId: "99" }, architecture: "amd64", packages: [], masks: [] } as const;
  expect(await codeOf(() => resolveDebian(request, host))).toBe("DISTRO_UNKNOWN");
});
