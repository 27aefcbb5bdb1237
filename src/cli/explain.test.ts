// SPDX-License-Identifier: Apache-2.0
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { basaltOn } from "../../test/support/commands.js";
import { definitionText } from "../../test/support/definitions.js";
import { testHost } from "../../test/support/host.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { ASSEMBLY_RULES } from "../formats/assembly-rules.js";
import { packageRoot } from "../host/paths.js";

const CHECKSUM = `sha256:${"0123456789abcdef".repeat(4)}`;
const FULL = {
  flavor: "compat",
  tags: ["1", "1-debian", "${resolved.app.version}"],
  platforms: ["linux/amd64", "linux/arm64"],
  dates: { release: "2026-01-02", "end-of-life": "2027-01-02" },
  vars: { NAME: '#{ target.arch == "amd64" ? "x64" : "arm64" }' },
  contents: {
    packages: ["app=1.2-3", "base-files", "!awk", "!base-files"],
    artifacts: [{ name: `other.test/tool:1@sha256:${"0".repeat(64)}`, includes: ["opt/**"], uid: 0, gid: 0 }],
    builds: [
      {
        name: "compile",
        contents: { packages: ["gcc"] },
        pipeline: [{ name: "make", runs: "make" }, { uses: "strip@v1" }],
        outputs: [{ source: "${target.dir}/usr", target: "/usr" }],
      },
    ],
    files: [
      { url: "https://files.test/${NAME}.tar.gz", checksum: CHECKSUM, path: "/opt/tool", includes: ["bin/**"] },
      {
        url: "https://files.test/data",
        checksum: CHECKSUM,
        path: "/opt/data",
        mode: "0600",
        spdx: { name: "data", version: "3", packages: [{ name: "data", version: "3", license: "MIT" }] },
      },
    ],
  },
  "work-dir": "/work",
  environment: { MODE: "production", EMPTY: " " },
  entrypoint: ["/opt/tool/bin/run", "--say", "two words"],
  cmd: ["serve"],
  ports: ["8080", "9000-9001/udp"],
  volumes: ["/data"],
  "stop-signal": "SIGQUIT",
  paths: [
    { type: "directory", path: "/data", uid: 65532, gid: 65532, mode: "0750" },
    { type: "file", path: "/etc/tool.conf", content: "a=1\n" },
    { type: "symlink", path: "/usr/bin/tool", source: "/opt/tool/bin/run" },
    { type: "delete", path: "/etc/motd" },
  ],
  tests: [
    { name: "version", commands: ["tool --version", "sh -c 'exit 0'"], "exit-code": 0, output: "^tool 1" },
    {
      name: "files",
      files: [
        { path: "/usr/bin/sh", absent: true },
        { path: "/data", kind: "directory", uid: 65532, mode: "0750" },
        { path: "/etc/tool.conf", contains: "a=1" },
      ],
    },
  ],
  labels: { "com.test.team": "tools" },
  annotations: { "org.opencontainers.image.licenses": "MIT" },
};

interface Explanation {
  readonly code: number;
  readonly head: string;
  /** Lines below each title. */
  readonly parts: ReadonlyMap<string, readonly string[]>;
  readonly text: string;
}

async function explain(parts: Readonly<Record<string, unknown>>, ...flags: readonly string[]): Promise<Explanation> {
  const file = join(temporaryFolder(), "x.yaml");
  writeFileSync(file, definitionText(parts));
  const { code, stdout, stderr } = await basaltOn(testHost({ offline: true }), "explain", file, ...flags);
  expect(stderr).toBe("");
  const [head = "", ...rest] = stdout.split("\n\n").map((part) => part.trimEnd());
  const sections = rest.map((part) => {
    const [title = "", ...lines] = part.split("\n");
    return [title, lines.map((line) => line.slice(2))] as const;
  });
  return { code, head: head.replaceAll(/\s+/g, " "), parts: new Map(sections), text: stdout };
}

/** Names and versions of the rules that are told of a definition. */
async function rulesOf(definition: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  const { parts } = await explain(definition);
  const lines = parts.get("Added by the assembly") ?? [];
  return lines.filter((line) => !line.startsWith(" ")).map((line) => line.split("  ", 1)[0] ?? "");
}

describe("basalt explain", () => {
  const parts: readonly { readonly title: string; readonly lines: readonly string[] }[] = [
    {
      title: "Image",
      lines: [
        "title        Test image",
        "repository   test",
        "tags         1, 1-debian, ${resolved.app.version}",
        "variant      runtime: no shell and no package manager, unless a label says so",
        "flavor       compat",
        "released     2026-01-02",
        "end of life  2027-01-02",
        "${resolved.NAME.version} becomes the version of NAME that basalt resolve finds.",
      ],
    },
    {
      title: "Distribution",
      lines: [
        "release      debian 13 (trixie)",
        "named        Test",
        "packages of  debian trixie main, signed by one of 4 pinned keys",
        "             debian trixie-updates main, signed by one of 4 pinned keys",
        "             debian-security trixie-security main, signed by one of 2 pinned keys",
      ],
    },
    {
      title: "Packages",
      lines: [
        "asked for (2)  app, base-files",
        "pinned (1)     app=1.2-3",
        "masked (1)     awk",
        "What they depend on comes in as well; what they only recommend does not. A dependency that only",
        "masked packages could meet is dropped.",
      ],
    },
    {
      title: "Downloads",
      lines: [
        "https://files.test/data",
        `  ${CHECKSUM}`,
        "  to     /opt/data, owner 0:0, mode 0600",
        "  holds  data 3 (MIT)",
        ...["amd64", "arm64"].flatMap((architecture) => [
          `on linux/${architecture}:`,
          `https://files.test/${architecture === "amd64" ? "x64" : "arm64"}.tar.gz`,
          `  ${CHECKSUM}`,
          "  to     /opt/tool, owner 0:0",
          "  takes  bin/**",
        ]),
      ],
    },
    {
      title: "Users",
      lines: [
        "runs as  65532:65532 (nonroot)",
        "root     has no account",
        "users    nonroot 65532:65532",
        "groups   nonroot 65532",
      ],
    },
    {
      title: "Start",
      lines: [
        'entrypoint   /opt/tool/bin/run --say "two words"',
        "command      serve",
        "folder       /work",
        "ports        8080/tcp, 9000/udp, 9001/udp",
        "volumes      /data",
        "stop signal  SIGQUIT",
      ],
    },
    {
      title: "Tests before it is published",
      lines: [
        "version",
        "  runs  tool --version, ends with 0, output matches ^tool 1",
        "  runs  sh -c 'exit 0', ends with 0, output matches ^tool 1",
        "files",
        "  finds  /usr/bin/sh, absent",
        "  finds  /data, directory, owner 65532:any, mode 0750",
        '  finds  /etc/tool.conf, with "a=1"',
      ],
    },
    { title: "Environment", lines: ["MODE   production", 'EMPTY  " "'] },
    {
      title: "Changes to files, in this order",
      lines: [
        "# │   what    │    owner    │ mode │                path",
        "──┼───────────┼─────────────┼──────┼───────────────────────────────────",
        "1 │ directory │ 65532:65532 │ 0750 │ /data",
        "2 │ file      │ 0:0         │ 0644 │ /etc/tool.conf (4 bytes)",
        "3 │ link      │ 0:0         │      │ /usr/bin/tool -> /opt/tool/bin/run",
        "4 │ delete    │             │      │ /etc/motd",
      ],
    },
    { title: "Labels", lines: ["com.test.team  tools"] },
    { title: "Annotations", lines: ["org.opencontainers.image.licenses  MIT"] },
  ];

  it.each(parts)("tells of a definition: $title", async ({ title, lines }) => {
    const explanation = await explain(FULL);
    expect(explanation.code).toBe(0);
    expect(explanation.parts.get(title)).toEqual(lines);
  });

  it("names file and platforms first, and in what these differ", async () => {
    expect((await explain(FULL)).head).toMatch(/x\.yaml on linux\/amd64 and linux\/arm64; they differ in: downloads$/);
    expect((await explain({})).head).toMatch(/x\.yaml on linux\/amd64 and linux\/arm64; they are alike$/);
    expect((await explain(FULL, "--platform", "linux/arm64")).head).toMatch(/x\.yaml on linux\/arm64$/);
  });

  it("says nothing of what a definition does not have", async () => {
    const { parts } = await explain({});
    expect([...parts.keys()]).toEqual(["Image", "Distribution", "Packages", "Users", "Start", "Added by the assembly"]);
    expect(parts.get("Start")).toEqual(["entrypoint  none", "folder      /"]);
  });

  it("tells what every assembly rule adds, by name and version, and leaves out those without work", async () => {
    const debian = Object.entries(ASSEMBLY_RULES).filter(([rule]) => !rule.startsWith("alpine-"));
    const all = debian.map(([rule, version]) => `${rule} ${version}`);
    expect((await rulesOf({ ...FULL, variant: "dev", output: "squashed" })).toSorted()).toEqual(all.toSorted());
    expect((await rulesOf({})).toSorted()).toEqual(
      all.filter((rule) => !/^(?:artifacts|debian-dev|files|paths|sh|squashed|stages) /.test(rule)).toSorted(),
    );
  });

  it.each(["images/node/debian-13/22.yaml", "images/node/debian-13/22-dev.yaml", "reference/node/22.yaml"])(
    "keeps to 100 columns: %s",
    async (path) => {
      const { code, stdout } = await basaltOn(testHost({ offline: true }), "explain", join(packageRoot(), path));
      expect(code).toBe(0);
      for (const line of stdout.split("\n").slice(1)) expect(stringWidth(line), line).toBeLessThanOrEqual(100);
    },
  );

  it("--json prints one document: the whole of the definition on each platform, its repositories and rules", async () => {
    const { text } = await explain(FULL, "--json");
    const document = JSON.parse(text) as Readonly<Record<string, unknown>>;
    expect(Object.keys(document)).toEqual(["definition", "sha256", "image", "platforms"]);
    const platforms = document["platforms"] as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    expect(Object.keys(platforms)).toEqual(["linux/amd64", "linux/arm64"]);
    expect(platforms["linux/arm64"]).toMatchObject({
      title: "Test image",
      packages: [{ name: "app", version: "1.2-3" }, { name: "base-files" }],
      masks: ["awk"],
      files: [{ url: "https://files.test/arm64.tar.gz" }, { url: "https://files.test/data" }],
      suites: [{ suite: "trixie" }, { suite: "trixie-updates" }, { suite: "trixie-security" }],
      paths: [{ kind: "directory" }, { content: "a=1\n" }, { target: "/opt/tool/bin/run" }, { kind: "delete" }],
      rules: expect.arrayContaining([expect.objectContaining({ rule: "tar", version: ASSEMBLY_RULES.tar })]) as unknown,
    });
  });

  it("a definition with errors fails with every problem", async () => {
    const file = join(temporaryFolder(), "x.yaml");
    writeFileSync(file, definitionText({ "work-dir": "relative", volumes: ["data"] }));
    const { code, stdout, stderr } = await basaltOn(testHost(), "explain", file);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/error: DEFINITION_INVALID: /);
  });

  it("a release that is not known fails", async () => {
    const file = join(temporaryFolder(), "x.yaml");
    writeFileSync(file, definitionText().replace('version-id: "13"', 'version-id: "99"'));
    expect(readFileSync(file, "utf8")).toContain("99");
    const { code, stderr } = await basaltOn(testHost(), "explain", file);
    expect([code, stderr.split(" ")[1]]).toEqual([1, "DISTRO_UNKNOWN:"]);
  });

  it("a name of several definitions is wrong usage", async () => {
    expect((await basaltOn(testHost(), "explain", "node")).code).toBe(64);
  });
});
