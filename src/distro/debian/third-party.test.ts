// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { startRepository, type RepositoryOptions, type TestRepository } from "../../../test/support/apt-repository.js";
import { codeOf } from "../../../test/support/bytes.js";
import { startMirror, type TestMirror } from "../../../test/support/debian-mirror.js";
import type { TestPackage } from "../../../test/support/deb.js";
import { testHost } from "../../../test/support/host.js";
import { temporaryFolder } from "../../../test/support/temporary.js";
import type { Resolution, ResolveRequest } from "../contract.js";
import { resolveDebian } from "./resolve.js";

const DAY_MS = 24 * 3600 * 1000;
const TOOL: TestPackage = { name: "tool", version: "3.0-1", fields: { Depends: "bb" } };
const OWN: readonly TestPackage[] = [{ name: "bb" }, { name: "cc", version: "1.0-1" }];

interface Setting {
  readonly mirror: TestMirror;
  readonly repository: TestRepository;
}

async function start(options: Partial<RepositoryOptions> = {}, own = OWN): Promise<Setting> {
  return {
    mirror: await startMirror({ packages: own }),
    repository: await startRepository({ packages: [TOOL], ...options }),
  };
}

function resolve(
  { mirror, repository }: Setting,
  request: Partial<ResolveRequest> = {},
  options: { readonly home?: string; readonly offline?: boolean } = {},
): Promise<Resolution> {
  const { line, keyring } = repository;
  const host = testHost({ env: { BASALT_DEBIAN_MIRROR: mirror.url }, trust: mirror.trust, ...options });
  return resolveDebian(
    {
      release: { versionId: "13", codename: "trixie" },
      architecture: "amd64",
      packages: [{ name: "tool" }],
      masks: [],
      repositories: [line],
      repositoryKeys: { [line]: keyring },
      ...request,
    },
    host,
  );
}

const told = ({ packages }: Resolution): readonly string[] =>
  packages.map(({ name, version, repository, suite }) => `${name} ${version} ${repository} ${suite}`);

describe("a repository beside Debian's own", () => {
  const forms: readonly (Partial<RepositoryOptions> & { readonly summary: string })[] = [
    { summary: "with InRelease and xz" },
    { summary: "with Release, Release.gpg and gz", signed: "Release.gpg", index: "gz" },
    { summary: "with an index that is not compressed", index: "plain" },
    { summary: "with a binary keyring", keyFile: ({ publicBytes }) => publicBytes },
    {
      summary: "with text around the key, and a second key",
      keyFile: ({ publicKey }) => Buffer.from(`This is our key:\n${publicKey.replaceAll("\n", "\r\n")}\nBye.\n`),
    },
    { summary: "with packages for all architectures in an index of their own", architectures: "all" },
  ];
  it.each(forms)("$summary", async ({ summary: _summary, ...options }) => {
    const setting = await start(options);
    const { url, key, keyring } = setting.repository;
    const found = await resolve(setting);
    expect(told(found)).toEqual(["bb 1.0-1 debian trixie", `tool 3.0-1 ${url}/ stable`]);
    expect(found.indexes.at(-1)).toMatchObject({ repository: `${url}/`, suite: "stable", signedBy: [key.fingerprint] });
    expect(found.keyrings).toEqual([
      { url: keyring, fingerprints: [key.fingerprint], keys: key.publicBytes.toString("base64") },
    ]);
  });

  it.each(["./", "/", "debian13/"])("flat, below %s", async (suite) => {
    const setting = await start({ suite, says: "" });
    const { url } = setting.repository;
    const found = await resolve(setting);
    expect(told(found).at(-1)).toBe(`tool 3.0-1 ${url}/ ${suite === "/" ? "./" : suite}`);
    expect(found.packages.at(-1)?.path).toMatch(/^(?:debian13\/)?tool_[0-9a-f]{8}\.deb$/);
    expect(found.indexes.at(-1)?.component).toBe(".");
  });

  it("behind redirects", async () => {
    const target = await startRepository({ packages: [TOOL] });
    const redirect: RepositoryOptions["intercept"] = (path, response) => {
      response.writeHead(302, { location: `${target.url}/${path}` }).end();
      return true;
    };
    const { url } = await startRepository({ packages: [], intercept: redirect });
    const line = target.line.replace(target.url, url);
    const setting = { mirror: await startMirror({ packages: OWN }), repository: { ...target, line } };
    expect(told(await resolve(setting)).at(-1)).toBe(`tool 3.0-1 ${url}/ stable`);
  });

  it("that does not have the architecture, or not for it, gives nothing", async () => {
    const setting = await start();
    expect(await codeOf(() => resolve(setting, { architecture: "arm64" }))).toBe("PACKAGE_UNKNOWN");
    const line = setting.repository.line.replace("[", "[arch=arm64 ");
    const request = { repositories: [line], repositoryKeys: { [line]: setting.repository.keyring } };
    expect(await codeOf(() => resolve(setting, request))).toBe("PACKAGE_UNKNOWN");
  });

  it("that says nothing new is asked for its Release file and key only, and not at all offline", async () => {
    const setting = await start();
    const home = temporaryFolder();
    const first = await resolve(setting, {}, { home });
    setting.repository.requests.length = 0;
    expect(await resolve(setting, {}, { home })).toEqual(first);
    expect(setting.repository.requests.toSorted()).toEqual(["GET /dists/stable/InRelease", "GET /key"]);
    expect(await resolve(setting, {}, { home, offline: true })).toEqual(first);
  });
});

describe("a repository is refused", () => {
  const expired = { "Valid-Until": new Date(Date.parse("2026-11-20T12:00:00Z") - DAY_MS).toUTCString() };
  const cases: readonly {
    readonly summary: string;
    readonly options?: Partial<RepositoryOptions>;
    readonly change?: (repository: TestRepository) => void | Promise<void>;
    readonly keyring?: (repository: TestRepository) => string | undefined;
    readonly code: string;
  }[] = [
    { summary: "that has expired", options: { fields: expired }, code: "RELEASE_EXPIRED" },
    { summary: "that describes another suite", options: { says: "testing" }, code: "RELEASE_MISMATCH" },
    { summary: "without a key", keyring: () => undefined, code: "REPOSITORY_KEY" },
    {
      summary: "whose key is not the pinned one",
      keyring: ({ keyUrl }) => `${keyUrl}#${"A".repeat(40)}`,
      code: "REPOSITORY_KEY",
    },
    {
      summary: "signed by another key than the keyring has",
      change: async ({ files }) => {
        const other = await startRepository({ packages: [TOOL] });
        for (const [path, content] of other.files) if (path.startsWith("dists/")) files.set(path, content);
      },
      code: "SIGNATURE_INVALID",
    },
    {
      summary: "whose Release file was changed",
      change: ({ files }) => {
        const path = "dists/stable/InRelease";
        files.set(path, Buffer.from((files.get(path)?.toString() ?? "").replace("Origin: Test", "Origin: Best")));
      },
      code: "SIGNATURE_INVALID",
    },
    {
      summary: "with a Release file that nobody signed",
      options: { signed: "Release.gpg" },
      change: ({ files }) => void files.delete("dists/stable/Release.gpg"),
      code: "HTTP_STATUS",
    },
    { summary: "whose key is none", options: { keyFile: () => Buffer.from("<html>") }, code: "KEY_INVALID" },
    { summary: "whose key is empty", options: { keyFile: () => Buffer.alloc(0) }, code: "KEY_INVALID" },
    {
      summary: "whose key is far too large",
      options: { keyFile: () => Buffer.alloc(300 * 1024) },
      code: "SIZE_LIMIT_EXCEEDED",
    },
    {
      summary: "that has gone",
      change: ({ files }) => {
        files.clear();
      },
      code: "HTTP_STATUS",
    },
    {
      summary: "whose index has other bytes",
      change: ({ files }) => void files.set("dists/stable/main/binary-amd64/Packages.xz", Buffer.from("x")),
      code: "FETCH_SIZE_MISMATCH",
    },
  ];
  it.each(cases)("$summary", async ({ options, change, keyring = ({ keyring: own }) => own, code }) => {
    const setting = await start(options);
    const { repository } = setting;
    await change?.(repository);
    const key = keyring(repository);
    const repositoryKeys = key === undefined ? {} : { [repository.line]: key };
    expect(await codeOf(() => resolve(setting, { repositoryKeys }))).toBe(code);
  });

  it("whose key comes in the clear and is not pinned", async () => {
    const setting = await start();
    const { line } = setting.repository;
    const work = resolve(setting, { repositoryKeys: { [line]: "http://keys.test/key" } });
    await expect(work).rejects.toMatchObject({
      code: "REPOSITORY_KEY",
      action: "write http://keys.test/key#FINGERPRINT under keyring",
    });
  });

  it("and the error says how to go on without it", async () => {
    const setting = await start({ intercept: (_path, response) => Boolean(response.writeHead(404).end()) });
    await expect(resolve(setting)).rejects.toMatchObject({
      action: expect.stringContaining(`--map-repository ${setting.repository.url}/=debian`) as string,
    });
  });
});

describe("several repositories", () => {
  it("of one version with other bytes, Debian's own is taken, then the one listed first", async () => {
    const same = { name: "cc", version: "1.0-1", files: [{ path: "usr/bin/cc", content: "other" }] };
    const setting = await start({ packages: [same] });
    expect(told(await resolve(setting, { packages: [{ name: "cc" }] }))).toEqual(["cc 1.0-1 debian trixie"]);
    const [one, two] = [setting.repository, await startRepository({ packages: [{ ...same, name: "dd" }] })];
    const first = await startRepository({ packages: [{ name: "dd", version: "1.0-1" }] });
    const all = [first, two, one];
    const request = {
      packages: [{ name: "dd" }],
      repositories: all.map(({ line }) => line),
      repositoryKeys: Object.fromEntries(all.map(({ line, keyring }) => [line, keyring])),
    };
    expect(told(await resolve(setting, request))).toEqual([`dd 1.0-1 ${first.url}/ stable`]);
  });

  const priorities: readonly {
    readonly summary: string;
    readonly fields?: Readonly<Record<string, string>>;
    readonly request?: ResolveRequest["packages"][number];
    readonly version: string;
  }[] = [
    { summary: "the highest version of all is taken", version: "2.0-1" },
    { summary: "not one of a suite that is not automatic", fields: { NotAutomatic: "yes" }, version: "1.0-1" },
    {
      summary: "nor of backports",
      fields: { NotAutomatic: "yes", ButAutomaticUpgrades: "yes" },
      version: "1.0-1",
    },
    {
      summary: "unless its version is pinned",
      fields: { NotAutomatic: "yes" },
      request: { name: "cc", version: "2.0-1" },
      version: "2.0-1",
    },
    {
      summary: "or its suite is named",
      fields: { NotAutomatic: "yes", ButAutomaticUpgrades: "yes" },
      request: { name: "cc", suite: "stable" },
      version: "2.0-1",
    },
    {
      summary: "a suite that is named wins over a higher version",
      request: { name: "cc", suite: "trixie" },
      version: "1.0-1",
    },
  ];
  it.each(priorities)("$summary", async ({ fields = {}, request = { name: "cc" }, version }) => {
    const setting = await start({ packages: [{ name: "cc", version: "2.0-1" }], fields });
    expect(told(await resolve(setting, { packages: [request] }))[0]).toContain(`cc ${version} `);
  });

  it("a package of a named suite brings what it needs from there, and nothing else", async () => {
    const own = [{ name: "cc" }, { name: "libcc" }, { name: "libdd" }];
    const packages = [
      { name: "cc", version: "2.0-1", fields: { Depends: "libcc (= 2.0-1), libdd" } },
      { name: "libcc", version: "2.0-1" },
      { name: "libdd", version: "2.0-1" },
    ];
    const setting = await start({ packages, fields: { NotAutomatic: "yes" } }, own);
    const found = await resolve(setting, { packages: [{ name: "cc", suite: "stable" }] });
    expect(found.packages.map(({ name, version }) => `${name} ${version}`)).toEqual([
      "cc 2.0-1",
      "libcc 2.0-1",
      "libdd 1.0-1",
    ]);
  });
});
