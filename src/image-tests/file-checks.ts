// SPDX-License-Identifier: Apache-2.0
import type { EntryRecord, FileTree } from "../assemble/index.js";
import type { FileCheck } from "../definition/index.js";
import type { ByteStream } from "../formats/bytes.js";

/** An image's files: what is known of each, and their contents by the path that it has without links. */
export interface ImageFiles {
  readonly tree: FileTree;
  readonly read: (path: string) => ByteStream;
}

/** What is wrong with a path; nothing where all is as it should be. */
export async function findFault(check: FileCheck, files: ImageFiles): Promise<string | undefined> {
  const { tree } = files;
  // A link that leads nowhere is there, too.
  const own = tree.get(tree.resolveParent(check.path));
  if (check.isAbsent) return own === undefined ? undefined : `it is there, a ${kindOf(own)}`;
  if (own === undefined) return "it is not there";
  const found = check.kind === "symlink" ? own : tree.find(check.path);
  if (found === undefined) return `it is a link to ${own.target}, which is not there`;
  const faults = differences(check, found);
  if (check.contains !== undefined && !(await holds(check.contains, found, files)))
    faults.push(`it does not contain ${JSON.stringify(check.contains)}`);
  return faults.length === 0 ? undefined : faults.join(", ");
}

function differences(check: FileCheck, found: EntryRecord): string[] {
  const facts: readonly (readonly [
    what: string,
    wanted: string | number | undefined,
    actual: string | number | undefined,
  ])[] = [
    ["kind", check.kind, kindOf(found)],
    ["mode", octal(check.mode), octal(found.mode)],
    ["uid", check.uid, found.uid],
    ["gid", check.gid, found.gid],
  ];
  return facts.flatMap(([what, wanted, actual]) =>
    wanted === undefined || wanted === actual ? [] : [`its ${what} is ${actual}, not ${wanted}`],
  );
}

function octal(mode: number | undefined): string | undefined {
  return mode?.toString(8).padStart(4, "0");
}

function kindOf({ kind }: EntryRecord): "file" | "directory" | "symlink" {
  return kind === "hardlink" ? "file" : kind;
}

/** Whether a file contains a text, whatever its size: no more of it is kept than the text is long. */
async function holds(text: string, found: EntryRecord, { read }: ImageFiles): Promise<boolean> {
  if (kindOf(found) !== "file") return false;
  const wanted = Buffer.from(text);
  let seen = Buffer.alloc(0);
  for await (const chunk of read(found.path)) {
    seen = Buffer.concat([seen, chunk]);
    if (seen.includes(wanted)) return true;
    seen = seen.subarray(Math.max(0, seen.length - wanted.length + 1));
  }
  return false;
}
