// SPDX-License-Identifier: Apache-2.0
import type { Distro, ImageView, PackageFacts } from "../distro/index.js";
import type { ImageDefinition, OsRelease, PathEdit } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import { compareText } from "../formats/canonical-json.js";
import { PACKAGE_MANAGERS, SHELLS } from "../formats/interfaces.js";
import type { LockedKeyring } from "../formats/lock.js";
import { putJavaTrustStore } from "./java-trust-store.js";
import type { TopLayer } from "./top-layer.js";

/** Where programs look for trusted certificates. Source: Debian, ca-certificates; Go, crypto/x509/root_linux.go. */
export const CA_BUNDLE = "etc/ssl/certs/ca-certificates.crt";

/** Certificates, each in a file of its own; those that an administrator adds lie below /usr/local/share. */
const CERTIFICATES = "usr/share/ca-certificates/";

/** The same place where /bin is a link to it. */
const SH = ["usr/bin/sh", "bin/sh"] as const;

/** What the rules work on. */
export interface RuleContext {
  readonly image: ImageDefinition;
  readonly distro: Distro;
  readonly packages: readonly PackageFacts[];
  /** Keys of the repositories that the definition adds. @default none */
  readonly keyrings?: readonly LockedKeyring[];
}

/** Applies every rule that makes the image's own layer, in the order of docs/assembly-rules.md. */
export function applyRules(top: TopLayer, context: RuleContext): void {
  const { image, distro, packages } = context;
  for (const entry of distro.baseEntries(packages, (path) => top.tree.has(top.tree.resolveParent(path))))
    top.put(entry);
  const certificates = certificatesOf(packages);
  putCaBundle(top, certificates, image.variant);
  putJavaTrustStore(top, certificates);
  putAlternatives(top, packages);
  const view = viewOf(top, context);
  if (image.variant === "dev") {
    if (image.osRelease.id === "debian") putSh(top);
    for (const entry of distro.devEntries(view)) top.put(entry);
  }
  for (const edit of image.paths) applyPath(top, edit);
  putOsRelease(top, image.osRelease);
  putAccounts(top, image, distro.baseAccounts(packages));
  if (image.workDir !== undefined && image.workDir !== "/") requireFolder(top, image.workDir);
  for (const entry of distro.installedDatabase(view, image.variant)) top.put(entry);
}

function viewOf(top: TopLayer, { image, packages, keyrings = [] }: RuleContext): ImageView {
  const { versionId, fields } = image.osRelease;
  const codename = fields["VERSION_CODENAME"];
  return {
    release: { versionId, ...(codename === undefined ? {} : { codename }) },
    packages,
    repositories: image.repositories.map((line) => {
      const keyring = keyrings.find(({ url }) => url === image.repositoryKeys[line]);
      return { line, ...(keyring === undefined ? {} : { keyring }) };
    }),
    exists: (path) => top.tree.find(path) !== undefined,
    requested: image.packages.map(({ name, suite }) => (suite === undefined ? name : `${name}@${suite}`)),
  };
}

/** Files of certificates and their texts, by name. */
function certificatesOf(packages: readonly PackageFacts[]): readonly (readonly [path: string, text: string])[] {
  return packages
    .flatMap((facts) => Object.entries(facts.retained))
    .filter(([path]) => path.startsWith(CERTIFICATES))
    .toSorted(([a], [b]) => compareText(a, b));
}

/**
 * Rule `ca-bundle`: all certificates of ca-certificates in one file, by name, as update-ca-certificates(8) makes it; where that
 * program can be run, also the list that it starts from.
 */
function putCaBundle(
  top: TopLayer,
  certificates: readonly (readonly [path: string, text: string])[],
  variant: ImageDefinition["variant"],
): void {
  if (certificates.length === 0) return;
  const content = certificates.map(([, text]) => (text.endsWith("\n") ? text : `${text}\n`)).join("");
  top.put({ kind: "file", path: CA_BUNDLE, mode: 0o644, content });
  if (variant !== "dev") return;
  const names = certificates.map(([path]) => `${path.slice(CERTIFICATES.length)}\n`).join("");
  top.put({ kind: "file", path: "etc/ca-certificates.conf", mode: 0o644, content: names });
  top.put({ kind: "directory", path: "usr/local/share/ca-certificates", mode: 0o755 });
}

/** Rule `alternatives`: of each group the link of highest priority whose target exists, through /etc/alternatives. */
function putAlternatives(top: TopLayer, packages: readonly PackageFacts[]): void {
  const links = packages
    .flatMap((facts) => facts.alternatives)
    .toSorted((a, b) => b.priority - a.priority || compareText(a.path, b.path));
  const exists = (path: string): boolean => top.tree.find(path) !== undefined;
  const done = new Set<string>();
  for (const { name, link, path, slaves } of links) {
    if (done.has(name) || !exists(path)) continue;
    done.add(name);
    for (const wanted of [{ name, link, path }, ...slaves]) {
      if (!exists(wanted.path)) continue;
      top.put({ kind: "symlink", path: `etc/alternatives/${wanted.name}`, target: wanted.path });
      top.put({ kind: "symlink", path: wanted.link, target: `/etc/alternatives/${wanted.name}` });
    }
  }
}

/**
 * Rule `sh`: in a dev image that has no `/bin/sh`, a link to dash, else to bash. Programs start it, `RUN` of a Dockerfile and every
 * maintainer script among them, and no package of Debian depends on it. Source: Debian Policy, 10.4 and 3.8.
 */
function putSh(top: TopLayer): void {
  if (top.tree.find(SH[0]) !== undefined) return;
  const shell = ["dash", "bash"].find((name) => top.tree.find(`usr/bin/${name}`)?.kind === "file");
  if (shell !== undefined) top.put({ kind: "symlink", path: SH[0], target: shell });
}

/** Rule `paths`: the definition's own edits, in order. */
function applyPath(top: TopLayer, edit: PathEdit): void {
  switch (edit.kind) {
    case "delete":
      return top.delete(edit.path);
    case "directory":
      top.put(edit);
      if (edit.isRecursive === true) requireOwned(top.own(edit.path, edit), edit.path);
      return;
    case "file":
    case "symlink":
      return top.put(edit);
  }
}

function requireOwned([file]: readonly string[], folder: string): void {
  if (file !== undefined)
    throw new BasaltError("ASSEMBLE_RECURSIVE", `paths gives /${folder} away with all below it, /${file} among it`);
}

/** Rule `os-release`. Source: os-release(5). */
function putOsRelease(top: TopLayer, osRelease: OsRelease): void {
  const order = [
    "NAME",
    "ID",
    "ID_LIKE",
    "VERSION_ID",
    "VERSION_CODENAME",
    "PRETTY_NAME",
    "HOME_URL",
    "BUG_REPORT_URL",
  ];
  const fields = Object.entries(osRelease.fields).toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  const content = fields
    .map(
      ([name, value]) =>
        `${name}=${/^[A-Za-z0-9._-]+$/.test(value) && !/^[0-9]/.test(value) ? value : JSON.stringify(value)}\n`,
    )
    .join("");
  top.put({ kind: "file", path: "usr/lib/os-release", mode: 0o644, content });
  // A package's own file would say something else.
  if (top.tree.resolve("etc/os-release") !== "usr/lib/os-release")
    top.put({ kind: "symlink", path: "etc/os-release", target: "../usr/lib/os-release" });
}

/**
 * Rule `accounts`: passwd and group from the distribution's own accounts and the definition's, and homes; in a dev image that has the
 * programs which change accounts also the files of passwords, in which nobody has one. Source: passwd(5), group(5), shadow(5).
 */
function putAccounts(
  top: TopLayer,
  { accounts, variant }: Pick<ImageDefinition, "accounts" | "variant">,
  base: { readonly passwd: readonly string[]; readonly group: readonly string[] },
): void {
  const shell = ["usr/bin/bash", "bin/bash", ...SH].find((path) => top.tree.find(path) !== undefined);
  const shellField = shell === undefined ? "/usr/sbin/nologin" : `/${shell.replace(/^usr\//, "")}`;
  const users = accounts.users.filter((user) => user.name !== "root");
  const passwd = merge([
    ...(accounts.hasRoot ? [`root:x:0:0:root:/root:${shellField}`] : []),
    ...users.map(
      (user) =>
        `${user.name}:x:${user.uid}:${user.gid}:${user.name}:${homeOf(user.name)}:${user.name === "_apt" ? "/usr/sbin/nologin" : shellField}`,
    ),
    ...base.passwd,
  ]);
  const group = merge([
    ...(accounts.hasRoot ? ["root:x:0:"] : []),
    ...accounts.groups.map((item) => `${item.name}:x:${item.gid}:${item.members.join(",")}`),
    ...base.group,
  ]);
  top.put({ kind: "file", path: "etc/passwd", mode: 0o644, content: passwd });
  top.put({ kind: "file", path: "etc/group", mode: 0o644, content: group });
  if (variant === "dev" && top.tree.find("usr/sbin/useradd") !== undefined) putShadow(top, passwd, group);
  if (!top.tree.has("root")) top.put({ kind: "directory", path: "root", mode: 0o700 });
  for (const user of users) {
    const home = homeOf(user.name).slice(1);
    if (home.startsWith("home/") && !top.tree.has(home))
      top.put({ kind: "directory", path: home, mode: 0o700, uid: user.uid, gid: user.gid });
  }
}

/** Without dates: an account that never had a password has no day of its last change. */
function putShadow(top: TopLayer, passwd: string, group: string): void {
  const gid = numberOf(linesOf(group).find((line) => line.startsWith("shadow:")) ?? "shadow:x:0:");
  const put = (path: string, lines: readonly string[]): void =>
    top.put({ kind: "file", path, mode: 0o640, gid, content: lines.map((line) => `${line}\n`).join("") });
  put(
    "etc/shadow",
    linesOf(passwd).map((line) => `${nameOf(line)}:*::0:99999:7:::`),
  );
  put(
    "etc/gshadow",
    linesOf(group).map((line) => `${nameOf(line)}:*::${line.split(":")[3] ?? ""}`),
  );
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

function nameOf(line: string): string {
  return line.split(":", 1)[0] ?? "";
}

function homeOf(user: string): string {
  return user === "_apt" ? "/nonexistent" : `/home/${user}`;
}

/** Lines by number; of two with one name the first counts. */
function merge(lines: readonly string[]): string {
  const byName = new Map<string, string>();
  for (const line of lines) {
    const name = nameOf(line);
    if (!byName.has(name)) byName.set(name, line);
  }
  return [...byName.values()]
    .toSorted((a, b) => numberOf(a) - numberOf(b) || compareText(a, b))
    .map((line) => `${line}\n`)
    .join("");
}

/** The user or group number of a line. */
function numberOf(line: string): number {
  return Number(line.split(":")[2]);
}

function requireFolder(top: TopLayer, path: string): void {
  if (top.tree.find(path) === undefined) top.put({ kind: "directory", path: path.replace(/^\/+/, ""), mode: 0o755 });
}

/** What labels say about an image, read off its files. */
export interface Interfaces {
  /** Name of a shell, or empty. */
  readonly shell: string;
  readonly packageManager: string;
}

export function findInterfaces(top: TopLayer): Interfaces {
  // The many names of busybox are one shell, and no package manager.
  const has = (name: string): boolean =>
    ["usr/bin", "usr/sbin", "usr/local/bin", "bin", "sbin"].some((folder) => {
      const found = top.tree.find(`${folder}/${name}`);
      return found?.kind === "file" && (name === "busybox" || !found.path.endsWith("/busybox"));
    });
  const manager = PACKAGE_MANAGERS.find(has) ?? "";
  return { shell: SHELLS.find(has) ?? "", packageManager: manager === "apt-get" ? "apt" : manager };
}

/**
 * A runtime image has no shell and no package manager unless its definition asks for it by name or says so by label; what a label
 * says must be so.
 * @throws BasaltError `LABEL_UNTRUE`
 */
export function requireTruthfulLabels(image: ImageDefinition, found: Interfaces): void {
  for (const [label, actual] of [
    ["io.basalt.shell", found.shell],
    ["io.basalt.package-manager", found.packageManager],
  ] as const) {
    const isMeant =
      image.variant === "dev" || image.packages.some(({ name }) => name === actual || name === `${actual}-tools`);
    const declared = image.labels[label] ?? (isMeant ? actual : "");
    if (declared === actual) continue;
    const says = declared === "" ? "none" : declared;
    throw new BasaltError(
      "LABEL_UNTRUE",
      `${image.title} (${image.platform}): ${label} says ${says}, and the image has ${actual === "" ? "none" : actual}`,
    );
  }
}
