// SPDX-License-Identifier: Apache-2.0
import type { Behaviour, Trial } from "./trial.js";

/** Whether a migrated Dockerfile does what the original did. */
export interface Verification {
  /** `unclear`: nothing was seen that could tell. */
  readonly verdict: "holds" | "fails" | "unclear";
  /** Why it fails, or why it is unclear. */
  readonly problems: readonly string[];
  /** Differences that a person should know, and that may be meant. */
  readonly differences: readonly string[];
}

const FIRST_ERROR_STATUS = 400;
const MAX_QUOTED_LINES = 5;
const MAX_LINE = 120;

/** Compares what two Dockerfiles did. Where the original cannot be tried the migrated one has to work by itself. */
export function compareTrials(before: Trial, after: Trial): Verification {
  const differences: string[] = [];
  if (after.buildFailure !== undefined)
    return before.buildFailure === undefined
      ? fails(`the migrated Dockerfile cannot be built:\n${after.buildFailure}`)
      : unclear("neither Dockerfile can be built here", `the migrated one says:\n${after.buildFailure}`);
  if (before.buildFailure !== undefined)
    differences.push(`the original cannot be built here, so there is nothing to compare with:\n${before.buildFailure}`);
  const problems = [
    ...userProblems(after),
    ...portProblems(before, after),
    ...behaviourProblems(before.behaviour, after.behaviour),
  ];
  differences.push(...differencesOf(before, after));
  if (problems.length > 0) return { verdict: "fails", problems, differences };
  const doubt = doubtOf(before.behaviour, after.behaviour);
  return doubt === undefined
    ? { verdict: "holds", problems: [], differences }
    : { verdict: "unclear", problems: [doubt], differences };
}

function fails(...problems: readonly string[]): Verification {
  return { verdict: "fails", problems, differences: [] };
}

function unclear(...problems: readonly string[]): Verification {
  return { verdict: "unclear", problems, differences: [] };
}

/** Whether a trial's program runs as root, as far as that is known. */
export function isRoot({ built, behaviour }: Trial): boolean {
  const uid = behaviour?.process?.uid;
  return uid === undefined ? /^(?:0|root)?(?::.*)?$/.test(built?.user ?? "") : uid === 0;
}

function userProblems(after: Trial): readonly string[] {
  return isRoot(after) ? ["the migrated program runs as root"] : [];
}

function portProblems(before: Trial, after: Trial): readonly string[] {
  const [had, has] = [before.built?.ports ?? [], after.built?.ports ?? []];
  return had.length > 0 && has.length === 0
    ? [`the original exposes ${had.join(", ")}, the migrated image no port`]
    : [];
}

function behaviourProblems(before: Behaviour | undefined, after: Behaviour | undefined): readonly string[] {
  if (after === undefined) return [];
  const said = `\n${quoted(after.output)}`;
  if (after.end !== undefined && before?.end === undefined && (before !== undefined || after.probe.kind === "http"))
    return [
      `the migrated program ended with ${after.end.exitCode}${before === undefined ? "" : ", and the original runs on"}:${said}`,
    ];
  if (before?.end !== undefined && after.end === undefined && before.end.exitCode === 0)
    return ["the original ends by itself, and the migrated program runs on"];
  if (after.end !== undefined && after.end.exitCode !== (before?.end?.exitCode ?? 0))
    return [
      `the migrated program ended with ${after.end.exitCode}, the original with ${before?.end?.exitCode ?? "nothing known"}:${said}`,
    ];
  if (before?.answer !== undefined && after.answer === undefined)
    return [`the original answers with ${before.answer.status}, and the migrated program does not answer:${said}`];
  if (before?.answer !== undefined && after.answer !== undefined && after.answer.status !== before.answer.status)
    return [
      `the migrated program answers with ${after.answer.status}, the original with ${before.answer.status}:${said}`,
    ];
  if (before === undefined && (after.answer?.status ?? 0) >= FIRST_ERROR_STATUS)
    return [`the migrated program answers with ${after.answer?.status}:${said}`];
  return [];
}

/** What was seen may be the same on both sides because neither does what it should. */
function doubtOf(before: Behaviour | undefined, after: Behaviour | undefined): string | undefined {
  if (after?.probe.kind === "http" && after.answer === undefined)
    return after.end === undefined
      ? `neither answers over HTTP; what they print:\n${quoted(after.output)}`
      : `both end with ${after.end.exitCode}; what the migrated program prints:\n${quoted(after.output)}`;
  if (after?.answer !== undefined && after.answer.status >= 500)
    return `both answer with ${after.answer.status}: they may lack something here, which --env can give`;
  if (after?.end !== undefined && after.end.exitCode !== 0 && before?.end !== undefined)
    return `both end with ${after.end.exitCode}: --probe-args can give them something to do; they print:\n${quoted(after.output)}`;
  return undefined;
}

function differencesOf(before: Trial, after: Trial): readonly string[] {
  const found: string[] = [];
  const [had, has] = [before.built?.ports.join(", "), after.built?.ports.join(", ")];
  if (had !== undefined && has !== undefined && had !== has && has !== "")
    found.push(
      `the original exposes ${had === "" ? "no port" : had}, the migrated image ${has}: what publishes it has to follow`,
    );
  if (
    before.behaviour?.probe.kind === "http" &&
    before.behaviour.answer === undefined &&
    after.behaviour?.answer !== undefined
  )
    found.push("the original does not answer here, the migrated program does");
  const [answered, answers] = [before.behaviour?.answer, after.behaviour?.answer];
  if (answered !== undefined && answers !== undefined && answered.contentType !== answers.contentType)
    found.push(
      `the answer is ${answers.contentType ?? "of no type"}, that of the original ${answered.contentType ?? "of no type"}`,
    );
  if (after.behaviour?.hasShell === true) found.push("the migrated image has a shell");
  const [printed, prints] = [before.behaviour, after.behaviour];
  if (printed?.end !== undefined && prints?.end !== undefined && printed.output !== prints.output)
    found.push(`it prints something else: ${firstDifference(printed.output, prints.output)}`);
  return found;
}

function firstDifference(before: string, after: string): string {
  const [left, right] = [before.split("\n"), after.split("\n")];
  const at = left.findIndex((line, index) => line !== right[index]);
  const index = at === -1 ? left.length : at;
  return `line ${index + 1} was ${lineText(left[index])} and is ${lineText(right[index])}`;
}

function lineText(text: string | undefined): string {
  return text === undefined ? "nothing" : JSON.stringify(text.slice(0, MAX_LINE));
}

function quoted(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.length === 0
    ? "  (it printed nothing)"
    : lines
        .slice(-MAX_QUOTED_LINES)
        .map((line) => `  ${line}`)
        .join("\n");
}
