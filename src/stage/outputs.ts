// SPDX-License-Identifier: Apache-2.0
import type { ImageDefinition, Stage, StageOutput } from "../definition/index.js";
import type { LayerStatement } from "../assemble/index.js";
import { distroOf, type ContentItem } from "../distro/index.js";
import { BasaltError } from "../errors.js";
import { bytesOf } from "../formats/bytes.js";
import { compileGlob } from "../formats/glob.js";
import { isWhiteout } from "../formats/oci/whiteout.js";
import { readText, streamFile } from "../host/files.js";
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

/** What the outputs of a stage take, at its places in the image; what they take away is added to `removals`. @throws BasaltError `STAGE_OUTPUT` */
export async function* readOutputs(work: OutputWork, removals: string[] = []): AsyncGenerator<ContentItem> {
  const { image, root, before } = work;
  for (const output of work.stage.outputs) {
    const found = new Set<string>();
    for await (const { entry, inner } of select(output, root)) {
      found.add(entry.path);
      if (output.isDiff && before.get(entry.path) === entry.stamp) continue;
      const item = await place(entry, targetOf(output, entry, inner), output, work);
      if (item !== undefined) yield item;
    }
    const removed = output.isDiff ? removedBy(output, found, before) : [];
    if (found.size === 0 && removed.length === 0) throw missing(output, work);
    removals.push(...removed.map((path) => distroOf(image.osRelease.id).imagePath(path)).filter((path) => path !== ""));
  }
}

/** Places in the image of what was there before the steps and is not afterwards; what goes with its folder is not named. */
function removedBy(output: StageOutput, found: ReadonlySet<string>, before: Snapshot): readonly string[] {
  const isSelected = selectorOf(output);
  const removed = new Set<string>();
  const targets: string[] = [];
  for (const path of before.keys()) {
    const inner = found.has(path) ? undefined : isSelected(path);
    if (inner === undefined) continue;
    removed.add(path);
    const isInRemoved = path.includes("/") && removed.has(path.slice(0, path.lastIndexOf("/")));
    if (!isInRemoved) targets.push(targetOf(output, { path, kind: "file" }, inner));
  }
  return targets;
}

const MAX_ATTESTATION_BYTES = 16 * 1024 * 1024;

/** What a stage says of the image. @throws BasaltError `STAGE_OUTPUT` */
export async function readAttestations({ stage, image, root, before }: OutputWork): Promise<readonly LayerStatement[]> {
  const statements: LayerStatement[] = [];
  for (const { predicateType, source, isDiff } of stage.attestations) {
    const where = `${image.title}: /${source} of the stage ${stage.name}, its attestation ${predicateType},`;
    const fault = (why: string): BasaltError => new BasaltError("STAGE_OUTPUT", `${where} ${why}`);
    const entry = (await root.list(source).next()).value as RootEntry | undefined;
    if (isDiff && entry?.stamp === before.get(source)) continue;
    if (entry?.kind !== "file") throw fault("is not a file");
    if (entry.sizeBytes > MAX_ATTESTATION_BYTES) throw fault(`is larger than ${MAX_ATTESTATION_BYTES} bytes`);
    statements.push({ predicateType, predicate: parsePredicate(await readText(await root.locate(source)), fault) });
  }
  return statements;
}

/** Source: in-toto attestation framework, spec/v1/predicate.md: an object. */
function parsePredicate(text: string, fault: (why: string) => BasaltError): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw fault("is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw fault("is not a JSON object");
  return value;
}

interface Selected {
  readonly entry: RootEntry;
  /** Path below what the output names; empty for that itself. */
  readonly inner: string;
}

async function* select(output: StageOutput, root: RootFolder): AsyncGenerator<Selected> {
  const isSelected = selectorOf(output);
  for await (const entry of root.list(split(output).base)) {
    const inner = isSelected(entry.path);
    if (inner !== undefined) yield { entry, inner };
  }
}

/** Answers the path of what an output takes below what it names. */
function selectorOf(output: StageOutput): (path: string) => string | undefined {
  const { base, pattern } = split(output);
  const isWanted = pattern === undefined ? undefined : compileGlob(pattern);
  return (path) => {
    if (path !== base && base !== "" && !path.startsWith(`${base}/`)) return undefined;
    const inner = path === base ? "" : path.slice(base === "" ? 0 : base.length + 1);
    return isWanted === undefined || (inner !== "" && isWanted(inner)) ? inner : undefined;
  };
}

/** `FOLDER/NAME` with wildcards in the name selects what is in the folder, a path without them the path and all below it. */
function split({ source }: StageOutput): { readonly base: string; readonly pattern?: string } {
  const slash = source.lastIndexOf("/");
  const name = source.slice(slash + 1);
  return /[*?]/.test(name) ? { base: source.slice(0, Math.max(0, slash)), pattern: name } : { base: source };
}

function targetOf({ source, target }: StageOutput, entry: Pick<RootEntry, "path" | "kind">, inner: string): string {
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
  // Steps that gave a file away meant it, where what they changed is taken.
  const isGiven = output.isDiff && (entry.uid !== 0 || entry.gid !== 0);
  const { uid, gid } = isGiven ? entry : output;
  const common = { path, uid, gid, mtimeSeconds: epochSeconds };
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
