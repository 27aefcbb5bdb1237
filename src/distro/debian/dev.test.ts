// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import type { ImageRepository } from "../contract.js";
import { devEntries } from "./dev.js";

function entriesOf(
  retained: Readonly<Record<string, string>>,
  options: {
    readonly paths?: readonly string[];
    readonly versionId?: string;
    readonly repositories?: readonly ImageRepository[];
  } = {},
): Readonly<Record<string, string>> {
  const entries = devEntries({
    release: { versionId: options.versionId ?? "13" },
    packages: [
      { name: "x", version: "1", statusParagraph: "", replaces: [], alternatives: [], triggers: [], retained },
    ],
    repositories: options.repositories ?? [],
    exists: (path) => options.paths?.includes(path) === true,
  });
  return Object.fromEntries(
    entries.map((entry) => [entry.path, entry.kind === "file" ? String(entry.content) : entry.kind]),
  );
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

const keyringOf = (keys: string): NonNullable<ImageRepository["keyring"]> => ({
  url: "https://a.test/k",
  fingerprints: ["A".repeat(40)],
  keys: Buffer.from(keys).toString("base64"),
});
const APT = ["usr/bin/apt-get", `${KEYRING}.pgp`];

it("repositories of others stand in a list of their own, each with the file of its keys", () => {
  const repositories = [
    { line: "deb [signed-by=/usr/share/keyrings/a.gpg] https://a.test/x trixie main", keyring: keyringOf("\u00ff") },
    { line: "deb [signed-by=/usr/share/keyrings/a.gpg lang=none] https://b.test ./", keyring: keyringOf("other") },
    { line: "deb [signed-by=/etc/apt/keyrings/c.asc arch=amd64] https://c.test stable main", keyring: keyringOf("c") },
    { line: "deb https://d.test stable main", keyring: keyringOf("d") },
  ];
  const entries = entriesOf({}, { paths: APT, repositories });
  expect(entries["etc/apt/sources.list.d/definition.list"]?.split("\n")).toEqual([
    "deb [signed-by=/usr/share/keyrings/a.gpg] https://a.test/x trixie main",
    "deb [signed-by=/usr/share/keyrings/a-2.gpg] https://b.test ./",
    "deb [arch=amd64 signed-by=/etc/apt/keyrings/c.asc] https://c.test stable main",
    "deb [signed-by=/etc/apt/keyrings/d.test.gpg] https://d.test stable main",
    "",
  ]);
  expect(Buffer.from(entries["usr/share/keyrings/a.gpg"] ?? "")).toEqual(Buffer.from("\u00ff"));
  expect(entries["usr/share/keyrings/a-2.gpg"]).toBe("other");
  expect(entries["etc/apt/keyrings/c.asc"]).toMatch(/^-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nYw==\n=/);
  expect(entriesOf({}, { repositories })).toEqual({});
});

it("Debian's own stand with the release, and are checked with its keyring", () => {
  const lines = [
    "deb http://ftp.debian.org/debian trixie main contrib",
    "deb [signed-by=/x.gpg] https://ftp.debian.org/debian trixie-backports main",
  ];
  const entries = entriesOf({}, { paths: APT, repositories: lines.map((line) => ({ line })) });
  expect(entries["etc/apt/sources.list.d/definition.list"]).toBeUndefined();
  const stanzas = (entries[SOURCES] ?? "").trim().split("\n\n");
  expect(stanzas.map((stanza) => /Suites: (.*)\nComponents: (.*)\nSigned-By: (.*)$/.exec(stanza)?.slice(1))).toEqual([
    ["trixie", "main contrib", `/${KEYRING}.pgp`],
    ["trixie-updates trixie-backports", "main", `/${KEYRING}.pgp`],
    ["trixie-security", "main", `/${KEYRING}.pgp`],
  ]);
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
