// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { PackageURL } from "packageurl-js";
import { describe, expect, it } from "vitest";
import type { Distro, DistroRelease, GeneratedEntry, PackageFacts } from "../../src/distro/index.js";
import type { LockedPackage } from "../../src/formats/lock.js";
import type { Host } from "../../src/host/host.js";
import { bytesOfStream, codeOf, inPieces } from "../support/bytes.js";

export interface DistroSamples {
  readonly release: DistroRelease;
  /**
   * A host with a repository in which `app` needs `library`, which needs `base`; `docs` stands alone; `other` cannot stand
   * beside `library`.
   */
  readonly startRepository: () => Promise<Host>;
  /** Versions in ascending order. */
  readonly versions: readonly string[];
  /** Versions that are written differently and are the same. */
  readonly equalVersions: readonly (readonly [string, string])[];
  /** Type and namespace of package URLs. */
  readonly purl: { readonly type: string; readonly namespace: string };
  /** Name of the release in advisory data. */
  readonly advisoryEcosystem: string;
  /** A file that `library` brings, by its path in the package and in an image. */
  readonly moved: { readonly path: string; readonly imagePath: string };
}

interface Unpacked {
  readonly paths: readonly string[];
  readonly facts: PackageFacts;
}

/** What every distribution must do. */
export function describeDistro(distro: Distro, samples: DistroSamples): void {
  describe(`${distro.id}: resolving`, () => describeResolving(distro, samples));
  describe(`${distro.id}: reasons`, () => describeReasons(distro, samples));
  describe(`${distro.id}: packages`, () => describePackages(distro, samples));
  describe(`${distro.id}: generated files`, () => describeGenerated(distro, samples));
  describe(`${distro.id}: names and versions`, () => describeVersions(distro, samples));
}

function describeResolving(distro: Distro, samples: DistroSamples): void {
  it("a package comes with what it needs, in order of names, each with all that a lock says of it", async () => {
    const host = await samples.startRepository();
    const { packages, dropped, indexes } = await resolve(distro, samples, host, ["app"]);
    expect(packages.map((item) => item.name)).toEqual(["app", "base", "library"]);
    for (const item of packages) {
      expect(item.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(item.sizeBytes).toBeGreaterThan(0);
      expect(item.path).not.toMatch(/^\/|\.\./);
      expect(item.repository).not.toContain(new URL((await distro.packageUrls(item, host))[0]!).host);
    }
    expect(dropped).toEqual([]);
    expect(indexes.length).toBeGreaterThan(0);
    for (const index of indexes) expect(index.signedBy.length).toBeGreaterThan(0);
  });

  it("the same is found each time, whatever the order of the wishes", async () => {
    const host = await samples.startRepository();
    const first = await resolve(distro, samples, host, ["app", "docs"]);
    expect(await resolve(distro, samples, host, ["docs", "app"])).toEqual(first);
  });

  it("a masked package does not come in as a dependency, and what needed it is told", async () => {
    const host = await samples.startRepository();
    const { packages, dropped } = await resolve(distro, samples, host, ["app"], ["library", "unknown-name"]);
    expect(packages.map((item) => item.name)).toEqual(["app"]);
    expect(dropped).toEqual([{ package: "app", dependency: expect.stringContaining("library") as string }]);
  });

  it.each([
    { summary: "a package that is not there", names: ["missing"], code: "PACKAGE_UNKNOWN" },
    { summary: "two packages that cannot stand together", names: ["library", "other"], code: "PACKAGE_CONFLICT" },
  ])("$summary is an error that says so", async ({ names, code }) => {
    const host = await samples.startRepository();
    expect(await codeOf(() => resolve(distro, samples, host, names))).toBe(code);
  });

  it("a version that is not there cannot be had", async () => {
    const host = await samples.startRepository();
    const request = { ...requestOf(samples, []), packages: [{ name: "app", version: "99" }] };
    expect(await codeOf(() => distro.resolve(request, host))).toBe("PACKAGE_UNSATISFIABLE");
  });

  it("the versions of a package are told, and of none where there is no such package", async () => {
    const host = await samples.startRepository();
    const request = { release: samples.release, architecture: "amd64" } as const;
    const { packages } = await resolve(distro, samples, host, ["app"]);
    const app = packages.find(({ name }) => name === "app")!;
    expect(await distro.versionsOf("app", request, host)).toEqual([{ version: app.version, suite: app.suite }]);
    expect(await distro.versionsOf("missing", request, host)).toEqual([]);
    const unknown = { ...request, release: { versionId: "0.1" } };
    expect(await codeOf(() => distro.versionsOf("app", unknown, host))).toBe("DISTRO_UNKNOWN");
  });

  it("a release has repositories, each with the keys that may sign it", async () => {
    const { trust } = await samples.startRepository();
    const suites = distro.suites(samples.release, trust);
    expect(suites.length).toBeGreaterThan(0);
    for (const suite of suites) {
      expect(suite.components.length).toBeGreaterThan(0);
      expect(suite.fingerprints.length).toBeGreaterThan(0);
    }
    expect(await codeOf(() => distro.suites({ versionId: "0.1" }, trust))).toBe("DISTRO_UNKNOWN");
  });

  it("a release that is not known is an error", async () => {
    const host = await samples.startRepository();
    const request = { ...requestOf(samples, ["app"]), release: { versionId: "0.1" } };
    expect(await codeOf(() => distro.resolve(request, host))).toBe("DISTRO_UNKNOWN");
  });
}

function describeReasons(distro: Distro, samples: DistroSamples): void {
  const explain = async (name: string, names: readonly string[], masks: readonly string[] = []) =>
    distro.explain(requestOf(samples, names, masks), name, await samples.startRepository());

  it("a package is explained by the way from the request to it", async () => {
    const reasons = await explain("base", ["app", "library"]);
    expect(reasons).toMatchObject({ kind: "present", name: "base", isRequested: false });
    expect(reasons.kind === "present" && reasons.paths).toEqual([
      [{ package: "library", dependency: expect.stringContaining("base") as string, metBy: "base" }],
    ]);
  });

  it("a package that is asked for says so, and who needs it as well", async () => {
    expect(await explain("app", ["app"])).toMatchObject({ kind: "present", isRequested: true, paths: [] });
    expect(await explain("library", ["app", "library"])).toMatchObject({
      isRequested: true,
      paths: [[{ package: "app", metBy: "library" }]],
    });
  });

  it("every package of a resolution has a reason, in the version that was resolved", async () => {
    const host = await samples.startRepository();
    for (const { name, version } of (await resolve(distro, samples, host, ["app", "docs"])).packages) {
      const reasons = await distro.explain(requestOf(samples, ["app", "docs"]), name, host);
      expect(reasons).toMatchObject({ kind: "present", name, version });
      expect(reasons.kind === "present" && (reasons.isRequested || reasons.paths.length > 0)).toBe(true);
    }
  });

  it.each([
    { summary: "nothing needs it", name: "docs", masks: [], reason: { kind: "unneeded" } },
    { summary: "there is none", name: "missing", masks: [], reason: { kind: "unknown", near: [] } },
    {
      summary: "it is masked, with what was lost",
      name: "library",
      masks: ["library"],
      reason: { kind: "masked", dropped: [{ package: "app" }] },
    },
  ])("a package that is absent says why: $summary", async ({ name, masks, reason }) => {
    expect(await explain(name, ["app"], masks)).toMatchObject({ kind: "absent", name, reasons: [reason] });
  });

  it("a package that is absent says what it would be to ask for it", async () => {
    expect(await explain("docs", ["app"])).toMatchObject({ ifRequested: { kind: "possible", packages: ["docs"] } });
    expect(await explain("other", ["app"])).toMatchObject({ ifRequested: { kind: "impossible" } });
  });

  it("what cannot be resolved cannot be explained", async () => {
    expect(await codeOf(() => explain("app", ["missing"]))).toBe("PACKAGE_UNKNOWN");
  });
}

function describePackages(distro: Distro, samples: DistroSamples): void {
  it("every address of a package leads to the bytes that the lock names", async () => {
    const host = await samples.startRepository();
    for (const item of (await resolve(distro, samples, host, ["app"])).packages) {
      const urls = await distro.packageUrls(item, host);
      expect(urls.length).toBeGreaterThan(0);
      for (const url of urls) {
        const bytes = await download(url, host);
        expect(createHash("sha256").update(bytes).digest("hex")).toBe(item.sha256);
        expect(bytes.length).toBe(item.sizeBytes);
      }
    }
  });

  it("files stand where they stand in an image, and the package says who it is", async () => {
    const { paths, facts } = await unpack(distro, samples, "library", "runtime");
    expect(paths).toContain(samples.moved.imagePath);
    if (samples.moved.path !== samples.moved.imagePath) expect(paths).not.toContain(samples.moved.path);
    expect(new Set(paths).size).toBe(paths.length);
    for (const path of paths) expect(path).not.toMatch(/^\/|\/$|(?:^|\/)\.\.?(?:\/|$)/);
    expect(facts).toMatchObject({ name: "library" });
  });

  it("the development profile has all that the runtime profile has, but for the package database", async () => {
    const runtime = await unpack(distro, samples, "library", "runtime");
    const dev = await unpack(distro, samples, "library", "dev");
    const missing = runtime.paths.filter((path) => !dev.paths.includes(path));
    expect(missing.filter((path) => !isDatabasePath(distro, path))).toEqual([]);
    expect(dev.facts).toEqual(runtime.facts);
  });

  it("the bytes may come in any pieces", async () => {
    const whole = await unpack(distro, samples, "library", "runtime");
    expect(await unpack(distro, samples, "library", "runtime", 13)).toEqual(whole);
  });

  it.each([
    { summary: "another name", change: { name: "docs" } },
    { summary: "another version", change: { version: "99" } },
    { summary: "another architecture", change: { architecture: "arm64" } },
  ])("a package that the lock gives $summary is refused", async ({ change }) => {
    const host = await samples.startRepository();
    const locked = await lockedPackage(distro, samples, host, "library");
    const bytes = await download((await distro.packageUrls(locked, host))[0]!, host);
    expect(await codeOf(() => readAll(distro, bytes, { ...locked, ...change }, "runtime"))).toBe("LOCK_MISMATCH");
  });

  it("a package that is cut off is an error, wherever it is cut", async () => {
    const host = await samples.startRepository();
    const locked = await lockedPackage(distro, samples, host, "library");
    const bytes = await download((await distro.packageUrls(locked, host))[0]!, host);
    for (const part of [0, 0.1, 0.5, 0.9, 0.99])
      expect(
        await codeOf(() => readAll(distro, bytes.subarray(0, Math.floor(bytes.length * part)), locked, "runtime")),
      ).toBeDefined();
  });

  it("the place of a file in an image does not move again", () => {
    for (const path of [samples.moved.path, samples.moved.imagePath, "etc/passwd", "opt/bin/x", "a"])
      expect(distro.imagePath(distro.imagePath(path))).toBe(distro.imagePath(path));
    expect(distro.imagePath(samples.moved.path)).toBe(samples.moved.imagePath);
  });
}

function describeGenerated(distro: Distro, samples: DistroSamples): void {
  it("the package database that is written is the one that is read", async () => {
    const names = ["app", "library", "docs"];
    const all = await Promise.all(names.map((name) => unpack(distro, samples, name, "runtime")));
    const packages = all.map(({ facts }) => facts);
    const files = distro.installedDatabase({ packages, exists: () => true }, "runtime");
    const database = new Map(
      files.flatMap((entry) => (entry.kind === "file" ? [[entry.path, Buffer.from(entry.content)]] : [])),
    );
    for (const path of database.keys()) expect(isDatabasePath(distro, path)).toBe(true);
    const installed = distro.parseInstalled(database);
    expect(installed.map((item) => `${item.name} ${item.version}`)).toEqual(
      all.map(({ facts }) => `${facts.name} ${facts.version}`).toSorted(),
    );
    const reversed = { packages: packages.toReversed(), exists: () => true };
    expect(distro.installedDatabase(reversed, "runtime")).toEqual(files);
  });

  // Where a database has files of single packages, they travel with the packages' layers.
  const hasParts = distro.databasePaths.some((path) => path.endsWith("/"));
  it.runIf(hasParts)("a package's own part of the database is enough to find it", async () => {
    const host = await samples.startRepository();
    const locked = await lockedPackage(distro, samples, host, "library");
    const bytes = await download((await distro.packageUrls(locked, host))[0]!, host);
    const database = new Map<string, Buffer>();
    const content = distro.readPackage(inPieces(bytes, 1000), locked, "runtime");
    for await (const { entry, content: body } of content.items)
      if (isDatabasePath(distro, entry.path)) database.set(entry.path, await bytesOfStream(body));
    const { name, version, architecture, source, sourceVersion } = locked;
    expect(distro.parseInstalled(database)).toMatchObject([{ name, version, architecture, source, sourceVersion }]);
  });

  it("a database says which of its packages need which", async () => {
    const host = await samples.startRepository();
    const packages: PackageFacts[] = [];
    for (const name of ["app", "base", "library"]) {
      const locked = await lockedPackage(distro, samples, host, name);
      const bytes = await download((await distro.packageUrls(locked, host))[0]!, host);
      const content = distro.readPackage(inPieces(bytes, 1000), locked, "runtime");
      for await (const item of content.items) await bytesOfStream(item.content);
      packages.push(content.facts());
    }
    const files = distro.installedDatabase({ packages, exists: () => true }, "runtime");
    const database = new Map(
      files.flatMap((entry) => (entry.kind === "file" ? [[entry.path, Buffer.from(entry.content)] as const] : [])),
    );
    const needs = distro.parseInstalled(database).map(({ name, dependsOn = [] }) => [name, dependsOn]);
    expect(needs).toEqual([
      ["app", ["library"]],
      ["base", []],
      ["library", ["base"]],
    ]);
  });

  it("an empty database has no packages", () => {
    expect(distro.parseInstalled(new Map())).toEqual([]);
  });

  it("base files and folders that exist are not given again", () => {
    const given = distro.baseEntries([], () => true);
    expect(given.filter((entry) => entry.kind !== "symlink")).toEqual([]);
  });

  it("base entries have clean paths, each once, and are the same each time", () => {
    const given = distro.baseEntries([], () => false);
    expect(given.length).toBeGreaterThan(0);
    expectCleanPaths(given);
    expect(distro.baseEntries([], () => false)).toEqual(given);
  });

  it("a development image's entries have clean paths, each once, and none that exists", () => {
    const view = { release: samples.release, packages: [] };
    const given = distro.devEntries({ ...view, exists: (path) => /(?:apt-get|apk)$/.test(path) });
    expect(given.length).toBeGreaterThan(0);
    expectCleanPaths(given);
    expect(distro.devEntries({ ...view, exists: () => true })).toEqual([]);
    expect(distro.devEntries({ ...view, exists: () => false })).toEqual([]);
  });

  it("without packages there are no accounts", () => {
    expect(distro.baseAccounts([])).toEqual({ passwd: [], group: [] });
  });

  it("the places of the database have no slash in front", () => {
    expect(distro.databasePaths.length).toBeGreaterThan(0);
    for (const path of distro.databasePaths) expect(path).not.toMatch(/^\//);
  });
}

function describeVersions(distro: Distro, samples: DistroSamples): void {
  it("versions have one order: every two of them compare as they stand in the list", () => {
    const { versions } = samples;
    for (const [i, a] of versions.entries())
      for (const [j, b] of versions.entries()) {
        const expected = i === j ? 0 : i < j ? -1 : 1;
        expect(distro.compareVersions(a, b), `${a} and ${b}`).toBe(expected);
      }
  });

  it.each(samples.equalVersions)("%s and %s are the same version", (a, b) => {
    expect([distro.compareVersions(a, b), distro.compareVersions(b, a)]).toEqual([0, 0]);
  });

  it("a package URL says name, version, architecture and release, and others can read it", () => {
    const [version = ""] = samples.versions.slice(-1);
    const installed = { name: "library+1", version, architecture: "arm64", source: "source", sourceVersion: "1.0" };
    const text = distro.purl(installed, samples.release);
    const purl = PackageURL.fromString(text);
    expect({ type: purl.type, namespace: purl.namespace }).toEqual(samples.purl);
    expect([purl.name, purl.version]).toEqual(["library+1", version]);
    expect(Object.keys(purl.qualifiers ?? {})).toEqual(expect.arrayContaining(["arch", "distro"]));
    expect(purl.qualifiers?.["distro"]).toContain(samples.release.versionId);
    expect(purl.toString()).toBe(text);
  });

  it("a release has a name in advisory data", () => {
    expect(distro.advisoryEcosystem(samples.release)).toBe(samples.advisoryEcosystem);
  });
}

function requestOf(
  { release }: DistroSamples,
  names: readonly string[],
  masks: readonly string[] = [],
): Parameters<Distro["resolve"]>[0] {
  return { release, architecture: "amd64", packages: names.map((name) => ({ name })), masks };
}

function resolve(
  distro: Distro,
  samples: DistroSamples,
  host: Host,
  names: readonly string[],
  masks: readonly string[] = [],
): ReturnType<Distro["resolve"]> {
  return distro.resolve(requestOf(samples, names, masks), host);
}

async function lockedPackage(distro: Distro, samples: DistroSamples, host: Host, name: string): Promise<LockedPackage> {
  const { packages } = await resolve(distro, samples, host, [name]);
  const found = packages.find((item) => item.name === name);
  if (found === undefined) throw new Error(`the repository of the test has no ${name}`);
  return found;
}

async function download(url: URL, host: Host): Promise<Buffer> {
  const response = await host.http.request(url);
  expect(response.status).toBe(200);
  return bytesOfStream(response.body);
}

async function unpack(
  distro: Distro,
  samples: DistroSamples,
  name: string,
  profile: "runtime" | "dev",
  pieceBytes = 65_536,
): Promise<Unpacked> {
  const host = await samples.startRepository();
  const locked = await lockedPackage(distro, samples, host, name);
  const bytes = await download((await distro.packageUrls(locked, host))[0]!, host);
  return readAll(distro, bytes, locked, profile, pieceBytes);
}

async function readAll(
  distro: Distro,
  bytes: Buffer,
  locked: LockedPackage,
  profile: "runtime" | "dev",
  pieceBytes = 65_536,
): Promise<Unpacked> {
  const { items, facts } = distro.readPackage(inPieces(bytes, pieceBytes), locked, profile);
  const paths: string[] = [];
  for await (const { entry, content } of items) {
    paths.push(entry.path);
    await bytesOfStream(content);
  }
  return { paths, facts: facts() };
}

function isDatabasePath({ databasePaths }: Distro, path: string): boolean {
  return databasePaths.some((known) => (known.endsWith("/") ? path.startsWith(known) : path === known));
}

function expectCleanPaths(entries: readonly GeneratedEntry[]): void {
  const paths = entries.map((entry) => entry.path);
  expect(new Set(paths).size).toBe(paths.length);
  for (const path of paths) expect(path).not.toMatch(/^\/|\/$|(?:^|\/)\.\.?(?:\/|$)/);
}
