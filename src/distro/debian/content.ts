// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { BasaltError } from "../../errors.js";
import type { TarItem } from "../../formats/archive/tar-reader.js";
import { bytesOf, collect, type ByteStream } from "../../formats/bytes.js";
import { readDeb, type DebControl } from "../../formats/debian/deb.js";
import { parseDependencies } from "../../formats/debian/dependency.js";
import { identityOf } from "../../formats/debian/packages-index.js";
import { CAPABILITY_XATTR } from "../../formats/file-capabilities.js";
import { isWhiteout } from "../../formats/oci/whiteout.js";
import type { LockedPackage } from "../../formats/lock.js";
import { decompress } from "../../host/decompress.js";
import type { ContentItem, PackageContent, PackageFacts, Profile } from "../contract.js";
import { parseAlternatives } from "./alternatives.js";
import { isKept, isMergedFolder, mergedPath } from "./content-rules.js";
import { parseFileCapabilities } from "./file-capabilities.js";
import { parseTriggers } from "./triggers.js";

/** Files that rules for the whole image read: certificates for the bundle, lists and templates that scripts start from. */
const RETAINED = [
  /^usr\/share\/ca-certificates\/.*\.crt$/,
  /^usr\/share\/base-files\/(?:nsswitch\.conf|profile|motd|dot\.bashrc|dot\.profile)$/,
  /^usr\/share\/libc-bin\/nsswitch\.conf$/,
  /^usr\/share\/base-passwd\/(?:passwd|group)\.master$/,
  /^usr\/share\/debianutils\/shells(?:\.d\/[^/]+)?$/,
  /^usr\/share\/pam\/common-[a-z-]+$/,
  /^usr\/share\/pam-configs\/[^/]+$/,
] as const;
const MAX_RETAINED_BYTES = 1024 * 1024;
const STATUS_FOLDER = "var/lib/dpkg/status.d";
const INFO_FOLDER = "var/lib/dpkg/info";
/** Control members that dpkg keeps under info/. Source: dpkg, lib/dpkg/dbdir and deb-control(5). */
const INFO_MEMBERS = [
  "conffiles",
  "config",
  "md5sums",
  "postinst",
  "postrm",
  "preinst",
  "prerm",
  "shlibs",
  "symbols",
  "templates",
  "triggers",
] as const;

/** Reads a Debian package as it goes into an image. Nothing of it is run. */
export function readDebContent(source: ByteStream, locked: LockedPackage, profile: Profile): PackageContent {
  const name = `${locked.name} ${locked.version}`;
  let control: DebControl | undefined;
  let facts: PackageFacts | undefined;
  const retained = new Map<string, string>();
  const conffiles = new Map<string, string>();
  const isConffile = (path: string): boolean => {
    conffileNames ??= new Set(control?.files.get("conffiles")?.toString("utf8").split("\n"));
    return conffileNames.has(`/${path}`);
  };
  let conffileNames: ReadonlySet<string> | undefined;
  let capabilities: ReadonlyMap<string, Buffer> | undefined;
  const items = async function* (): AsyncGenerator<ContentItem> {
    const listed: string[] = [];
    const options = { name, decompress };
    for await (const item of readDeb(source, options, (found) => (control = checkControl(found, locked)))) {
      if (item.entry.path !== "") listed.push(`/${item.entry.path}`);
      capabilities ??= parseFileCapabilities(control?.files.get("postinst")?.toString("utf8") ?? "");
      const kept = withCapabilities(toContentItem(item, name), capabilities);
      if (kept === undefined) continue;
      yield isConffile(item.entry.path) ? hashed(kept, item.entry.path, conffiles) : await retain(kept, retained);
    }
    if (control === undefined) throw new Error("internal: a package without control data was read to its end");
    yield* databaseItems(control, locked, profile, listed);
    facts = toFacts(control, locked, { retained, conffiles });
  };
  return {
    items: items(),
    facts: () => {
      if (facts === undefined) throw new Error("internal: facts of a package that was not read");
      return facts;
    },
  };
}

/** The package must be the one that the lock names: its own control file says who it is. */
function checkControl(control: DebControl, locked: LockedPackage): DebControl {
  const found = identityOf(control.fields, `${locked.name} (control)`);
  if (found.name !== locked.name || found.version !== locked.version || found.architecture !== locked.architecture) {
    const says = `${found.name} ${found.version} ${found.architecture}`;
    throw new BasaltError(
      "LOCK_MISMATCH",
      `the lock names ${locked.name} ${locked.version} ${locked.architecture}, and the package with that hash is ${says}`,
    );
  }
  return control;
}

function toContentItem(item: TarItem, name: string): ContentItem | undefined {
  const { entry } = item;
  if (entry.path === "") return undefined;
  if (entry.kind === "device")
    throw new BasaltError("PACKAGE_CONTENT", `${name} has the device or pipe ${JSON.stringify(entry.path)}`);
  if (isWhiteout(entry.path))
    throw new BasaltError("PACKAGE_CONTENT", `${name} has ${JSON.stringify(entry.path)}, which would remove a file`);
  // A link that makes the merged /usr stays at the root; a folder of that name becomes the one below /usr.
  const path = entry.kind === "symlink" && isMergedFolder(entry.path) ? entry.path : mergedPath(entry.path);
  if (!isKept(path, entry.kind)) return undefined;
  switch (entry.kind) {
    case "directory":
      return { entry: { ...entry, path, mtimeSeconds: 0 }, content: item.content };
    case "hardlink": {
      const target = mergedPath(entry.target);
      if (!isKept(target, "file"))
        throw new BasaltError("PACKAGE_CONTENT", `${name} links ${path} to the documentation file ${target}`);
      return { entry: { ...entry, path, target }, content: item.content };
    }
    default:
      return { entry: { ...entry, path }, content: item.content };
  }
}

/** Rule `file-capabilities`: what the package's script would give to its own files. */
function withCapabilities(
  item: ContentItem | undefined,
  capabilities: ReadonlyMap<string, Buffer>,
): ContentItem | undefined {
  const value = item?.entry.kind === "file" ? capabilities.get(item.entry.path) : undefined;
  if (item === undefined || value === undefined) return item;
  const xattrs = new Map([...(item.entry.xattrs ?? []), [CAPABILITY_XATTR, value]]);
  return { entry: { ...item.entry, xattrs }, content: item.content };
}

async function retain(item: ContentItem, retained: Map<string, string>): Promise<ContentItem> {
  if (item.entry.kind !== "file" || !RETAINED.some((pattern) => pattern.test(item.entry.path))) return item;
  const bytes = await collect(item.content, { maxBytes: MAX_RETAINED_BYTES, name: item.entry.path });
  retained.set(item.entry.path, bytes.toString("utf8"));
  return { entry: item.entry, content: bytesOf(bytes) };
}

/** Notes the MD5 of a configuration file while it passes: dpkg keeps it to see later whether it was edited. */
function hashed(item: ContentItem, path: string, conffiles: Map<string, string>): ContentItem {
  const content = async function* (): AsyncGenerator<Buffer> {
    const hash = createHash("md5");
    for await (const chunk of item.content) {
      hash.update(chunk);
      yield chunk;
    }
    conffiles.set(`/${path}`, hash.digest("hex"));
  };
  return { entry: item.entry, content: content() };
}

/**
 * The package's own part of the dpkg database: it travels with the package's layer. Where dpkg itself can be run it is what dpkg
 * keeps; `status.d` would go on naming what was upgraded or removed since.
 */
function* databaseItems(
  control: DebControl,
  locked: LockedPackage,
  profile: Profile,
  listed: readonly string[],
): Generator<ContentItem> {
  if (profile !== "dev") {
    const md5sums = control.files.get("md5sums");
    yield generated(
      `${STATUS_FOLDER}/${locked.name}`,
      Buffer.from(control.text.endsWith("\n") ? control.text : `${control.text}\n`),
    );
    if (md5sums !== undefined) yield generated(`${STATUS_FOLDER}/${locked.name}.md5sums`, md5sums);
    return;
  }
  const stem = databaseName(control, locked);
  yield generated(`${INFO_FOLDER}/${stem}.list`, Buffer.from(`/.\n${listed.map((path) => `${path}\n`).join("")}`));
  for (const member of INFO_MEMBERS) {
    const content = control.files.get(member);
    if (content !== undefined)
      yield generated(`${INFO_FOLDER}/${stem}.${member}`, content, /^(?:config|p)/.test(member) ? 0o755 : 0o644);
  }
}

/** How dpkg names a package where only one can be meant. Source: dpkg, lib/dpkg/pkg-show.c (pkgbin_name, pnaw_nonambig). */
function databaseName(control: DebControl, locked: LockedPackage): string {
  return control.fields.get("multi-arch") === "same" ? `${locked.name}:${locked.architecture}` : locked.name;
}

function generated(path: string, content: Buffer, mode = 0o644): ContentItem {
  return {
    entry: { kind: "file", path, mode, uid: 0, gid: 0, mtimeSeconds: 0, sizeBytes: content.length },
    content: bytesOf(content),
  };
}

interface Noted {
  readonly retained: ReadonlyMap<string, string>;
  /** Path of a configuration file → MD5. */
  readonly conffiles: ReadonlyMap<string, string>;
}

function toFacts(control: DebControl, locked: LockedPackage, { retained, conffiles }: Noted): PackageFacts {
  const script = control.files.get("postinst")?.toString("utf8") ?? "";
  return {
    name: locked.name,
    version: locked.version,
    statusParagraph: statusParagraph(control, conffiles),
    replaces: parseDependencies(control.fields.get("replaces"), locked.name).flatMap((dependency) =>
      dependency.map((alternative) => alternative.name),
    ),
    alternatives: parseAlternatives(script),
    triggers: parseTriggers(control.files.get("triggers")?.toString("utf8") ?? "", databaseName(control, locked)),
    retained: Object.fromEntries(retained),
  };
}

/** The control file with the fields that dpkg adds on installation. Source: dpkg(1), "PACKAGE STATES". */
function statusParagraph(control: DebControl, conffiles: ReadonlyMap<string, string>): string {
  const [first = "", ...rest] = control.text.trimEnd().split("\n");
  const lines = [...conffiles].map(([path, md5]) => ` ${path} ${md5}`);
  return [
    first,
    "Status: install ok installed",
    ...rest,
    ...(lines.length === 0 ? [] : ["Conffiles:", ...lines]),
    "",
  ].join("\n");
}
