// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { testDefinition } from "../../test/support/definitions.js";
import { expandDefinition, type ImageDefinition } from "../definition/index.js";
import { distroOf, type PackageFacts } from "../distro/index.js";
import type { EntryRecord } from "./entry-record.js";
import { applyRules, CA_BUNDLE, findInterfaces, requireTruthfulLabels } from "./rules.js";
import { TopLayer } from "./top-layer.js";
import { FileTree } from "./tree.js";

async function image(parts: Readonly<Record<string, unknown>> = {}): Promise<ImageDefinition> {
  return expandDefinition(await testDefinition(parts), "linux/amd64");
}

function facts(name: string, parts: Partial<PackageFacts> = {}): PackageFacts {
  return {
    name,
    version: "1",
    statusParagraph: `Package: ${name}\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n`,
    replaces: [],
    alternatives: [],
    triggers: [],
    retained: {},
    ...parts,
  };
}

function treeOf(paths: readonly string[]): FileTree {
  const tree = new FileTree();
  for (const path of paths) {
    const kind: EntryRecord["kind"] = path.endsWith("/") ? "directory" : "file";
    tree.set({ path: path.replace(/\/$/, ""), kind, mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 });
  }
  return tree;
}

interface Applied {
  readonly contents: ReadonlyMap<string, string>;
  readonly links: ReadonlyMap<string, string>;
  readonly tree: FileTree;
}

function apply(wanted: ImageDefinition, packages: readonly PackageFacts[], paths: readonly string[] = []): Applied {
  const top = new TopLayer(treeOf(paths));
  applyRules(top, { image: wanted, distro: distroOf("debian"), packages });
  const entries = top.entries(0);
  return {
    contents: new Map(
      entries
        .filter(({ entry }) => entry.kind === "file")
        .map(({ entry, content }) => [entry.path, content.toString()]),
    ),
    links: new Map(
      entries.flatMap(({ entry }) => (entry.kind === "symlink" ? [[entry.path, entry.target] as const] : [])),
    ),
    tree: top.tree,
  };
}

it("the certificates of packages become one bundle, by name", async () => {
  const retained = { "usr/share/ca-certificates/mozilla/B.crt": "B\n", "usr/share/ca-certificates/mozilla/A.crt": "A" };
  expect(apply(await image(), [facts("ca-certificates", { retained })]).contents.get(CA_BUNDLE)).toBe("A\nB\n");
});

it("an image without certificates has no bundle", async () => {
  expect(apply(await image(), [facts("base-files")]).contents.has(CA_BUNDLE)).toBe(false);
});

function alternative(path: string, priority: number): PackageFacts["alternatives"][number] {
  return { name: "awk", link: "usr/bin/awk", path, priority, slaves: [] };
}

it("of alternatives the one of highest priority is linked, if it is there", async () => {
  const packages = [
    facts("mawk", { alternatives: [alternative("/usr/bin/mawk", 5)] }),
    facts("gawk", { alternatives: [alternative("/usr/bin/gawk", 10)] }),
  ];
  const both = apply(await image(), packages, ["usr/bin/mawk", "usr/bin/gawk"]);
  expect([both.links.get("usr/bin/awk"), both.links.get("etc/alternatives/awk")]).toEqual([
    "/etc/alternatives/awk",
    "/usr/bin/gawk",
  ]);
  expect(apply(await image(), packages, ["usr/bin/mawk"]).links.get("etc/alternatives/awk")).toBe("/usr/bin/mawk");
});

it("os-release says what the definition says, quoted where a shell would need it", async () => {
  const wanted = await image({
    "os-release": { name: "Test Linux", id: "debian", "version-id": "13", "version-codename": "trixie" },
  });
  const { contents, links } = apply(wanted, []);
  expect(contents.get("usr/lib/os-release")).toBe(
    'NAME="Test Linux"\nID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n',
  );
  expect(links.get("etc/os-release")).toBe("../usr/lib/os-release");
});

const accounts: readonly {
  readonly summary: string;
  readonly accounts: object;
  readonly paths: readonly string[];
  readonly passwd: string;
  readonly group: string;
}[] = [
  {
    summary: "declared users get a home and no shell where there is none",
    accounts: {
      "run-as": "web",
      users: [{ name: "web", uid: 1000, gid: 1000 }],
      groups: [{ name: "web", gid: 1000, members: ["web"] }],
    },
    paths: [],
    passwd: "web:x:1000:1000:web:/home/web:/usr/sbin/nologin\n",
    group: "web:x:1000:web\n",
  },
  {
    summary: "root is listed where the definition says so",
    accounts: { root: true, "run-as": "1000", users: [], groups: [] },
    paths: ["usr/bin/bash"],
    passwd: "root:x:0:0:root:/root:/bin/bash\n",
    group: "root:x:0:\n",
  },
  {
    summary: "accounts stand in the order of their numbers",
    accounts: {
      root: true,
      "run-as": "root",
      users: [
        { name: "b", uid: 20, gid: 20 },
        { name: "a", uid: 10, gid: 10 },
      ],
      groups: [],
    },
    paths: [],
    passwd:
      "root:x:0:0:root:/root:/usr/sbin/nologin\na:x:10:10:a:/home/a:/usr/sbin/nologin\nb:x:20:20:b:/home/b:/usr/sbin/nologin\n",
    group: "root:x:0:\n",
  },
];
it.each(accounts)("$summary", async ({ accounts: wanted, paths, passwd, group }) => {
  const { contents } = apply(await image({ accounts: wanted }), [], paths);
  expect(contents.get("etc/passwd")).toBe(passwd);
  expect(contents.get("etc/group")).toBe(group);
});

it("base-passwd's accounts are there when the package is, and a declared user goes before them", async () => {
  const retained = {
    "usr/share/base-passwd/passwd.master":
      "root:*:0:0:root:/root:/bin/bash\ndaemon:*:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n",
    "usr/share/base-passwd/group.master": "root:*:0:\ndaemon:*:1:\n",
  };
  const { contents } = apply(
    await image({ accounts: { "run-as": "daemon", users: [{ name: "daemon", uid: 1, gid: 1 }], groups: [] } }),
    [facts("base-passwd", { retained })],
  );
  expect(contents.get("etc/passwd")).toBe(
    "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/home/daemon:/usr/sbin/nologin\n",
  );
});

const shells: readonly {
  readonly summary: string;
  readonly variant: "dev" | "runtime";
  readonly paths: readonly string[];
  readonly edits?: readonly object[];
  readonly expected: string | undefined;
}[] = [
  {
    summary: "dash is what /bin/sh leads to where no package brings it",
    variant: "dev",
    paths: ["usr/bin/bash", "usr/bin/dash"],
    expected: "dash",
  },
  { summary: "without dash it is bash", variant: "dev", paths: ["usr/bin/bash"], expected: "bash" },
  {
    summary: "a package's own /bin/sh stays",
    variant: "dev",
    paths: ["usr/bin/bash", "usr/bin/sh"],
    expected: undefined,
  },
  { summary: "without either there is no /bin/sh", variant: "dev", paths: ["usr/bin/busybox"], expected: undefined },
  {
    summary: "a definition may link it elsewhere",
    variant: "dev",
    paths: ["usr/bin/bash", "usr/bin/zsh"],
    edits: [{ type: "symlink", path: "/usr/bin/sh", source: "zsh" }],
    expected: "zsh",
  },
  {
    summary: "a definition may delete it",
    variant: "dev",
    paths: ["usr/bin/bash"],
    edits: [{ type: "delete", path: "/usr/bin/sh" }],
    expected: undefined,
  },
  { summary: "a runtime image gets none", variant: "runtime", paths: ["usr/bin/dash"], expected: undefined },
];
it.each(shells)("$summary", async ({ variant, paths, edits = [], expected }) => {
  expect(apply(await image({ variant, paths: edits }), [], paths).links.get("usr/bin/sh")).toBe(expected);
});

it("a dev image in which accounts can be changed has files of passwords, for the group shadow only", async () => {
  const wanted = {
    variant: "dev",
    accounts: {
      root: true,
      "run-as": "root",
      users: [{ name: "web", uid: 1000, gid: 1000 }],
      groups: [
        { name: "web", gid: 1000, members: ["web"] },
        { name: "shadow", gid: 42, members: [] },
      ],
    },
  };
  const { contents, tree } = apply(await image(wanted), [], ["usr/sbin/useradd"]);
  expect(contents.get("etc/shadow")).toBe("root:*::0:99999:7:::\nweb:*::0:99999:7:::\n");
  expect(contents.get("etc/gshadow")).toBe("root:*::\nshadow:*::\nweb:*::web\n");
  expect(tree.get("etc/shadow")).toMatchObject({ mode: 0o640, uid: 0, gid: 42 });
  expect(apply(await image(wanted), []).contents.has("etc/shadow")).toBe(false);
});

it("where apt is, there is the account that it becomes for downloads", async () => {
  const { contents } = apply(await image({ accounts: { "run-as": "1000", users: [], groups: [] } }), [facts("apt")]);
  expect(contents.get("etc/passwd")).toBe("_apt:x:42:65534::/nonexistent:/usr/sbin/nologin\n");
});

it("homes belong to their users and are closed to others", async () => {
  const { tree } = apply(await image(), []);
  expect(tree.get("home/nonroot")).toMatchObject({ kind: "directory", mode: 0o700, uid: 65532, gid: 65532 });
});

it("the definition's own edits come after the packages, in order", async () => {
  const paths = [
    { type: "delete", path: "/etc/motd" },
    { type: "file", path: "/etc/motd", content: "hi\n", mode: "0600", uid: 7 },
    { type: "symlink", path: "/srv/www", source: "/var/www" },
    { type: "directory", path: "/data", uid: 65532, gid: 65532, mode: "1777" },
  ];
  const { contents, links, tree } = apply(await image({ paths }), [], ["etc/", "etc/motd"]);
  expect(contents.get("etc/motd")).toBe("hi\n");
  expect(tree.get("etc/motd")).toMatchObject({ mode: 0o600, uid: 7 });
  expect(links.get("srv/www")).toBe("/var/www");
  expect(tree.get("data")).toMatchObject({ mode: 0o1777, uid: 65532 });
});

it("the package database lists every package", async () => {
  const { contents } = apply(await image(), [facts("zz"), facts("aa")]);
  expect(contents.get("var/lib/dpkg/status")?.match(/^Package: .*$/gm)).toEqual(["Package: aa", "Package: zz"]);
});

it("a working folder exists", async () => {
  expect(apply(await image({ "work-dir": "/app" }), []).tree.get("app")?.kind).toBe("directory");
});

const labels: readonly {
  readonly summary: string;
  readonly parts: Readonly<Record<string, unknown>>;
  readonly paths: readonly string[];
  readonly code: string | undefined;
}[] = [
  { summary: "a runtime image without a shell is as it should be", parts: {}, paths: [], code: undefined },
  { summary: "a shell that no label admits is refused", parts: {}, paths: ["usr/bin/dash"], code: "LABEL_UNTRUE" },
  {
    summary: "a shell that a label admits is allowed",
    parts: { labels: { "io.basalt.shell": "dash" } },
    paths: ["usr/bin/dash"],
    code: undefined,
  },
  {
    summary: "a label that admits another shell is refused",
    parts: { labels: { "io.basalt.shell": "bash" } },
    paths: ["usr/bin/dash"],
    code: "LABEL_UNTRUE",
  },
  {
    summary: "a label that admits a shell which is not there is refused",
    parts: { labels: { "io.basalt.shell": "bash" } },
    paths: [],
    code: "LABEL_UNTRUE",
  },
  {
    summary: "a package manager that no label admits is refused",
    parts: {},
    paths: ["usr/bin/dpkg"],
    code: "LABEL_UNTRUE",
  },
  {
    summary: "a shell that is asked for by name needs no label",
    parts: { contents: { packages: ["base-files", "bash"] } },
    paths: ["usr/bin/bash"],
    code: undefined,
  },
  {
    summary: "a shell that comes beside the one that is asked for is refused",
    parts: { contents: { packages: ["base-files", "dash"] } },
    paths: ["usr/bin/bash", "usr/bin/dash"],
    code: "LABEL_UNTRUE",
  },
  {
    summary: "a dev variant needs no label",
    parts: { variant: "dev" },
    paths: ["usr/bin/bash", "usr/bin/apt"],
    code: undefined,
  },
];
it.each(labels)("$summary", async ({ parts, paths, code }) => {
  const wanted = await image(parts);
  const top = new TopLayer(treeOf(paths));
  expect(await codeOf(() => requireTruthfulLabels(wanted, findInterfaces(top)))).toBe(code);
});
