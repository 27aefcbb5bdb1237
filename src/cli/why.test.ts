// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { basaltOn, type CommandResult } from "../../test/support/commands.js";
import { startMirror } from "../../test/support/debian-mirror.js";
import type { TestPackage } from "../../test/support/deb.js";
import { definitionText } from "../../test/support/definitions.js";
import { testHost } from "../../test/support/host.js";
import { temporaryFolder } from "../../test/support/temporary.js";

const PACKAGES: readonly TestPackage[] = [
  { name: "app", fields: { Depends: "libapp (>= 1.0), awk", Recommends: "docs" } },
  { name: "libapp", version: "1.2-3", fields: { Depends: "libc (>= 0.9), ssl" } },
  { name: "libc" },
  { name: "mawk", fields: { Provides: "awk", Priority: "required", "Pre-Depends": "libc" } },
  { name: "gawk", fields: { Provides: "awk" } },
  { name: "ssl", fields: { Depends: "libc" } },
  { name: "old", fields: { Depends: "app | other (>= 9), ssl" } },
  { name: "other", fields: { Conflicts: "app" } },
  { name: "docs" },
  { name: "alone", fields: { Depends: "docs" } },
];

/** Asks about an image that wants `app`, `mawk`, and not `ssl`. */
async function why(name: string, ...flags: readonly string[]): Promise<CommandResult> {
  const mirror = await startMirror({ packages: PACKAGES });
  const host = testHost({ env: { BASALT_DEBIAN_MIRROR: mirror.url }, trust: mirror.trust });
  return basaltOn(host, "why", definitionFile(["app", "mawk", "old", "!ssl"]), name, ...flags);
}

function definitionFile(packages: readonly string[]): string {
  const file = join(temporaryFolder(), "x.yaml");
  writeFileSync(file, definitionText({ contents: { packages }, platforms: ["linux/amd64", "linux/arm64"] }));
  return file;
}

const answers: readonly {
  readonly summary: string;
  readonly name: string;
  readonly head: RegExp;
  readonly lines: readonly string[];
}[] = [
  {
    summary: "the ways to a dependency, the shortest first, both platforms together",
    name: "libc",
    head: /^libc 1\.0-1 of trixie is in \S+x\.yaml on linux\/amd64 and linux\/arm64\.$/,
    lines: ["2 packages need it:", "  mawk -> libc", "  app -> libapp (>= 1.0) -> libc (>= 0.9)"],
  },
  {
    summary: "what was asked for, and what needs it as well",
    name: "mawk",
    head: /^mawk 1\.0-1 of trixie is in /,
    lines: ["The definition asks for it, and 1 package needs it:", "  app -> awk (here mawk)"],
  },
  {
    summary: "what was asked for and nothing needs",
    name: "old",
    head: /^old 1\.0-1 of trixie is in /,
    lines: ["The definition asks for it, and no other package that is in needs it."],
  },
  {
    summary: "a masked package with what was lost",
    name: "ssl",
    head: /^ssl is not in .* There is 1\.0-1 of trixie\.$/,
    lines: [
      "The definition masks it (!ssl). Lost by that:",
      "  libapp -> ssl",
      "  old -> ssl",
      "Asking for it would bring 1 package: ssl.",
    ],
  },
  {
    summary: "a package that another one was taken for, and that could not come in beside it",
    name: "other",
    head: /^other is not in /,
    lines: [
      "old depends on app | other (>= 9); app is taken, since no version of other does.",
      "It cannot come in as well: other 1.0-1 and app 1.0-1 cannot be installed together: other conflicts",
      "  with app; the definition asks for both.",
    ],
  },
  {
    summary: "another provider of a name",
    name: "gawk",
    head: /^gawk is not in /,
    lines: ["app depends on awk; mawk meets that, and is in anyway.", "Asking for it would bring 1 package: gawk."],
  },
  {
    summary: "a package that is recommended",
    name: "docs",
    head: /^docs is not in /,
    lines: ["app recommends it, and only what is needed comes in.", "Asking for it would bring 1 package: docs."],
  },
  {
    summary: "a package that nothing needs",
    name: "alone",
    head: /^alone is not in /,
    lines: ["No package that is in needs it.", "Asking for it would bring 2 packages: alone and docs."],
  },
  {
    summary: "a name that others provide",
    name: "awk",
    head: /^awk is not in \S+ on linux\/amd64 and linux\/arm64\.$/,
    lines: [
      "It is a virtual package, provided by gawk and mawk, of which mawk is in.",
      "Needed by:",
      "  app -> awk (here mawk)",
    ],
  },
  {
    summary: "a name that does not exist",
    name: "libap",
    head: /^libap is not in /,
    lines: ["There is no package of that name in trixie. Did you mean libapp?"],
  },
];

/** The first sentence, and the lines below it; paths of tests may be long. */
function split(stdout: string): { readonly head: string; readonly lines: readonly string[] } {
  const [first = "", ...rest] = stdout.trimEnd().split("\n");
  const end = first.endsWith(".") ? 0 : rest.findIndex((line) => line.endsWith(".")) + 1;
  return { head: [first, ...rest.slice(0, end).map((line) => line.trim())].join(" "), lines: rest.slice(end) };
}

describe("basalt why", () => {
  it.each(answers)("tells $summary", async ({ name, head, lines }) => {
    const { code, stdout, stderr } = await why(name);
    expect([code, stderr]).toEqual([0, ""]);
    expect(split(stdout).head).toMatch(head);
    expect(split(stdout).lines).toEqual(lines);
  });

  it("--platform asks of that platform only", async () => {
    const { stdout } = await why("libc", "--platform", "linux/arm64");
    expect(split(stdout).head).toMatch(/ on linux\/arm64\.$/);
  });

  it("--json prints one document, by platform", async () => {
    const { code, stdout } = await why("libc", "--json", "--platform", "linux/amd64");
    const path = [
      { package: "app", dependency: "libapp (>= 1.0)", metBy: "libapp" },
      { package: "libapp", dependency: "libc (>= 0.9)", metBy: "libc" },
    ];
    const paths = [[{ package: "mawk", dependency: "libc", metBy: "libc" }], path];
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      definition: expect.stringMatching(/x\.yaml$/) as string,
      package: "libc",
      downloads: [],
      platforms: {
        "linux/amd64": {
          kind: "present",
          name: "libc",
          version: "1.0-1",
          suite: "trixie",
          isRequested: false,
          paths,
        },
      },
    });
  });

  it("platforms that differ are told apart", async () => {
    const mirror = await startMirror({
      packages: [
        { name: "app", fields: { Depends: "extra" }, architecture: "amd64" },
        { name: "app", architecture: "arm64" },
        { name: "extra", architecture: "all" },
      ],
    });
    const host = testHost({ env: { BASALT_DEBIAN_MIRROR: mirror.url }, trust: mirror.trust });
    const { stdout } = await basaltOn(host, "why", definitionFile(["app"]), "extra");
    expect(stdout).toMatch(/^extra 1\.0-1 of trixie is in .*linux\/amd64\.$.*\n\nextra is not in .*linux\/arm64/ms);
  });

  it("of many packages that need it, the nearest are told by their way and the rest by name", async () => {
    const users = Array.from({ length: 14 }, (_, index) => `user${String(index).padStart(2, "0")}`);
    const packages = [{ name: "libc" }, ...users.map((name) => ({ name, fields: { Depends: "libc" } }))];
    const mirror = await startMirror({ packages });
    const host = testHost({ env: { BASALT_DEBIAN_MIRROR: mirror.url }, trust: mirror.trust });
    const { stdout } = await basaltOn(host, "why", definitionFile(users), "libc");
    expect(split(stdout).lines).toEqual([
      "14 packages need it:",
      ...users.slice(0, 10).map((name) => `  ${name} -> libc`),
      "  and 4 packages more: user10, user11, user12 and user13",
    ]);
  });

  it("software that is downloaded, not a package, is told so", async () => {
    const mirror = await startMirror({ packages: [{ name: "base-files" }] });
    const host = testHost({ env: { BASALT_DEBIAN_MIRROR: mirror.url }, trust: mirror.trust });
    const file = join(temporaryFolder(), "x.yaml");
    const checksum = `sha256:${"0".repeat(64)}`;
    const download = { url: "npm:tool@1.0.0", checksum, path: "/opt", spdx: { packages: [{ name: "tool" }] } };
    writeFileSync(file, definitionText({ contents: { packages: ["base-files"], files: [download] } }));
    const { code, stdout } = await basaltOn(host, "why", file, "tool");
    expect(code).toBe(0);
    expect(stdout).toMatch(/no package of that name in trixie\.\n\nDownloaded, not a package: npm:tool@1\.0\.0\.\n$/);
  });

  it("an image that cannot be resolved fails with the reason", async () => {
    const mirror = await startMirror({
      packages: [{ name: "nginx", fields: { Depends: "libfoo (>= 2)" } }, { name: "libfoo" }],
    });
    const host = testHost({ env: { BASALT_DEBIAN_MIRROR: mirror.url }, trust: mirror.trust });
    const { code, stdout, stderr } = await basaltOn(host, "why", definitionFile(["nginx"]), "libfoo");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(
      /^error: PACKAGE_UNSATISFIABLE: nginx cannot be installed: it depends on libfoo \(>= 2\); trixie has libfoo 1\.0-1 only; /,
    );
  });

  it("a name of several definitions is wrong usage", async () => {
    expect((await basaltOn(testHost(), "why", "node", "libc6")).code).toBe(64);
  });
});
