// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { toInventory } from "./inventory.js";

const DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\nID=debian\n';
const STATUS = "var/lib/dpkg/status";

describe("which distribution it is", () => {
  const debian = { id: "debian", versionId: "13", prettyName: "Debian GNU/Linux 13 (trixie)" };
  it.each([
    { summary: "nothing says it", files: {}, distro: undefined },
    { summary: "os-release below /usr says it", files: { "usr/lib/os-release": DEBIAN }, distro: debian },
    { summary: "os-release below /etc says it", files: { "etc/os-release": DEBIAN }, distro: debian },
    {
      summary: "the one below /etc goes before the other, as os-release(5) wants it",
      files: { "usr/lib/os-release": DEBIAN, "etc/os-release": "ID=other\nVERSION_ID=1\n" },
      distro: { id: "other", versionId: "1", prettyName: "other" },
    },
    {
      summary: "values without quotes, in single quotes, and with backslashes are read",
      files: { "etc/os-release": 'ID=\'other\'\nVERSION_ID=1.5\nPRETTY_NAME="The \\"Other\\" \\$1"\n' },
      distro: { id: "other", versionId: "1.5", prettyName: 'The "Other" $1' },
    },
    {
      summary: "comments, empty lines and nonsense are passed over",
      files: { "etc/os-release": "# ID=wrong\n\n  ID=other\nhello\n=x\nVERSION_ID=\n" },
      distro: { id: "other", versionId: "", prettyName: "other" },
    },
    {
      summary: "an empty file says nothing",
      files: { "etc/os-release": "" },
      distro: { id: "", versionId: "", prettyName: "" },
    },
  ])("$summary", ({ files, distro }) => {
    expect(toInventory(new Map(Object.entries(files))).distro).toEqual(distro);
  });
});

describe("packages of Debian", () => {
  it("are those that dpkg's status lists as installed, in order of their names", () => {
    const status = [
      paragraph("zlib1g", "1:1.3.1", "Source: zlib\n"),
      paragraph("base-files", "13.8"),
      paragraph("libc6", "2.41-12", "Source: glibc (2.41-11)\n"),
      "Package: removed\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n",
      "Package: half\nStatus: install ok half-configured\nArchitecture: amd64\nVersion: 1\n",
    ].join("\n");
    expect(packagesOf({ "usr/lib/os-release": DEBIAN, [STATUS]: status })).toEqual([
      {
        kind: "deb",
        name: "base-files",
        version: "13.8",
        architecture: "amd64",
        source: "base-files",
        sourceVersion: "13.8",
        purl: "pkg:deb/debian/base-files@13.8?arch=amd64&distro=debian-13",
        paths: [],
      },
      {
        kind: "deb",
        name: "libc6",
        version: "2.41-12",
        architecture: "amd64",
        source: "glibc",
        sourceVersion: "2.41-11",
        purl: "pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13&upstream=glibc%402.41-11",
        paths: [],
      },
      {
        kind: "deb",
        name: "zlib1g",
        version: "1:1.3.1",
        architecture: "amd64",
        source: "zlib",
        sourceVersion: "1:1.3.1",
        purl: "pkg:deb/debian/zlib1g@1:1.3.1?arch=amd64&distro=debian-13&upstream=zlib",
        paths: [],
      },
    ]);
  });

  it("are those below status.d, too, each once where both list it", () => {
    const fragment = "Package: base-files\nArchitecture: amd64\nVersion: 13.8\n";
    const files = {
      "etc/os-release": DEBIAN,
      [STATUS]: paragraph("base-files", "13.8"),
      "var/lib/dpkg/status.d/base-files": fragment,
      "var/lib/dpkg/status.d/tzdata": fragment.replace("base-files", "tzdata"),
      "var/lib/dpkg/status.d/tzdata.md5sums": "0123  usr/share/zoneinfo\n",
    };
    expect(packagesOf(files).map((item) => item.name)).toEqual(["base-files", "tzdata"]);
  });

  it("of two architectures are two packages", () => {
    const status = [paragraph("libc6", "2.41"), paragraph("libc6", "2.41").replace("amd64", "i386")].join("\n");
    expect(packagesOf({ "etc/os-release": DEBIAN, [STATUS]: status }).map((item) => item.architecture)).toEqual([
      "amd64",
      "i386",
    ]);
  });

  it.each([
    {
      summary: "a distribution that is like Debian",
      release: "ID=raspbian\nID_LIKE=debian\nVERSION_ID=12\n",
      count: 1,
    },
    { summary: "a distribution that is like several", release: 'ID=x\nID_LIKE="ubuntu debian"\n', count: 1 },
    { summary: "another distribution", release: "ID=alpine\nVERSION_ID=3.22\n", count: 0 },
    { summary: "a distribution that says nothing", release: "", count: 0 },
  ])("are looked for in $summary: $count", ({ release, count }) => {
    expect(packagesOf({ "etc/os-release": release, [STATUS]: paragraph("base-files", "13.8") })).toHaveLength(count);
  });

  it("without a version are an error: a list with holes must not pass for a whole one", async () => {
    const status = "Package: base-files\nStatus: install ok installed\nArchitecture: amd64\n";
    const files = new Map(Object.entries({ "etc/os-release": DEBIAN, [STATUS]: status }));
    expect(await codeOf(() => toInventory(files))).toBe("CONTROL_INVALID");
  });
});

describe("other software", () => {
  it("is found without a distribution", () => {
    const files = {
      "usr/local/bin/node": "22.11.0",
      "app/node_modules/semver/package.json": '{"name":"semver","version":"7.0.0"}',
    };
    expect(packagesOf(files)).toEqual([
      {
        kind: "nodejs",
        name: "node",
        version: "22.11.0",
        license: "MIT",
        purl: "pkg:generic/node@22.11.0",
        paths: ["usr/local/bin/node"],
      },
      {
        kind: "npm",
        name: "semver",
        version: "7.0.0",
        purl: "pkg:npm/semver@7.0.0",
        paths: ["app/node_modules/semver/package.json"],
      },
    ]);
  });

  it("in several places is listed once with all of them, and in several versions as often", () => {
    const files = {
      "b/node_modules/semver/package.json": semver("7.0.0"),
      "a/node_modules/semver/package.json": semver("7.0.0"),
      "c/node_modules/semver/package.json": semver("6.0.0"),
    };
    expect(packagesOf(files).map(({ version, paths }) => ({ version, paths }))).toEqual([
      { version: "6.0.0", paths: ["c/node_modules/semver/package.json"] },
      { version: "7.0.0", paths: ["a/node_modules/semver/package.json", "b/node_modules/semver/package.json"] },
    ]);
  });

  it("stands after the distribution's packages, by kind and name", () => {
    const files = {
      "etc/os-release": DEBIAN,
      [STATUS]: "Package: zzz\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n",
      "usr/bin/node": "22.11.0",
      "a/node_modules/b/package.json": '{"name":"b","version":"1.0.0"}',
      "a/node_modules/@a/b/package.json": '{"name":"@a/b","version":"1.0.0"}',
    };
    expect(packagesOf(files).map((item) => `${item.kind} ${item.name}`)).toEqual([
      "deb zzz",
      "nodejs node",
      "npm @a/b",
      "npm b",
    ]);
  });
});

function packagesOf(files: Readonly<Record<string, string>>): ReturnType<typeof toInventory>["packages"] {
  return toInventory(new Map(Object.entries(files))).packages;
}

/** A paragraph of dpkg's status. */
function paragraph(name: string, version: string, more = ""): string {
  return `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n${more}`;
}

function semver(version: string): string {
  return JSON.stringify({ name: "semver", version });
}
