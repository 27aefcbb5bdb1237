// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import {
  CATALOG_FOLDERS,
  definitionFiles,
  expandDefinition,
  formatProblem,
  lintFiles,
  listDefinitions,
  loadCatalogInfo,
  restoreDefinition,
  type ImageDefinition,
} from "../src/definition/index.js";
import { PLATFORMS } from "../src/formats/platform.js";
import { packageRoot } from "../src/host/paths.js";
import { temporaryFolder } from "./support/temporary.js";

const ROOT = packageRoot();
const TODAY = "2026-11-24";
const MAX_USER = 4_294_967_294; // (uid_t) -2; -1 means "no change". Source: chown(2)

const definitions = await listDefinitions(ROOT);
const cases = definitions.map((definition) => ({
  summary: definition.path,
  definition,
  isReference: definition.path.startsWith("reference/"),
}));
const runtimes = cases.flatMap(({ summary, definition }) => {
  const image = expandDefinition(definition, "linux/amd64");
  return image.variant === "runtime" ? [{ summary, definition }] : [];
});

function yamlFilesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => join(folder, name));
}

/** Whether a definition beside a fragment, or in a folder below, includes it. */
function isIncluded(path: string): boolean {
  const near = definitions.filter((definition) => definition.path.startsWith(`${dirname(path)}/`));
  return near.some(({ file }) => readFileSync(file, "utf8").includes(`  - ${basename(path)}\n`));
}

/**
 * `<v>[-<os>|-<os><version>][-<flavour>][-dev]`; the version of an image that is a release of its distribution may be the name of that.
 * Ordinary images name the release instead of the distribution, after the flavour, and have all tools without a suffix.
 */
function tagRule({ variant, flavor, osRelease }: ImageDefinition, isReference: boolean): RegExp {
  const release = osRelease.fields["VERSION_CODENAME"] ?? osRelease.versionId;
  const os = isReference ? release : `${osRelease.id}(?:${osRelease.versionId})?`;
  const suffix = variant === "dev" && !isReference ? "-dev" : "";
  const flavour = flavor === undefined ? "" : `-${flavor}`;
  const version = String.raw`(?:[0-9]+(?:\.[0-9]+)*|\$\{resolved\.[a-z0-9+.-]+\.version\}|${release})`;
  const rest = isReference ? `${flavour}(?:-${os})?` : `(?:-${os})?${flavour}`;
  return new RegExp(`^${version}${rest}${suffix}$`);
}

describe("our own catalogue", () => {
  it("has images, and ordinary ones to compare them with", () => {
    const images = new Set(definitions.map(({ image }) => image));
    const languages = ["golang", "nginx", "node", "openjdk", "php", "python", "ruby", "rust", "busybox"];
    const ordinary = [...languages, "debian"].map((name) => `reference/${name}`);
    expect([...images]).toEqual(
      expect.arrayContaining([...languages, "debian-base", "static", "static-glibc", ...ordinary]),
    );
  });

  it("lints clean, every file of it", async () => {
    const folders = CATALOG_FOLDERS.map((folder) => join(ROOT, folder));
    const { files, problems } = await lintFiles(folders, { today: TODAY });
    expect(problems.map(formatProblem)).toEqual([]);
    expect(files).toBe(folders.flatMap(yamlFilesBelow).length);
  });

  it("has no file that is neither a definition, a part of one, nor a catalogue entry", () => {
    const known = new Set(definitions.map(({ path }) => path));
    const others = CATALOG_FOLDERS.flatMap((folder) => yamlFilesBelow(join(ROOT, folder)))
      .map((file) => relative(ROOT, file))
      .filter((path) => !known.has(path) && !path.endsWith("/info.yaml"))
      .filter((path) => !path.endsWith(".inc.yaml") || !isIncluded(path));
    expect(others).toEqual([]);
  });

  it("has every tag in one definition only", () => {
    const owners = new Map<string, Set<string>>();
    for (const definition of definitions)
      for (const platform of definition.platforms)
        for (const tag of expandDefinition(definition, platform).tags) {
          const name = `${definition.image}:${tag}`;
          owners.set(name, (owners.get(name) ?? new Set()).add(definition.path));
        }
    expect([...owners].filter(([, paths]) => paths.size > 1)).toEqual([]);
  });
});

describe("every definition expands on both platforms", () => {
  it.each(cases)(
    "$summary is the same definition where what is attested of it is written again",
    async ({ definition }) => {
      const restored = await restoreDefinition(definitionFiles(definition), temporaryFolder());
      expect(restored.sha256).toBe(definition.sha256);
      for (const platform of definition.platforms)
        expect(expandDefinition(restored, platform)).toEqual(expandDefinition(definition, platform));
    },
  );

  it.each(cases)("$summary", ({ definition }) => {
    const images = PLATFORMS.map((platform) => expandDefinition(definition, platform));
    expect(images.map(({ platform }) => platform)).toEqual(definition.platforms);
    const [amd64, arm64] = images;
    expect(amd64?.tags).toEqual(arm64?.tags);
    expect(JSON.stringify(images)).not.toMatch(/\$\{(?!resolved\.)|#\{/);
  });
});

describe("every definition says what it is", () => {
  it.each(cases)("$summary", async ({ definition }) => {
    const { annotations, title } = expandDefinition(definition, "linux/amd64");
    expect(annotations["org.opencontainers.image.description"]).toMatch(/\S.{10,}/);
    expect(annotations["org.opencontainers.image.licenses"]).toMatch(/\S/);
    expect(title).toMatch(/\S/);
    expect(await loadCatalogInfo(definition.file)).toMatchObject({ displayName: expect.stringMatching(/\S/) });
  });
});

describe("every tag follows the rule", () => {
  it.each(cases)("$summary", ({ definition, isReference }) => {
    const image = expandDefinition(definition, "linux/amd64");
    const rule = tagRule(image, isReference);
    expect(image.tags.filter((tag) => !rule.test(tag))).toEqual([]);
    expect(new Set(image.tags).size).toBe(image.tags.length);
  });
});

describe("every download is pinned, and the same software on both platforms", () => {
  it.each(cases)("$summary", ({ definition }) => {
    const [amd64 = [], arm64 = []] = PLATFORMS.map((platform) => expandDefinition(definition, platform).files);
    expect(amd64.map(({ path, software }) => ({ path, software }))).toEqual(
      arm64.map(({ path, software }) => ({ path, software })),
    );
    for (const { pin, url } of [...amd64, ...arm64])
      expect([url, pin]).toEqual([
        url,
        { kind: "integrity", integrity: expect.stringMatching(/^sha(?:256|512)-/) as string },
      ]);
  });
});

describe("every image to run has a numeric user that is not root", () => {
  it.each(runtimes)("$summary", ({ definition }) => {
    for (const platform of definition.platforms) {
      const { accounts } = expandDefinition(definition, platform);
      for (const number of [accounts.runAs.uid, accounts.runAs.gid]) {
        expect(Number.isInteger(number)).toBe(true);
        expect(number).toBeGreaterThan(0);
        expect(number).toBeLessThanOrEqual(MAX_USER);
      }
      expect(accounts.users.some(({ uid }) => uid === accounts.runAs.uid)).toBe(true);
    }
  });
});
