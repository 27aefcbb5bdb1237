// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { makeAr, makeTar, storeXz } from "../../../test/support/archives.js";
import { bytesOfStream, codeOf, inPieces } from "../../../test/support/bytes.js";
import { makeDeb, type TestPackage } from "../../../test/support/deb.js";
import type { LockedPackage } from "../../formats/lock.js";
import { parseSha256 } from "../../formats/digest.js";
import type { PackageFacts, Profile } from "../contract.js";
import { readDebContent } from "./content.js";

function locked(overrides: Partial<LockedPackage> = {}): LockedPackage {
  return {
    name: "demo",
    version: "1.0-1",
    architecture: "amd64",
    source: "demo",
    sourceVersion: "1.0-1",
    repository: "debian",
    suite: "trixie",
    path: "pool/demo.deb",
    sizeBytes: 1,
    sha256: parseSha256("0".repeat(64)),
    ...overrides,
  };
}

interface Read {
  /** `kind path`, with the target of links and the content of small files. */
  readonly lines: readonly string[];
  readonly facts: PackageFacts;
}

async function read(
  deb: Buffer,
  options: { readonly profile?: Profile; readonly pieceBytes?: number; readonly lock?: LockedPackage } = {},
): Promise<Read> {
  const content = readDebContent(
    inPieces(deb, options.pieceBytes ?? 65_536),
    options.lock ?? locked(),
    options.profile ?? "runtime",
  );
  const lines: string[] = [];
  for await (const { entry, content: body } of content.items) {
    const text =
      entry.kind === "file" ? ` = ${JSON.stringify((await bytesOfStream(body)).toString("latin1").slice(0, 40))}` : "";
    lines.push(`${entry.kind} ${entry.path}${"target" in entry ? ` -> ${entry.target}` : text}`);
  }
  return { lines, facts: content.facts() };
}

function deb(parts: Partial<TestPackage> = {}): Buffer {
  return makeDeb({ name: "demo", ...parts });
}

const kept = [
  {
    summary: "a file keeps its place below /usr",
    files: [{ path: "usr/bin/demo", content: "x" }],
    expected: ["directory usr", "directory usr/bin", 'file usr/bin/demo = "x"'],
  },
  {
    summary: "a file of the root's bin moves below /usr",
    files: [{ path: "bin/demo", content: "x" }],
    expected: ["directory usr/bin", 'file usr/bin/demo = "x"'],
  },
  {
    summary: "the links that make the merged /usr stay at the root",
    files: [{ path: "bin", kind: "symlink", target: "usr/bin" }],
    expected: ["symlink bin -> usr/bin"],
  },
  {
    summary: "a hard link moves with its target",
    files: [
      { path: "bin/a", content: "x" },
      { path: "bin/b", kind: "hardlink", target: "bin/a" },
    ],
    expected: ["directory usr/bin", 'file usr/bin/a = "x"', "hardlink usr/bin/b -> usr/bin/a"],
  },
  {
    summary: "manual pages are left out, the copyright stays",
    files: [
      { path: "usr/share/man/man1/demo.1", content: "x" },
      { path: "usr/share/doc/demo/copyright", content: "c" },
    ],
    expected: [
      "directory usr",
      "directory usr/share",
      "directory usr/share/doc",
      "directory usr/share/doc/demo",
      'file usr/share/doc/demo/copyright = "c"',
    ],
  },
] as const;
it.each(kept)("$summary", async ({ files, expected }) => {
  const { lines } = await read(deb({ files }));
  expect(lines.filter((line) => !line.includes("var/lib/dpkg"))).toEqual(expected);
});

it.each(["none", "gz", "xz"] as const)(
  "a package of %s members reads the same at every chunk size",
  async (compression) => {
    const files = [{ path: "usr/bin/demo", content: "x".repeat(5_000) }];
    const whole = await read(deb({ files, compression }));
    expect(await read(deb({ files, compression }), { pieceBytes: 7 })).toEqual(whole);
  },
);

it("the package's part of the database travels with it", async () => {
  const { lines } = await read(deb({ files: [{ path: "etc/demo.conf", content: "a=1\n" }] }));
  expect(lines.filter((line) => line.includes("var/lib/dpkg")).map((line) => line.split(" = ")[0])).toEqual([
    "file var/lib/dpkg/status.d/demo",
    "file var/lib/dpkg/status.d/demo.md5sums",
  ]);
});

it("a dev image gets dpkg's own files instead", async () => {
  const wanted = {
    files: [{ path: "etc/demo.conf", content: "a=1\n" }],
    control: { postinst: "#!/bin/sh\n", conffiles: "/etc/demo.conf\n" },
    fields: { "Multi-Arch": "same" },
  };
  const { lines, facts } = await read(deb(wanted), { profile: "dev" });
  expect(lines.filter((line) => line.includes("var/lib/dpkg")).map((line) => line.split(" = ")[0])).toEqual([
    "file var/lib/dpkg/info/demo:amd64.list",
    "file var/lib/dpkg/info/demo:amd64.conffiles",
    "file var/lib/dpkg/info/demo:amd64.md5sums",
    "file var/lib/dpkg/info/demo:amd64.postinst",
  ]);
  expect(facts.statusParagraph).toContain(
    "Conffiles:\n /etc/demo.conf 68b3d7d2ad2bd1b3f49fb6ec2f6fd4bb\n".replace(
      /[0-9a-f]{32}/,
      /[0-9a-f]{32}/.exec(facts.statusParagraph)?.[0] ?? "none",
    ),
  );
});

it("the status says that the package is installed, right after its name", async () => {
  const { facts } = await read(deb());
  expect(facts.statusParagraph).toMatch(/^Package: demo\nStatus: install ok installed\nVersion: 1\.0-1\n/);
});

it("certificates are kept for the bundle", async () => {
  const { facts } = await read(deb({ files: [{ path: "usr/share/ca-certificates/mozilla/x.crt", content: "PEM" }] }));
  expect(facts.retained).toEqual({ "usr/share/ca-certificates/mozilla/x.crt": "PEM" });
});

it("what the package replaces and which links it registers is noted", async () => {
  const { facts } = await read(
    deb({
      fields: { Replaces: "old (<< 2), older" },
      control: { postinst: "update-alternatives --install /usr/bin/x x /usr/bin/demo 10\n" },
    }),
  );
  expect(facts.replaces).toEqual(["old", "older"]);
  expect(facts.alternatives).toEqual([
    { name: "x", link: "usr/bin/x", path: "/usr/bin/demo", priority: 10, slaves: [] },
  ]);
});

const device = ((): Buffer => {
  const tar = Buffer.from(makeTar([{ path: "dev/null", content: "" }]));
  tar[156] = "3".charCodeAt(0);
  tar.write("        ", 148, "latin1");
  let sum = 0;
  for (const byte of tar.subarray(0, 512)) sum += byte;
  tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return tar;
})();
const control = [
  "control.tar",
  makeTar([{ path: "control", content: "Package: demo\nVersion: 1.0-1\nArchitecture: amd64\n" }]),
] as const;
const version = ["debian-binary", Buffer.from("2.0\n")] as const;

const hostile: readonly { readonly summary: string; readonly bytes: Buffer; readonly code: string }[] = [
  { summary: "an empty file", bytes: Buffer.alloc(0), code: "AR_INVALID" },
  { summary: "something that is no archive", bytes: Buffer.from("<html>404</html>"), code: "AR_INVALID" },
  {
    summary: "a package cut off in its data",
    bytes: deb({ files: [{ path: "x", content: "y".repeat(9_000) }] }).subarray(0, 3_000),
    code: "AR_INVALID",
  },
  {
    summary: "a package of an unknown format",
    bytes: makeAr([["debian-binary", Buffer.from("3.0\n")], control]),
    code: "DEB_INVALID",
  },
  { summary: "a package without control data", bytes: makeAr([version]), code: "DEB_INVALID" },
  { summary: "a package without a file tree", bytes: makeAr([version, control]), code: "DEB_INVALID" },
  {
    summary: "members in the wrong order",
    bytes: makeAr([version, ["data.tar", makeTar([])], control]),
    code: "DEB_INVALID",
  },
  {
    summary: "an unknown compression",
    bytes: makeAr([version, control, ["data.tar.br", Buffer.from("x")]]),
    code: "DEB_INVALID",
  },
  {
    summary: "a path that climbs out",
    bytes: makeAr([version, control, ["data.tar", climbing("../../etc/passwd")]]),
    code: "TAR_PATH_UNSAFE",
  },
  {
    summary: "an absolute path",
    bytes: makeAr([version, control, ["data.tar", climbing("/etc/passwd")]]),
    code: "TAR_PATH_UNSAFE",
  },
  {
    summary: "a hard link that climbs out",
    bytes: makeAr([
      version,
      control,
      ["data.tar", makeTar([{ path: "x", kind: "hardlink", target: "../../etc/shadow" }])],
    ]),
    code: "TAR_PATH_UNSAFE",
  },
  {
    summary: "a file that would remove one of a lower layer",
    bytes: deb({ files: [{ path: "etc/.wh.passwd", content: "" }] }),
    code: "PACKAGE_CONTENT",
  },
  { summary: "a device node", bytes: makeAr([version, control, ["data.tar", device]]), code: "PACKAGE_CONTENT" },
  {
    summary: "a hard link to documentation that is left out",
    bytes: deb({
      files: [
        { path: "usr/share/man/man1/a.1", content: "x" },
        { path: "usr/bin/a", kind: "hardlink", target: "usr/share/man/man1/a.1" },
      ],
    }),
    code: "PACKAGE_CONTENT",
  },
  { summary: "another package under this name", bytes: makeDeb({ name: "other" }), code: "LOCK_MISMATCH" },
  { summary: "another version", bytes: makeDeb({ name: "demo", version: "2.0-1" }), code: "LOCK_MISMATCH" },
  {
    summary: "damaged xz data",
    bytes: makeAr([version, control, ["data.tar.xz", damaged(storeXz(makeTar([{ path: "x", content: "y" }])))]]),
    code: "XZ_INVALID",
  },
  {
    summary: "a control file that is none",
    bytes: makeAr([
      version,
      ["control.tar", makeTar([{ path: "control", content: "nonsense\n" }])],
      ["data.tar", makeTar([])],
    ]),
    code: "CONTROL_INVALID",
  },
];
it.each(hostile)("$summary is refused with $code", async ({ bytes, code }) => {
  expect(await codeOf(() => read(bytes))).toBe(code);
});

/** A tar whose path the writer would never make. */
function climbing(path: string): Buffer {
  const tar = Buffer.from(makeTar([{ path: "x".repeat(path.length), content: "y" }]));
  tar.write(path, 0, "latin1");
  tar.write("        ", 148, "latin1");
  let sum = 0;
  for (const byte of tar.subarray(0, 512)) sum += byte;
  tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return tar;
}

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const content = 12 + 12 + 3 + 512; // headers of the stream, the block, the chunk and the tar entry
  copy[content] = (copy[content] ?? 0) ^ 0xff;
  return copy;
}

it("a program gets the capabilities that its package's script gives it", async () => {
  const deb = makeDeb({
    name: "demo",
    files: [
      { path: "bin/ping", content: "p", mode: 0o755 },
      { path: "bin/other", content: "o", mode: 0o755 },
    ],
    control: { postinst: "#!/bin/sh\nPROGRAM=$(dpkg-divert --truename /bin/ping)\nsetcap cap_net_raw+ep $PROGRAM\n" },
  });
  const found: Record<string, string | undefined> = {};
  for await (const { entry, content } of readDebContent(inPieces(deb, 4096), locked(), "runtime").items) {
    await bytesOfStream(content);
    if (entry.kind === "file" && entry.path.startsWith("usr/bin/"))
      found[entry.path] = entry.xattrs?.get("security.capability")?.toString("hex");
  }
  expect(found).toEqual({ "usr/bin/ping": "0100000200200000000000000000000000000000", "usr/bin/other": undefined });
});
