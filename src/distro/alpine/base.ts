// SPDX-License-Identifier: Apache-2.0
import type { GeneratedEntry, ImageView, PackageFacts } from "../contract.js";
import { DEFAULT_MIRROR, isOwnRepository, ownRepositoryUrls } from "./repositories.js";

const BUSYBOX_PATHS = "etc/busybox-paths.d/";
/** Folders that programs expect, where alpine-baselayout does not bring them. Source: alpine-baselayout, APKBUILD. */
const FOLDERS = [
  ["dev", 0o755],
  ["proc", 0o555],
  ["run", 0o755],
  ["sys", 0o555],
  ["tmp", 0o1777],
  ["var/tmp", 0o1777],
] as const;

/** What scripts would have made on any system: busybox's links, by the list that its package brings, and folders. */
export function baseEntries(
  packages: readonly PackageFacts[],
  exists: (path: string) => boolean,
): readonly GeneratedEntry[] {
  const entries = new Map<string, GeneratedEntry>();
  const target = !exists("bin/busybox") && exists("usr/bin/busybox") ? "/usr/bin/busybox" : "/bin/busybox";
  const lists = packages.flatMap((facts) =>
    Object.entries(facts.retained).flatMap(([path, text]) => (path.startsWith(BUSYBOX_PATHS) ? [text] : [])),
  );
  for (const line of lists.flatMap((text) => text.split("\n"))) {
    const path = line.trim().replace(/^\/+/, "");
    if (!/^(?:usr\/)?s?bin\/[^/\s]+$/.test(path) || /\/\.{1,2}$/.test(path) || exists(path)) continue;
    if (`/${path}` !== target) entries.set(path, { kind: "symlink", path, target });
  }
  for (const [path, mode] of FOLDERS) if (!exists(path)) entries.set(path, { kind: "directory", path, mode });
  return [...entries.values()];
}

/** The accounts of alpine-baselayout-data, where that package is in the image: whoever brings the files first. */
export function baseAccounts(packages: readonly PackageFacts[]): {
  readonly passwd: readonly string[];
  readonly group: readonly string[];
} {
  const linesOf = (path: string): readonly string[] =>
    (packages.flatMap((facts) => facts.retained[path] ?? [])[0] ?? "").split("\n").filter((line) => line.includes(":"));
  return { passwd: linesOf("etc/passwd"), group: linesOf("etc/group") };
}

/** Where apk is: from what, and what was asked for. */
export function devEntries({
  release,
  packages,
  exists,
  repositories = [],
  requested = [],
}: ImageView): readonly GeneratedEntry[] {
  if (!["sbin/apk", "usr/sbin/apk", "usr/bin/apk"].some(exists)) return [];
  const architecture = packages.flatMap(
    ({ statusParagraph }) => /^A:(x86_64|aarch64)$/m.exec(statusParagraph)?.[1] ?? [],
  )[0];
  const listed = repositories.map(({ line }) => line).filter(isOwnRepository);
  const urls = listed.length > 0 ? listed.map(publicUrl) : ownRepositoryUrls(release);
  const entries: readonly GeneratedEntry[] = [
    ...(architecture === undefined ? [] : [file("etc/apk/arch", `${architecture}\n`)]),
    file("etc/apk/repositories", urls.map((url) => `${url}\n`).join("")),
    file("etc/apk/world", [...requested].map((name) => `${name}\n`).join("")),
    { kind: "directory", path: "var/cache/apk", mode: 0o755 },
  ];
  // What is there is a package's, and may be wrong for this image only in what the definition asks for.
  return entries.filter(({ path }) => !exists(path));
}

function publicUrl(line: string): string {
  return line.replace(/https?:\/\/[^/]+\/alpine\//, DEFAULT_MIRROR);
}

function file(path: string, content: string): GeneratedEntry {
  return { kind: "file", path, mode: 0o644, content };
}
