// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { readApk, type ApkControl, type ApkItem } from "../../formats/apk/apk.js";
import { bytesOf, collect, type ByteStream } from "../../formats/bytes.js";
import type { LockedPackage } from "../../formats/lock.js";
import { isWhiteout } from "../../formats/oci/whiteout.js";
import type { ContentItem, PackageContent, PackageFacts } from "../contract.js";
import { FileList, formatRecord, scriptPath } from "./record.js";

/** Files that rules for the whole image read: certificates for the bundle, accounts, and the names of busybox's programs. */
const RETAINED = [
  /^usr\/share\/ca-certificates\/.*\.crt$/,
  /^etc\/busybox-paths\.d\/[^/]+$/,
  /^etc\/(?:passwd|group)$/,
] as const;
const MAX_RETAINED_BYTES = 1024 * 1024;

/** Reads an Alpine package as it goes into an image: all of it, since documentation has packages of its own. Nothing of it is run. */
export function readApkContent(source: ByteStream, locked: LockedPackage): PackageContent {
  const name = `${locked.name} ${locked.version}`;
  let control: ApkControl | undefined;
  let facts: PackageFacts | undefined;
  const retained = new Map<string, string>();
  const list = new FileList();
  const items = async function* (): AsyncGenerator<ContentItem> {
    for await (const item of readApk(source, { name }, (found) => (control = checkControl(found, locked)))) {
      const kept = toContentItem(item, name);
      if (kept === undefined) continue;
      list.add(item);
      yield await retain(kept, retained);
    }
    if (control === undefined) throw new Error("internal: a package without control data was read to its end");
    facts = toFacts(control, locked, { retained, list });
  };
  return {
    items: items(),
    facts: () => {
      if (facts === undefined) throw new Error("internal: facts of a package that was not read");
      return facts;
    },
  };
}

/** The package must be the one that the lock names; indexes give packages for all machines the name of the one that they serve. */
function checkControl(control: ApkControl, locked: LockedPackage): ApkControl {
  const { name, version, architecture } = control.info;
  const isSame = name === locked.name && version === locked.version;
  const known = architecture === "noarch" ? ["x86_64", "aarch64", "noarch"] : [architecture];
  if (isSame && known.includes(locked.architecture)) return control;
  throw new BasaltError(
    "LOCK_MISMATCH",
    `the lock names ${locked.name} ${locked.version} ${locked.architecture}, and the package with that hash is ${name} ${version} ${architecture}`,
  );
}

function toContentItem(item: ApkItem, name: string): ContentItem | undefined {
  const { entry } = item;
  // apk passes over what begins with a dot at the top: it belongs to the package, not to the system.
  if (entry.path === "" || entry.path.startsWith(".")) return undefined;
  if (entry.kind === "device")
    throw new BasaltError("PACKAGE_CONTENT", `${name} has the device or pipe ${JSON.stringify(entry.path)}`);
  // The database has one name a line.
  if (/[\n\r]/.test(entry.path))
    throw new BasaltError(
      "PACKAGE_CONTENT",
      `${name} has the name ${JSON.stringify(entry.path)}, which has a line break`,
    );
  if (isWhiteout(entry.path))
    throw new BasaltError("PACKAGE_CONTENT", `${name} has ${JSON.stringify(entry.path)}, which would remove a file`);
  return { entry: entry.kind === "directory" ? { ...entry, mtimeSeconds: 0 } : entry, content: item.content };
}

async function retain(item: ContentItem, retained: Map<string, string>): Promise<ContentItem> {
  if (item.entry.kind !== "file" || !RETAINED.some((pattern) => pattern.test(item.entry.path))) return item;
  const bytes = await collect(item.content, { maxBytes: MAX_RETAINED_BYTES, name: item.entry.path });
  retained.set(item.entry.path, bytes.toString("utf8"));
  return { entry: item.entry, content: bytesOf(bytes) };
}

interface Noted {
  readonly retained: ReadonlyMap<string, string>;
  readonly list: FileList;
}

function toFacts(control: ApkControl, locked: LockedPackage, { retained, list }: Noted): PackageFacts {
  const scripts = [...control.scripts].map(
    ([name, bytes]) => [scriptPath(locked, control.checksum, name), bytes.toString("utf8")] as const,
  );
  return {
    name: locked.name,
    version: locked.version,
    statusParagraph: formatRecord(control, locked, list),
    replaces: control.info.replaces,
    alternatives: [],
    triggers: control.info.triggers.map((trigger) => ({ trigger, package: locked.name, isAwaited: false })),
    retained: Object.fromEntries([...retained, ...scripts]),
  };
}
