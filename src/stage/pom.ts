// SPDX-License-Identifier: Apache-2.0
import type { PomWork } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import { bytesOf } from "../formats/bytes.js";
import { patchPom, type PomDependency, type PomProperty } from "../formats/maven-pom.js";
import { stepError, type HostStep } from "./host-step.js";
import { readStageFile } from "./verify.js";

/** Sets versions in a Maven project's file. @throws BasaltError `STAGE_FAILED`, `POM_INVALID` */
export async function patchPomFile(work: PomWork, step: HostStep): Promise<void> {
  const dependencies = await readList(work.dependencies, step, ["groupId", "artifactId", "version"]);
  const properties = await readList(work.properties, step, ["property", "value"]);
  const { list, mayLower } = work;
  const text = (await readStageFile(work.file, step)).toString("utf8");
  const patch = {
    dependencies: dependencies as readonly unknown[] as readonly PomDependency[],
    properties: properties as readonly unknown[] as readonly PomProperty[],
    list,
    mayLower,
  };
  const place = (await step.root.find(work.file)) ?? "";
  const common = { uid: 0, gid: 0, mode: 0o644, mtimeSeconds: step.epochSeconds };
  try {
    const changed = patchPom(text, patch);
    const entry = { kind: "file", path: place.slice(step.root.path.length + 1), ...common } as const;
    await step.root.write({ ...entry, sizeBytes: Buffer.byteLength(changed) }, bytesOf(changed));
  } catch (error) {
    if (!(error instanceof BasaltError)) throw error;
    throw stepError(step, `${work.file}: ${error.message}`, error.code);
  }
  const count = dependencies.length + properties.length;
  step.onEvent({ kind: "note", text: `${step.where}: ${count} versions set in ${work.file}` });
}

type Entry = Readonly<Record<string, string>>;

/** A JSON file of the stage: a list of objects, or one object, with these texts in each; other texts are allowed. */
async function readList(path: string | undefined, step: HostStep, keys: readonly string[]): Promise<readonly Entry[]> {
  if (path === undefined) return [];
  const text = (await readStageFile(path, step)).toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw stepError(step, `${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value];
  return entries.map((entry, index) => {
    const isEntry =
      entry !== null &&
      typeof entry === "object" &&
      Object.values(entry).every((one) => typeof one === "string") &&
      keys.every((key) => Object.hasOwn(entry, key));
    if (!isEntry) throw stepError(step, `${path}: entry ${index} must be texts with ${keys.join(", ")}`);
    return entry as Entry;
  });
}
