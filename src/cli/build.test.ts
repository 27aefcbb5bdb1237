// SPDX-License-Identifier: Apache-2.0
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { basaltOn, testContext } from "../../test/support/commands.js";
import { startMirror, type TestMirror } from "../../test/support/debian-mirror.js";
import { definitionText } from "../../test/support/definitions.js";
import { testHost } from "../../test/support/host.js";
import { sharedFolder } from "../../test/support/shared.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import type { Host } from "../host/host.js";
import { homeAt } from "../host/paths.js";
import { openSigner } from "../sign/index.js";
import { buildOptions, runBuild } from "./build.js";
import { findAll } from "./find-definitions.js";
import { parseOutput } from "./deliver.js";

const KEYS = sharedFolder();

/** To encrypt a signing key takes its time, so all tests have the same. */
beforeAll(async () => {
  await openSigner(testHost({ home: KEYS }));
});

async function mirrorAndHost(): Promise<{ readonly mirror: TestMirror; readonly host: Host }> {
  const mirror = await startMirror({
    packages: [{ name: "base-files", architecture: "all", files: [{ path: "etc/issue", content: "hello\n" }] }],
  });
  const host = testHost({ env: { BASALT_DEBIAN_MIRROR: mirror.url }, trust: mirror.trust });
  cpSync(homeAt(KEYS).keys, host.home.keys, { recursive: true });
  return { mirror, host };
}

/** A definition file with an info.yaml beside it. */
function definition(parts: Readonly<Record<string, unknown>> = {}): string {
  const folder = join(temporaryFolder(), "image");
  mkdirSync(folder);
  const file = join(folder, "1.yaml");
  writeFileSync(file, definitionText({ tags: ["1", "1-debian13"], platforms: ["linux/amd64"], ...parts }));
  return file;
}

const LINE = /^test:(\S+) (sha256:[0-9a-f]{64})$/;

describe("basalt build", () => {
  it("prints one line a tag and nothing else on stdout, and the same again", async () => {
    const { host } = await mirrorAndHost();
    const file = definition();
    const { code, stdout, stderr } = await basaltOn(host, "build", file);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => LINE.exec(line));
    expect(code).toBe(0);
    expect(lines.map((match) => match?.[1])).toEqual(["1", "1-debian13"]);
    expect(new Set(lines.map((match) => match?.[2])).size).toBe(1);
    expect(stderr).toMatch(/: resolve\n.*: publish\n$/s);
    expect((await basaltOn(host, "build", file)).stdout).toBe(stdout);
    expect(JSON.parse((await basaltOn(host, "build", file, "--json")).stdout)).toEqual({
      images: [{ repository: "test", tags: ["1", "1-debian13"], digest: lines[0]?.[2] }],
    });
  });

  it("--output writes an archive or a layout as well", async () => {
    const { host } = await mirrorAndHost();
    const folder = temporaryFolder();
    const file = definition();
    await basaltOn(host, "build", file, "--output", `archive:${join(folder, "image.tar")}`);
    await basaltOn(host, "build", file, "--output", `oci-dir:${join(folder, "layout")}`);
    expect(existsSync(join(folder, "image.tar"))).toBe(true);
    expect(JSON.parse(readFileSync(join(folder, "layout", "oci-layout"), "utf8"))).toMatchObject({
      imageLayoutVersion: "1.0.0",
    });
    const { code, stdout } = await basaltOn(host, "quickview", `oci-dir://${join(folder, "layout")}`, "--json");
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { target: { packages: 1 } }]);
  });

  it("--lock builds what was resolved before", async () => {
    const { host } = await mirrorAndHost();
    const file = definition();
    const lock = join(temporaryFolder(), "1.lock");
    expect(await basaltOn(host, "resolve", file, "--output", lock)).toEqual({ code: 0, stdout: "", stderr: "" });
    const fromLock = await basaltOn(host, "build", file, "--lock", lock);
    expect(fromLock.code).toBe(0);
    expect(fromLock.stdout).toBe((await basaltOn(host, "build", file)).stdout);
  });

  it("--platform builds only those", async () => {
    const { host } = await mirrorAndHost();
    const file = definition({ platforms: ["linux/amd64", "linux/arm64"] });
    await basaltOn(host, "build", file, "--platform", "linux/arm64");
    const scan = async (platform: string): Promise<number> =>
      (await basaltOn(host, "quickview", "test:1", "--platform", platform)).code;
    expect([await scan("linux/arm64"), await scan("linux/amd64")]).toEqual([0, 1]);
  });

  const USAGE = [
    { summary: "--output without a kind", argv: ["--output", "image.tar"], code: 64, says: "USAGE: --output takes" },
    { summary: "an unknown platform", argv: ["--platform", "plan9/386"], code: 1, says: "PLATFORM_UNKNOWN" },
    { summary: "a lock that is not there", argv: ["--lock", "/nonexistent/x.lock"], code: 1, says: "FILE_NOT_FOUND" },
  ];

  it.each(USAGE)("refuses $summary", async ({ argv, code, says }) => {
    const ended = await basaltOn(testHost(), "build", definition(), ...argv);
    expect([ended.code, ended.stdout]).toEqual([code, ""]);
    expect(ended.stderr).toContain(`error: ${says}`);
  });

  it("refuses one lock for two definitions", async () => {
    const lock = join(temporaryFolder(), "x.lock");
    const { host } = await mirrorAndHost();
    await basaltOn(host, "resolve", definition(), "-o", lock);
    const ended = await basaltOn(host, "build", definition(), definition(), "--lock", lock);
    expect(ended.code).toBe(64);
    expect(ended.stderr).toContain("--lock is for one definition, and 2 are named");
  });

  it("says when no definition has that name", async () => {
    const ended = await basaltOn(testHost(), "build", "no-such-image:1");
    expect([ended.code, ended.stdout]).toEqual([1, ""]);
    expect(ended.stderr).toMatch(/^error: DEFINITION_NOT_FOUND: [^\n]*no-such-image:1[^\n]*\n$/);
  });

  it("--load says when there is no engine", async () => {
    const { host } = await mirrorAndHost();
    const ended = await basaltOn(host, "build", definition(), "--load");
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^error: ENGINE_UNAVAILABLE: the image was built/m);
  });

  it("publishes nothing when it is cancelled", async () => {
    const { host } = await mirrorAndHost();
    const context = testContext(host);
    context.abort();
    expect(await codeOf(() => runBuild([definition()], {}, context))).toBe("CANCELLED");
    expect((await basaltOn(host, "catalog", "list", "--json")).stdout).toBe('{\n  "images": []\n}\n');
  });
});

describe("basalt resolve", () => {
  it("prints the lock as JSON, and nothing else", async () => {
    const { host } = await mirrorAndHost();
    const { code, stdout, stderr } = await basaltOn(host, "resolve", definition());
    expect([code, stderr]).toEqual([0, ""]);
    const lock = JSON.parse(stdout) as Readonly<Record<string, object>>;
    expect(Object.keys(lock)).toEqual(
      expect.arrayContaining(["lockVersion", "rules", "compressor", "definition", "platforms", "evidence"]),
    );
    expect(Object.keys(lock["definition"] ?? {}).toSorted()).toEqual(["path", "sha256"]);
    expect(lock["platforms"]).toMatchObject({
      "linux/amd64": {
        packages: [
          {
            name: "base-files",
            version: "1.0-1",
            architecture: "all",
            source: "base-files",
            sourceVersion: "1.0-1",
            repository: expect.any(String) as string,
            suite: expect.any(String) as string,
            path: "pool/main/base-files_1.0-1_all.deb",
            sizeBytes: expect.any(Number) as number,
            sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          },
        ],
        artifacts: [],
        dropped: [],
      },
    });
  });

  it("says nothing of this machine", async () => {
    const { host } = await mirrorAndHost();
    const { stdout } = await basaltOn(host, "resolve", definition());
    expect(stdout).not.toContain("127.0.0.1");
    expect(stdout).not.toContain(host.home.root);
  });

  it("is for one definition", async () => {
    const ended = await basaltOn(testHost(), "resolve", "node");
    expect(ended.code).toBe(64);
    expect(ended.stderr).toMatch(/^error: USAGE: node names several definitions/);
  });
});

describe("which definitions are built", () => {
  it("all that are named, each once", async () => {
    const file = definition();
    expect((await findAll([file, file, definition()])).map((item) => item.file)).toHaveLength(2);
  });

  it("a name of the built-in catalogue without a tag means all of that image", async () => {
    const images = (await findAll(["node"])).map((item) => item.image);
    expect(images.length).toBeGreaterThan(1);
    expect(new Set(images)).toEqual(new Set(["node"]));
    expect(await findAll(["node:22"])).toHaveLength(1);
  });

  it("the builder may be told apart by the environment", () => {
    const own = buildOptions(testContext(), () => undefined);
    const told = buildOptions(testContext(testHost({ env: { BASALT_BUILDER_ID: "urn:ci:7" } })), () => undefined);
    expect([own.builderId, told.builderId, told.version]).toEqual(["urn:basalt:builder:local", "urn:ci:7", "1.2.3"]);
  });
});

describe("where output goes", () => {
  const CASES = [
    { text: "oci-dir:out", expected: { kind: "oci-dir", path: "out" } },
    { text: "archive:/a/b.tar", expected: { kind: "archive", path: "/a/b.tar" } },
    { text: "archive:///a/b.tar", expected: { kind: "archive", path: "/a/b.tar" } },
    { text: "oci-dir://out", expected: { kind: "oci-dir", path: "out" } },
  ];

  it.each(CASES)("$text", ({ text, expected }) => {
    expect(parseOutput(text)).toEqual(expected);
  });

  it.each(["", "out", "oci-dir:", "archive://", "docker:out", "OCI-DIR:out"])("%j is wrong usage", async (text) => {
    expect(await codeOf(() => parseOutput(text))).toBe("USAGE");
  });
});
