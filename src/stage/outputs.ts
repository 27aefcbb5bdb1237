// SPDX-License-Identifier: Apache-2.0
import type { ImageDefinition, Stage, StageOutput } from "../definition/index.js";
import { distroOf, type ContentItem } from "../distro/index.js";
import { BasaltError } from "../errors.js";
import { bytesOf } from "../formats/bytes.js";
import { compileGlob } from "../formats/glob.js";
import { isWhiteout } from "../formats/oci/whiteout.js";
import { streamFile } from "../host/files.js";
import type { RootEntry, RootFolder } from "../host/root-folder.js";

/** State of a tree: path → what changes when the entry does. */
export type Snapshot = ReadonlyMap<string, string>;

export async function takeSnapshot(root: RootFolder): Promise<Snapshot> {
  const snapshot = new Map<string, string>();
  for await (const { path, stamp } of root.list("")) snapshot.set(path, stamp);
  return snapshot;
}

export interface OutputWork {
  readonly stage: Stage;
  readonly image: ImageDefinition;
  readonly root: RootFolder;
  /** Before the first step. */
  readonly before: Snapshot;
  /** What every entry was changed at: times would tell when the stage ran. */
  readonly epochSeconds: number;
}

/** What the outputs of a stage take, at its places in the image. @throws BasaltError `STAGE_OUTPUT` */
export async function* readOutputs(work: OutputWork): AsyncGenerator<ContentItem> {
  for (const output of work.stage.outputs) {
    let found = false;
    for await (const { entry, inner } of select(output, work.root)) {
      found = true;
      if (output.isDiff && work.before.get(entry.path) === entry.stamp) continue;
      const item = await place(entry, targetOf(output, entry, inner), output, work);
      if (item !== undefined) yield item;
    }
    if (!found) throw missing(output, work);
  }
}

interface Selected {
  readonly entry: RootEntry;
  /** Path below what the output names; empty for that itself. */
  readonly inner: string;
}

/** `FOLDER/NAME` with wildcards in the name selects what is in the folder, a path without them the path and all below it. */
async function* select({ source }: StageOutput, root: RootFolder): AsyncGenerator<Selected> {
  const slash = source.lastIndexOf("/");
  const [folder, name] = [source.slice(0, Math.max(0, slash)), source.slice(slash + 1)];
  const isPattern = /[*?]/.test(name);
  const base = isPattern ? folder : source;
  const isWanted = isPattern ? compileGlob(name) : undefined;
  for await (const entry of root.list(base)) {
    const inner = entry.path === base ? "" : entry.path.slice(base === "" ? 0 : base.length + 1);
    if (isWanted === undefined) yield { entry, inner };
    else if (inner !== "" && isWanted(inner)) yield { entry, inner };
  }
}

function targetOf({ source, target }: StageOutput, entry: RootEntry, inner: string): string {
  const folder = target.replace(/\/$/, "");
  if (inner !== "") return folder === "" ? inner : `${folder}/${inner}`;
  // A file goes into a folder under its own name.
  const isInto = entry.kind !== "directory" && (target.endsWith("/") || folder === "");
  return isInto ? `${folder === "" ? "" : `${folder}/`}${source.slice(source.lastIndexOf("/") + 1)}` : folder;
}

async function place(
  entry: RootEntry,
  target: string,
  output: StageOutput,
  { image, root, stage, epochSeconds }: OutputWork,
): Promise<ContentItem | undefined> {
  const path = distroOf(image.osRelease.id).imagePath(target);
  if (path === "") return undefined; // the root is there
  if (isWhiteout(path))
    throw new BasaltError(
      "STAGE_OUTPUT",
      `${image.title}: the stage ${stage.name} made /${entry.path}, whose name would remove a file`,
    );
  const common = { path, uid: output.uid, gid: output.gid, mtimeSeconds: epochSeconds };
  switch (entry.kind) {
    case "directory":
      return { entry: { kind: "directory", ...common, mode: entry.mode & 0o7777 }, content: bytesOf("") };
    case "symlink":
      return { entry: { kind: "symlink", ...common, mode: 0o777, target: entry.target ?? "" }, content: bytesOf("") };
    case "file": {
      const mode = output.mode ?? entry.mode;
      const content = streamFile(await root.locate(entry.path));
      return { entry: { kind: "file", ...common, mode, sizeBytes: entry.sizeBytes }, content };
    }
    case "other":
      throw new BasaltError(
        "STAGE_OUTPUT",
        `${image.title}: the stage ${stage.name} made /${entry.path}, which is a socket, a pipe or a device`,
      );
  }
}

function missing({ source }: StageOutput, { image, stage }: OutputWork): BasaltError {
  return new BasaltError("STAGE_OUTPUT", `${image.title}: the stage ${stage.name} has no /${source} for its output`);
}
