// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runScript, scriptOf } from "../../../test/support/actions.js";
import { temporaryFolder } from "../../../test/support/temporary.js";

const PROGRAMS = {
  npm: `cp "$HOME/made-lock.json" package-lock.json 2>/dev/null || echo '{}' > package-lock.json; echo "npm $*" >> "$HOME/calls"`,
  yarn: `test "$1" != --version || { echo "$YARN"; exit; }; echo "yarn $*" >> "$HOME/calls"`,
};

interface Bumped {
  readonly status: number | null;
  readonly output: string;
  readonly manifest: unknown;
  readonly calls: string;
}

function bump(
  uses: string,
  {
    manifest,
    bumps,
    lock,
    yarn = "1.22.22",
    inputs = { bumps: "b.json" },
  }: {
    readonly manifest: object;
    readonly bumps: unknown;
    readonly lock?: object;
    readonly yarn?: string;
    readonly inputs?: object;
  },
): Bumped {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(folder, "b.json"), JSON.stringify(bumps));
  writeFileSync(join(folder, "calls"), "");
  if (lock !== undefined) writeFileSync(join(folder, "made-lock.json"), JSON.stringify(lock));
  const script = scriptOf(uses, inputs as Readonly<Record<string, unknown>>);
  const { status, output } = runScript(script, folder, { programs: PROGRAMS, env: { YARN: yarn } });
  return {
    status,
    output,
    manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")),
    calls: readFileSync(join(folder, "calls"), "utf8"),
  };
}

describe("npm/bump@v1", () => {
  it("sets own dependencies, and overrides those of others", () => {
    const { status, manifest, calls } = bump("npm/bump@v1", {
      manifest: { dependencies: { a: "^1.0.0" }, devDependencies: { b: "1.0.0" }, overrides: { "@s/e": "1.0.0" } },
      bumps: [
        { package: "a", version: "1.2.0" },
        { package: "b", version: "1.1.0" },
        { package: "c", version: "2.0.0" },
        { package: "d", version: "3.0.0", overridePath: ["@s/e", "f"] },
      ],
    });
    expect(status).toBe(0);
    expect(manifest).toEqual({
      dependencies: { a: "1.2.0" },
      devDependencies: { b: "1.1.0" },
      overrides: { c: "2.0.0", "@s/e": { ".": "1.0.0", f: { d: "3.0.0" } } },
    });
    expect(calls).toBe("npm install --package-lock-only --ignore-scripts --no-audit --no-fund\n");
  });

  it("reads names with versions, too", () => {
    const { manifest } = bump("npm/bump@v1", { manifest: {}, bumps: { a: "1.2.0" } });
    expect(manifest).toEqual({ overrides: { a: "1.2.0" } });
  });

  it("fails where the lock file still has another version", () => {
    const lock = { packages: { "node_modules/x/node_modules/a": { version: "1.0.0" } } };
    const { status, output } = bump("npm/bump@v1", { manifest: {}, bumps: { a: "1.2.0" }, lock });
    expect([status, output]).toEqual([1, expect.stringContaining("still has 1.0.0 of a")]);
  });

  it("fails where the file is no such list", () => {
    const { status, output } = bump("npm/bump@v1", { manifest: {}, bumps: [{ name: "a" }] });
    expect([status, output]).toEqual([1, expect.stringContaining("each entry needs package and version")]);
  });
});

describe("yarn/bump", () => {
  const bumps = [
    { package: "a", version: "1.2.0" },
    { package: "b", version: "2.0.0", resolutions: ["**/b", "x/b"] },
  ];
  const manifest = { dependencies: { a: "^1.0.0" } };

  it("v2 sets own dependencies, and what its resolutions name", () => {
    const bumped = bump("yarn/bump@v2", { manifest, bumps });
    expect(bumped.manifest).toEqual({ dependencies: { a: "1.2.0" }, resolutions: { "**/b": "2.0.0", "x/b": "2.0.0" } });
    expect(bumped.calls).toBe("yarn install --ignore-scripts --non-interactive\n");
  });

  it("v2 writes resolutions as newer versions of Yarn want them", () => {
    const bumped = bump("yarn/bump@v2", { manifest, bumps, yarn: "4.5.0" });
    expect(bumped.manifest).toMatchObject({ resolutions: { b: "2.0.0", "x/b": "2.0.0" } });
    expect(bumped.calls).toBe("yarn install --mode=update-lockfile\n");
  });

  it("v1 sets one version everywhere, and adds what is no dependency unless it is told not to", () => {
    const inputs = { patches: "b.json" };
    expect(bump("yarn/bump@v1", { manifest, bumps, inputs }).manifest).toEqual({
      dependencies: { a: "1.2.0", b: "2.0.0" },
      resolutions: { a: "1.2.0", b: "2.0.0" },
    });
    const skipped = bump("yarn/bump@v1", { manifest, bumps, inputs: { ...inputs, "skip-yarn-add": true } });
    expect(skipped.manifest).toMatchObject({ dependencies: { a: "1.2.0" } });
  });
});
