// SPDX-License-Identifier: Apache-2.0
import type { GeneratedEntry, PackageFacts } from "../contract.js";
import { mergedLinks } from "./content-rules.js";

/** Folders that base-files' postinst makes. Source: base-files 13.8, debian/postinst. */
const FOLDERS: readonly (readonly [path: string, mode: number, gid?: number])[] = [
  ["etc/opt", 0o755],
  ["media", 0o755],
  ["mnt", 0o755],
  ["opt", 0o755],
  ["run/lock", 0o1777],
  ["srv", 0o755],
  ["usr/local", 0o755],
  ["usr/local/bin", 0o755],
  ["usr/local/etc", 0o755],
  ["usr/local/games", 0o755],
  ["usr/local/include", 0o755],
  ["usr/local/lib", 0o755],
  ["usr/local/libexec", 0o755],
  ["usr/local/sbin", 0o755],
  ["usr/local/share", 0o755],
  ["usr/local/share/man", 0o755],
  ["usr/local/src", 0o755],
  ["var/mail", 0o2775, 8], // of group mail
  ["var/opt", 0o755],
  ["var/spool", 0o755],
];

/** Files that its postinst, and libc-bin's, copy from templates. */
const TEMPLATES: readonly (readonly [path: string, template: string])[] = [
  ["etc/motd", "usr/share/base-files/motd"],
  ["etc/nsswitch.conf", "usr/share/libc-bin/nsswitch.conf"],
  ["etc/nsswitch.conf", "usr/share/base-files/nsswitch.conf"],
  ["etc/profile", "usr/share/base-files/profile"],
  ["root/.bashrc", "usr/share/base-files/dot.bashrc"],
  ["root/.profile", "usr/share/base-files/dot.profile"],
];

/** What programs expect that ask for hosts and services; images without libc-bin get this short form. Source: nsswitch.conf(5). */
const NSSWITCH =
  "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetworks: files\nprotocols: files\nservices: files\nethers: files\nrpc: files\n";

/** The effects of base-files' postinst that an image needs, and the links of the merged /usr where no package brings them. */
export function baseEntries(
  packages: readonly PackageFacts[],
  exists: (path: string) => boolean,
): readonly GeneratedEntry[] {
  const entries: GeneratedEntry[] = mergedLinks(exists).map(({ path, target }) => ({ kind: "symlink", path, target }));
  const known = new Set<string>(entries.map((entry) => entry.path));
  const add = (entry: GeneratedEntry): void => {
    if (known.has(entry.path) || exists(entry.path)) return;
    known.add(entry.path);
    entries.push(entry);
  };
  if (exists("etc/dpkg/origins/debian")) add({ kind: "symlink", path: "etc/dpkg/origins/default", target: "debian" });
  // base-files brings these two as folders, and its postinst turns them into links.
  entries.push(
    { kind: "symlink", path: "var/run", target: "/run" },
    { kind: "symlink", path: "var/lock", target: "/run/lock" },
  );
  for (const [path, mode, gid = 0] of FOLDERS) add({ kind: "directory", path, mode, gid });
  add({ kind: "symlink", path: "usr/local/man", target: "share/man" });
  add({ kind: "symlink", path: "var/spool/mail", target: "../mail" });
  for (const [path, mode] of [
    ["run", 0o755],
    ["tmp", 0o1777],
    ["var/tmp", 0o1777],
  ] as const)
    add({ kind: "directory", path, mode });
  const retained = new Map(packages.flatMap((facts) => Object.entries(facts.retained)));
  for (const [path, template] of TEMPLATES) {
    const content = retained.get(template);
    if (content !== undefined) add({ kind: "file", path, mode: 0o644, content });
  }
  add({ kind: "file", path: "etc/nsswitch.conf", mode: 0o644, content: NSSWITCH });
  return entries;
}

/** Whom apt becomes for downloads. Source: base-passwd 3.6.7, passwd.master; apt, APT::Sandbox::User. */
const APT_USER = "_apt:x:42:65534::/nonexistent:/usr/sbin/nologin";

/** The accounts of base-passwd, where that package is in the image, and apt's. Source: update-passwd(8). */
export function baseAccounts(packages: readonly PackageFacts[]): {
  readonly passwd: readonly string[];
  readonly group: readonly string[];
} {
  const master = (name: string): readonly string[] => {
    const text = packages.flatMap((facts) => facts.retained[`usr/share/base-passwd/${name}.master`] ?? [])[0] ?? "";
    // In the master files the password field is a star; on a system it says that the password lies elsewhere.
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.replace(":*:", ":x:"));
  };
  const apt = packages.some(({ name }) => name === "apt") ? [APT_USER] : [];
  return { passwd: [...master("passwd"), ...apt], group: master("group") };
}
