// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { devEntries } from "./dev.js";

function entriesOf(
  retained: Readonly<Record<string, string>>,
  options: { readonly paths?: readonly string[]; readonly versionId?: string } = {},
): Readonly<Record<string, string>> {
  const entries = devEntries({
    release: { versionId: options.versionId ?? "13" },
    packages: [
      { name: "x", version: "1", statusParagraph: "", replaces: [], alternatives: [], triggers: [], retained },
    ],
    exists: (path) => options.paths?.includes(path) === true,
  });
  return Object.fromEntries(entries.map((entry) => [entry.path, entry.kind === "file" ? entry.content : entry.kind]));
}

const SOURCES = "etc/apt/sources.list.d/debian.sources";
const KEYRING = "usr/share/keyrings/debian-archive-keyring";

const sources = [
  {
    summary: "apt finds the release of the image, checked with its keyring",
    paths: ["usr/bin/apt-get", `${KEYRING}.pgp`, `${KEYRING}.gpg`],
    versionId: "13",
    suites: ["trixie trixie-updates", "trixie-security"],
    signedBy: `/${KEYRING}.pgp`,
  },
  {
    summary: "an older release has the keyring under its older name",
    paths: ["usr/bin/apt-get", `${KEYRING}.gpg`],
    versionId: "12",
    suites: ["bookworm bookworm-updates", "bookworm-security"],
    signedBy: `/${KEYRING}.gpg`,
  },
  {
    summary: "without a keyring apt uses the keys that it trusts in general",
    paths: ["usr/bin/apt-get"],
    versionId: "13",
    suites: ["trixie trixie-updates", "trixie-security"],
    signedBy: undefined,
  },
];
it.each(sources)("$summary", ({ paths, versionId, suites, signedBy }) => {
  const text = entriesOf({}, { paths, versionId })[SOURCES] ?? "";
  expect([...text.matchAll(/^Suites: (.*)$/gm)].map(([, names]) => names)).toEqual(suites);
  expect([...text.matchAll(/^URIs: http:\/\/[^/]+\/(.*)$/gm)].map(([, path]) => path)).toEqual([
    "debian",
    "debian-security",
  ]);
  const keyrings = [...text.matchAll(/^Signed-By: (.*)$/gm)].map(([, path]) => path);
  expect(keyrings).toEqual(signedBy === undefined ? [] : [signedBy, signedBy]);
});

it("an image without apt gets no sources", () => {
  expect(entriesOf({}, { paths: [`${KEYRING}.pgp`] })).toEqual({});
});

it("what a package brings is left as it is", () => {
  expect(Object.keys(entriesOf({}, { paths: ["usr/bin/apt-get", SOURCES] }))).toEqual([
    "etc/apt/apt.conf.d/00basalt",
    "usr/sbin/policy-rc.d",
  ]);
});

it("the shells of packages are listed at both their places, each once", () => {
  const given = {
    "usr/share/debianutils/shells": "# login shells\n/bin/sh\n",
    "usr/share/debianutils/shells.d/dash": "/usr/bin/dash\n# more\n/bin/sh\n",
    "usr/share/debianutils/shells.d/bash": "/bin/bash\n",
  };
  const shells = "/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n/usr/bin/dash\n";
  expect(entriesOf(given)).toEqual({
    "etc/shells": `# login shells\n/bin/sh\n${shells}`,
    "var/lib/shells.state": `/bin/sh\n${shells}`,
  });
});

it("without debianutils there is no list of shells", () => {
  expect(entriesOf({ "usr/share/debianutils/shells.d/bash": "/bin/bash\n" })).toEqual({});
});

const UNIX = `Name: Unix authentication
Default: yes
Priority: 256
Auth-Type: Primary
Auth:
\t[success=end default=ignore]\tpam_unix.so nullok try_first_pass
Auth-Initial:
\t[success=end default=ignore]\tpam_unix.so nullok
Session-Type: Additional
Session:
\trequired\tpam_unix.so
`;
const OTHER =
  "Name: Other\nDefault: yes\nPriority: 128\nAuth-Type: Primary\nAuth-Final:\n  [success=end]  other.so  a  b\n";

function pam(
  type: string,
  profiles: Readonly<Record<string, string>>,
): { readonly stack: string | undefined; readonly notes: string | undefined } {
  const name = type === "session" ? "session" : type.replace("-", "_");
  const template = `# ${type}\n$${name}_primary\n# fallback\n$${name}_additional\n# end\n`;
  const found = entriesOf({
    [`usr/share/pam/common-${type}`]: template,
    ...Object.fromEntries(Object.entries(profiles).map(([key, text]) => [`usr/share/pam-configs/${key}`, text])),
  });
  return { stack: found[`etc/pam.d/common-${type}`], notes: found[`var/lib/pam/${type}`] };
}

const stacks = [
  {
    summary: "one module jumps past itself, as the first of its block",
    type: "auth",
    profiles: { unix: UNIX },
    stack: "# auth\nauth\t[success=1 default=ignore]\tpam_unix.so nullok\n# fallback\n# end\n",
    notes: "Module: unix\n[success=end default=ignore]\tpam_unix.so nullok\n",
  },
  {
    summary: "of several modules that of higher priority is first, and each jumps past the rest",
    type: "auth",
    profiles: { a: OTHER, unix: UNIX },
    stack:
      "# auth\nauth\t[success=2 default=ignore]\tpam_unix.so nullok\nauth\t[success=1]  other.so a b\n# fallback\n# end\n",
    notes: "Module: unix\n[success=end default=ignore]\tpam_unix.so nullok\nModule: a\n[success=end]  other.so  a  b\n",
  },
  {
    summary: "a block without modules keeps the jumps right",
    type: "session",
    profiles: { unix: UNIX },
    stack: "# session\nsession\t[default=1]\t\t\tpam_permit.so\n# fallback\nsession\trequired\tpam_unix.so \n# end\n",
    notes: "Module: null\n[default=1]\t\t\tpam_permit.so\nModule: unix\nrequired\tpam_unix.so\n",
  },
  {
    summary: "sessions without a terminal have the same modules",
    type: "session-noninteractive",
    profiles: { unix: UNIX },
    stack:
      "# session-noninteractive\nsession\t[default=1]\t\t\tpam_permit.so\n# fallback\nsession\trequired\tpam_unix.so \n# end\n",
    notes: "Module: null\n[default=1]\t\t\tpam_permit.so\nModule: unix\nrequired\tpam_unix.so\n",
  },
  {
    summary: "profiles that are off by default, or for terminals only, stay out",
    type: "session-noninteractive",
    profiles: { off: UNIX.replace("yes", "no"), terminal: `${UNIX}Session-Interactive-Only: yes\n` },
    stack: "# session-noninteractive\nsession\t[default=1]\t\t\tpam_permit.so\n# fallback\n# end\n",
    notes: "Module: null\n[default=1]\t\t\tpam_permit.so\n",
  },
];
it.each(stacks)("PAM: $summary", ({ type, profiles, stack, notes }) => {
  expect(pam(type, profiles)).toEqual({ stack, notes });
});
