// SPDX-License-Identifier: Apache-2.0
import { isRoot, type HttpAnswer, type Trial, type Verification } from "../migrate/index.js";
import { countsText, formatTable, sizeText, type Paint } from "../scan/index.js";
import type { Verified, VerifiedSide } from "./migrate-verify.js";

const VERDICTS: Readonly<Record<Verification["verdict"], string>> = {
  holds: "It works as before.",
  fails: "It does not work as before:",
  unclear: "Whether it works as before could not be seen:",
};
const COLUMN = 48; // characters of a command line; the rest is in the JSON

export interface VerifyReport {
  readonly verdict: Verification["verdict"];
  /** For people. */
  readonly text: string;
  /** For programs. Sizes in bytes, uncompressed. */
  readonly json: object;
}

export function reportOf(verified: Verified, paint: Paint): VerifyReport {
  return { verdict: verified.verification.verdict, text: formatVerified(verified, paint), json: toJson(verified) };
}

/** Both Dockerfiles side by side, and what that says. */
function formatVerified({ before, after, verification }: Verified, paint: Paint): string {
  const row = (name: string, of: (side: VerifiedSide) => string | undefined): readonly string[][] => {
    const [left, right] = [of(before), of(after)];
    return left === undefined && right === undefined ? [] : [[name, left ?? "-", right ?? "-"]];
  };
  const table = formatTable(
    {
      head: ["", "Original", "Migrated"],
      rows: [
        ...row("image", ({ trial }) => paint.bold(trial.image)),
        ...row("built in", ({ trial }) => (trial.buildFailure === undefined ? `${trial.buildSeconds} s` : "fails")),
        ...row("port", ({ trial }) => portsText(trial)),
        ...row("process", ({ trial }) => shortened(processText(trial))),
        ...row("user", ({ trial }) => userText(trial)),
        ...row("shell", ({ trial }) => shellText(trial)),
        ...row(probeName(before.trial, after.trial), ({ trial }) => behaviourText(trial)),
        ...row("vulnerabilities", ({ scan }) => (scan === undefined ? undefined : countsText(scan.counts, paint))),
        ...row("size", ({ trial }) => (trial.built === undefined ? undefined : sizeText(trial.built.sizeBytes))),
        ...row("packages", ({ scan }) => scan?.inventory.packages.length.toString()),
      ],
    },
    "  ",
  );
  const { verdict, problems, differences } = verification;
  const color = verdict === "holds" ? paint.green : verdict === "fails" ? paint.red : paint.yellow;
  return [
    `\n${table}\n`,
    `  ${color(VERDICTS[verdict])}\n`,
    ...problems.map(item),
    ...(differences.length === 0 ? [] : ["  What differs:\n"]),
    ...differences.map(item),
  ].join("");
}

function item(text: string): string {
  return `  - ${text.replaceAll("\n", "\n    ")}\n`;
}

function portsText({ built }: Trial): string | undefined {
  return built === undefined ? undefined : built.ports.length === 0 ? "none" : built.ports.join(", ");
}

function processText({ built, behaviour }: Trial): string | undefined {
  const words = behaviour?.process?.words ?? built?.command;
  return words?.join(" ");
}

function userText(trial: Trial): string | undefined {
  if (trial.built === undefined) return undefined;
  const uid = trial.behaviour?.process?.uid;
  const configured = trial.built.user === "" ? "root" : trial.built.user;
  if (uid === undefined) return `${configured}${isRoot(trial) ? "" : ", as configured"}`;
  return uid === 0 ? "root" : String(uid);
}

function shellText({ behaviour }: Trial): string | undefined {
  return behaviour?.hasShell === undefined ? undefined : behaviour.hasShell ? "yes" : "no";
}

function probeName(...trials: readonly Trial[]): string {
  const probe = trials.find(({ behaviour }) => behaviour !== undefined)?.behaviour?.probe;
  return probe?.kind === "http" ? `GET ${probe.path}` : "outcome";
}

function behaviourText({ behaviour }: Trial): string | undefined {
  if (behaviour === undefined) return undefined;
  const { answer, end, probe } = behaviour;
  if (answer !== undefined) return answerText(answer);
  if (end !== undefined) return `ended with ${end.exitCode}`;
  return probe.kind === "http" ? "no answer" : "runs on";
}

function answerText({ port, status, contentType, sizeBytes }: HttpAnswer): string {
  const type = contentType?.replace(/;.*/s, "");
  return `${status} on ${port}, ${type === undefined ? "" : `${type}, `}${sizeText(sizeBytes)}`;
}

function shortened(text: string | undefined): string | undefined {
  return text === undefined || text.length <= COLUMN ? text : `${text.slice(0, COLUMN - 1)}…`;
}

function toJson({ before, after, verification }: Verified): object {
  return { ...verification, before: toSideJson(before), after: toSideJson(after) };
}

function toSideJson({ trial, scan }: VerifiedSide): object {
  const { image, buildSeconds, buildFailure, built, behaviour } = trial;
  return {
    image,
    buildSeconds,
    ...(buildFailure === undefined ? {} : { buildFailure }),
    ...(built === undefined
      ? {}
      : {
          ports: built.ports,
          user: built.user,
          command: built.command,
          sizeBytes: built.sizeBytes,
          isRoot: isRoot(trial),
        }),
    ...(behaviour === undefined ? {} : { behaviour }),
    ...(scan === undefined ? {} : { packages: scan.inventory.packages.length, vulnerabilities: scan.counts ?? null }),
  };
}
