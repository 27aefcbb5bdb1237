// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { readText, writeFileAtomic } from "../host/files.js";
import type { Host } from "../host/host.js";
import { parseDraft, requireClean, viewDraft, type Change, type Draft } from "./draft.js";
import { createOnce, type TrackContext } from "./finding.js";
import { runIncrement } from "./increment.js";
import { isSource, runTracker, type Step } from "./run-tracker.js";

/** What became of a definition file. */
export interface Updated {
  readonly file: string;
  /** How many things are tracked. */
  readonly trackers: number;
  readonly isWritten: boolean;
  readonly changes: readonly Change[];
  /** What was not changed, and why that is no failure. */
  readonly notes: readonly string[];
  readonly problems: readonly BasaltError[];
}

export interface UpdateOptions {
  /** Finds and writes nothing. @default false */
  readonly isDryRun?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Moves the variables of definitions to what their `track` finds, and writes the files in which something changed. What one
 * tracker cannot do stops no other. @throws BasaltError `CANCELLED`
 */
export async function* updateDefinitions(
  files: readonly string[],
  options: UpdateOptions,
  host: Host,
): AsyncGenerator<Updated> {
  const { signal } = options;
  const context = { host, once: createOnce(), ...(signal === undefined ? {} : { signal }) };
  for (const file of files) yield await updateFile(file, options, context);
}

async function updateFile(
  file: string,
  { isDryRun = false }: UpdateOptions,
  context: Omit<TrackContext, "image">,
): Promise<Updated> {
  const nothing = { file, trackers: 0, isWritten: false, changes: [], notes: [], problems: [] };
  try {
    const before = await parseDraft(await readText(file), file);
    const work = await runAll(before, context);
    const result = { ...nothing, ...work.result };
    if (work.draft.text === before.text) return result;
    try {
      requireClean(before, work.draft, context.host.now().toISOString().slice(0, 10));
      if (!isDryRun) await writeUnlessChanged(before, work.draft);
      return { ...result, isWritten: !isDryRun };
    } catch (error) {
      return { ...result, changes: [], problems: [...result.problems, toProblem(error)] };
    }
  } catch (error) {
    return { ...nothing, problems: [toProblem(error)] };
  }
}

type Result = Pick<Updated, "trackers" | "changes" | "notes" | "problems">;

/** All trackers in their order, those that count changes last. */
async function runAll(
  before: Draft,
  context: Omit<TrackContext, "image">,
): Promise<{ readonly draft: Draft; readonly result: Result }> {
  const [platform] = before.definition.platforms;
  const trackers = platform === undefined ? [] : viewDraft(before, platform).trackers;
  const numbered = [...trackers.entries()];
  const isCounter = ([, { type }]: (typeof numbered)[number]): boolean => type === "var_increment";
  let draft = before;
  const changes: Change[] = [];
  const notes: string[] = [];
  const problems: BasaltError[] = [];
  for (const [index, tracker] of [...numbered.filter((one) => !isCounter(one)), ...numbered.filter(isCounter)]) {
    try {
      const step = await run(index, tracker);
      draft = step.draft;
      changes.push(...step.changes);
      notes.push(...step.notes);
    } catch (error) {
      problems.push(toProblem(error));
    }
  }
  return { draft, result: { trackers: trackers.length, changes, notes, problems } };

  async function run(index: number, tracker: (typeof trackers)[number]): Promise<Step> {
    if (tracker.type === "var_increment") return runIncrement(tracker, draft, changes);
    if (isSource(tracker)) return runTracker(index, draft, context);
    const note = `${tracker.set} is not looked up: this version of Basalt does not track ${tracker.type}`;
    return { draft, changes: [], notes: [note] };
  }
}

/** What somebody wrote in the meantime is not lost. @throws BasaltError `FILE_UNREADABLE` */
async function writeUnlessChanged(before: Draft, after: Draft): Promise<void> {
  const { file } = before.definition;
  if ((await readText(file)) !== before.text)
    throw new BasaltError("FILE_UNREADABLE", `${file} was changed by somebody else meanwhile`, {
      action: "run the command again",
    });
  await writeFileAtomic(file, after.text);
}

/** @throws what is no problem of a tracker: a defect, or that the work was cancelled */
function toProblem(error: unknown): BasaltError {
  if (error instanceof BasaltError && error.code !== "CANCELLED") return error;
  throw error;
}
