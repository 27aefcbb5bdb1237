// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { readAr, type ArMember } from "../archive/ar.js";
import { readTar, type TarItem } from "../archive/tar-reader.js";
import { collect, limited, type ByteStream } from "../bytes.js";
import { parseControl, type ControlFields } from "./control.js";

/** What the control archive of a package holds. */
export interface DebControl {
  readonly fields: ControlFields;
  /** The control file as it stands, for the package database. */
  readonly text: string;
  /** Other members by name: maintainer scripts, md5sums, triggers, conffiles. */
  readonly files: ReadonlyMap<string, Buffer>;
}

export interface DebReadOptions {
  /** Name of the package for messages. */
  readonly name: string;
  readonly decompress: (source: ByteStream, compression: "none" | "gzip" | "xz" | "zstd", name: string) => ByteStream;
}

const MiB = 1024 * 1024;
const MAX_CONTROL_BYTES = 10 * MiB; // apko's limit for the same thing (pkg/options/options.go, SizeLimits)
const MAX_DATA_BYTES = 16 * 1024 * MiB; // as above
const COMPRESSIONS: ReadonlyMap<string, "none" | "gzip" | "xz" | "zstd"> = new Map([
  ["", "none"],
  [".gz", "gzip"],
  [".xz", "xz"],
  [".zst", "zstd"],
]);

/**
 * Reads a binary package in one pass: first its control data are handed to `onControl`, then the entries of its file tree
 * follow. Source: deb(5). @throws BasaltError `DEB_INVALID` and the codes of ar, tar and the decompressors
 */
export async function* readDeb(
  source: ByteStream,
  options: DebReadOptions,
  onControl: (control: DebControl) => void,
): AsyncGenerator<TarItem> {
  const { name } = options;
  let expected: "version" | "control" | "data" | "end" = "version";
  for await (const member of readAr(source, name)) {
    if (member.name.startsWith("_") || expected === "end") continue; // deb(5): such members are to be ignored
    if (expected === "version") {
      await requireVersion2(member, name);
      expected = "control";
    } else if (expected === "control") {
      onControl(await readControlArchive(member, options));
      expected = "data";
    } else {
      yield* readTar(limitedMember(member, "data.tar", MAX_DATA_BYTES, options), { name: `${name} (data.tar)` });
      expected = "end";
    }
  }
  if (expected !== "end")
    throw new BasaltError("DEB_INVALID", `${name} has no ${expected === "data" ? "data" : "control"} archive`);
}

async function requireVersion2(member: ArMember, name: string): Promise<void> {
  const version = (await collect(member.content, { maxBytes: 64, name: `${name} (debian-binary)` })).toString("latin1");
  if (member.name !== "debian-binary" || !/^2\.[0-9]+\n/.test(version))
    throw new BasaltError("DEB_INVALID", `${name} is not a Debian package of format 2`);
}

async function readControlArchive(member: ArMember, options: DebReadOptions): Promise<DebControl> {
  const files = new Map<string, Buffer>();
  const name = `${options.name} (control.tar)`;
  for await (const item of readTar(limitedMember(member, "control.tar", MAX_CONTROL_BYTES, options), { name })) {
    if (item.entry.kind === "file")
      files.set(item.entry.path, await collect(item.content, { maxBytes: MAX_CONTROL_BYTES, name }));
  }
  const text = files.get("control")?.toString("utf8");
  const [fields, second] = text === undefined ? [] : parseControl(text, `${options.name} (control)`);
  if (second !== undefined)
    throw new BasaltError("CONTROL_INVALID", `${options.name} has a control file of more than one paragraph`);
  if (text === undefined || fields === undefined)
    throw new BasaltError("DEB_INVALID", `${options.name} has no control file`);
  files.delete("control");
  return { fields, text, files };
}

function limitedMember(member: ArMember, stem: string, maxBytes: number, options: DebReadOptions): ByteStream {
  const suffix = member.name.startsWith(stem) ? member.name.slice(stem.length) : undefined;
  const compression = suffix === undefined ? undefined : COMPRESSIONS.get(suffix);
  if (compression === undefined)
    throw new BasaltError(
      "DEB_INVALID",
      `${options.name} has the member ${JSON.stringify(member.name)} where ${stem} was expected`,
    );
  const name = `${options.name} (${member.name})`;
  return limited(options.decompress(member.content, compression, name), { maxBytes, name });
}
