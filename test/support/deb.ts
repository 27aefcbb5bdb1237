// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { makeAr, makeTar, storeXz, type TestEntry } from "./archives.js";

export interface TestPackage {
  readonly name: string;
  /** @default 1.0-1 */
  readonly version?: string;
  /** @default amd64 */
  readonly architecture?: string;
  /** Further fields of the control file, such as Depends. */
  readonly fields?: Readonly<Record<string, string>>;
  /** What it unpacks; parents that are missing are added. */
  readonly files?: readonly TestEntry[];
  /** Maintainer scripts and other control members. */
  readonly control?: Readonly<Record<string, string>>;
  /** @default xz */
  readonly compression?: "none" | "gz" | "xz";
}

/** The control file of a package. */
export function controlText({ name, version = "1.0-1", architecture = "amd64", fields = {} }: TestPackage): string {
  const all = {
    Package: name,
    Version: version,
    Architecture: architecture,
    Maintainer: "Tests <tests@example.test>",
    ...fields,
    Description: `package ${name} of the tests`,
  };
  return Object.entries(all)
    .map(([field, value]) => `${field}: ${value}\n`)
    .join("");
}

/** A binary package of format 2.0. */
export function makeDeb(wanted: TestPackage): Buffer {
  const files = withParents(wanted.files ?? []);
  const md5sums = files.flatMap((entry) =>
    "content" in entry ? [`${createHash("md5").update(entry.content).digest("hex")}  ${entry.path}\n`] : [],
  );
  const control = [
    { path: "control", content: controlText(wanted) },
    { path: "md5sums", content: md5sums.join("") },
    ...Object.entries(wanted.control ?? {}).map(([path, content]) => ({ path, content })),
  ];
  return makeAr([
    ["debian-binary", Buffer.from("2.0\n")],
    member("control.tar", makeTar(control), wanted),
    member("data.tar", makeTar(files), wanted),
  ]);
}

function member(stem: string, tar: Buffer, { compression = "xz" }: TestPackage): readonly [string, Buffer] {
  if (compression === "none") return [stem, tar];
  return compression === "gz" ? [`${stem}.gz`, gzipSync(tar)] : [`${stem}.xz`, storeXz(tar)];
}

function withParents(files: readonly TestEntry[]): readonly TestEntry[] {
  const known = new Set<string>();
  return files.flatMap((entry) => {
    const parents = entry.path
      .split("/")
      .slice(0, -1)
      .map((_part, index, parts) => parts.slice(0, index + 1).join("/"));
    const missing = parents.filter((path) => !known.has(path));
    for (const path of [...missing, entry.path]) known.add(path);
    return [...missing.map((path): TestEntry => ({ kind: "directory", path })), entry];
  });
}
