// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { codeOf } from "../../../test/support/bytes.js";
import { testHost } from "../../../test/support/host.js";
import { temporaryFolder } from "../../../test/support/temporary.js";
import { debianMirrors } from "./mirrors.js";

const DEFAULTS = ["http://ftp.debian.org/debian/", "http://ftp.debian.org/debian-security/"];
const MIRRORS = ["http://mirror.test/debian/", "http://mirror.test/debian-security/"];

async function mirrorsWith(
  env: Readonly<Record<string, string>>,
  aptFiles: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const apt = temporaryFolder();
  for (const [name, text] of Object.entries(aptFiles)) {
    mkdirSync(dirname(join(apt, name)), { recursive: true });
    writeFileSync(join(apt, name), text);
  }
  const mirrors = await debianMirrors(testHost({ env: { BASALT_APT_DIR: apt, ...env } }));
  return [mirrors.debian.href, mirrors["debian-security"].href];
}

const deb822 = (uri: string, more = ""): string =>
  `Types: deb\nURIs: ${uri}\nSuites: bookworm\nComponents: main\n${more}`;

const cases = [
  { summary: "without anything the built-in default is used", env: {}, files: {}, expected: DEFAULTS },
  {
    summary: "the variable names the parent of both",
    env: { BASALT_DEBIAN_MIRROR: "http://mirror.test" },
    files: {},
    expected: MIRRORS,
  },
  {
    summary: "the variable goes before apt's sources",
    env: { BASALT_DEBIAN_MIRROR: "http://mirror.test/" },
    files: { "sources.list": "deb http://other.test/debian bookworm main\n" },
    expected: MIRRORS,
  },
  {
    summary: "one-line sources are read, options and all",
    env: {},
    files: {
      "sources.list":
        "# c\ndeb [arch=amd64 signed-by=/k.gpg] http://mirror.test/debian bookworm main\ndeb http://mirror.test/debian-security bookworm-security main\n",
    },
    expected: MIRRORS,
  },
  {
    summary: "deb822 sources are read",
    env: {},
    files: {
      "sources.list.d/debian.sources": `${deb822("http://mirror.test/debian/")}\n${deb822("http://mirror.test/debian-security/")}`,
    },
    expected: MIRRORS,
  },
  {
    summary: "the security archive is looked for beside the archive",
    env: {},
    files: { "sources.list": "deb http://mirror.test/debian bookworm main\n" },
    expected: MIRRORS,
  },
  {
    summary: "disabled and source-only entries are passed over",
    env: {},
    files: {
      "sources.list.d/a.sources": deb822("http://mirror.test/debian", "Enabled: no\n"),
      "sources.list": "deb-src http://mirror.test/debian bookworm main\n",
    },
    expected: DEFAULTS,
  },
  {
    summary: "other repositories of this machine are not Debian",
    env: {},
    files: { "sources.list.d/x.list": "deb https://packages.test/apt stable main\n" },
    expected: DEFAULTS,
  },
  {
    summary: "other schemes are passed over",
    env: {},
    files: { "sources.list": "deb cdrom:[x]/debian bookworm main\ndeb file:///debian bookworm main\n" },
    expected: DEFAULTS,
  },
  {
    summary: "a damaged file of apt's does not stop a build",
    env: {},
    files: { "sources.list.d/a.sources": " broken\n" },
    expected: DEFAULTS,
  },
];
it.each(cases)("$summary", async ({ env, files, expected }) => {
  expect(await mirrorsWith(env, files)).toEqual(expected);
});

it.each(["ftp://mirror.test/", "mirror.test", "file:///debian", "http://"])(
  "%s is refused as a mirror",
  async (url) => {
    expect(await codeOf(() => mirrorsWith({ BASALT_DEBIAN_MIRROR: url }))).toBe("MIRROR_INVALID");
  },
);
