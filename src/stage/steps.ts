// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import {
  SOURCE_FOLDER,
  TARGET_FOLDER,
  type HostWork,
  type ImageDefinition,
  type RunStep,
  type Stage,
  type Step,
} from "../definition/index.js";
import { BasaltError } from "../errors.js";
import { bytesOf } from "../formats/bytes.js";
import { canonicalJson } from "../formats/canonical-json.js";
import { sha256Hex } from "../formats/digest.js";
import { makeDirectory, readTextIfAny, writeFileAtomic } from "../host/files.js";
import type { Host } from "../host/host.js";
import type { RootFolder } from "../host/root-folder.js";
import { runSandboxed, type SandboxLimits, type SandboxRequest } from "../host/sandbox.js";
import { hasManyIds, type Ids } from "../host/user-namespace.js";
import type { EventSink } from "../resolve/index.js";
import { Redactor } from "./redact.js";
import { runHostStep } from "./host-steps.js";

export interface StepContext {
  /** Of this run of the stage. */
  readonly name: string;
  readonly root: RootFolder;
  readonly epochSeconds: number;
  readonly image: Pick<ImageDefinition, "title" | "image" | "platform">;
  readonly onEvent: EventSink;
  readonly signal?: AbortSignal;
  /** Values, by id. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly runner: StageRunner;
}

/** What runs the programs of steps. */
export type StageRunner = "bubblewrap" | "docker";

const GIB = 1024 ** 3;
/** Chosen, not measured: a compiler with all its processes fits, a machine of 8 GiB survives. */
const LIMITS: SandboxLimits = {
  timeoutMs: 60 * 60 * 1000,
  processes: 1024,
  memoryBytes: 6 * GIB,
  diskBytes: 20 * GIB,
  outputBytes: 32 * 1024 * 1024,
};
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const TAIL_LINES = 5; // of the output in an error; the log has all of it

/** Runs the steps of a stage, one after the other; what they print is shown and kept. @throws BasaltError `STAGE_FAILED`, `STAGE_USER`, `STAGE_LIMIT`, `SANDBOX_UNAVAILABLE` */
export async function runSteps(stage: Stage, context: StepContext, host: Host): Promise<void> {
  const { root } = context;
  for (const path of [SOURCE_FOLDER, TARGET_FOLDER]) await requireFolder(root, path);
  const log: string[] = [];
  const file = join(host.home.logs, "stages", `${context.name}-${stage.name.replace(/[^\w.-]/g, "_")}.log`);
  try {
    for (const step of stage.steps) {
      context.onEvent({ kind: "note", text: `${context.image.title}: stage ${stage.name}: ${step.title}` });
      log.push(`== ${step.title}\n`);
      if (step.kind === "run") await runStep({ stage, step, log, file }, context, host);
      else await runOwn({ stage, step, log, file }, context, host);
      root.forget();
    }
  } finally {
    await writeFileAtomic(file, log.join(""));
  }
}

interface StepRun<Kind = Step & RunStep> {
  readonly stage: Stage;
  readonly step: Kind;
  readonly log: string[];
  /** Where the log is kept. */
  readonly file: string;
}

function placeOf({ stage, step }: Pick<StepRun<Step>, "stage" | "step">, { image }: StepContext): string {
  return `${image.title}: the step ${JSON.stringify(step.title)} of the stage ${stage.name}`;
}

/** A step that no program of the stage does. */
async function runOwn(run: StepRun<Step & HostWork>, context: StepContext, host: Host): Promise<void> {
  const onEvent: EventSink = (event) => {
    if (event.kind === "note") run.log.push(`${event.text}\n`);
    context.onEvent(event);
  };
  await runHostStep(run.step, { ...context, where: placeOf(run, context), now: host.now(), onEvent });
}

async function runStep({ stage, step, log, file }: StepRun, context: StepContext, host: Host): Promise<void> {
  const { root, epochSeconds, onEvent, signal } = context;
  await requireFolder(root, step.workDir);
  const printed: string[] = [];
  const where = placeOf({ stage, step }, context);
  const secrets = secretsOf(step, context);
  const redactor = new Redactor(Object.values(secrets));
  const show = (text: string): void => {
    if (text === "") return;
    printed.push(text);
    log.push(text);
    for (const line of stripVTControlCharacters(text).split("\n"))
      if (line !== "") onEvent({ kind: "note", text: `${stage.name}: ${line}` });
  };
  const user = step.user === undefined ? {} : { user: await findUser(step.user, root, where) };
  try {
    const exitCode = await runIn(context.runner, host, {
      root: root.path,
      command: [...step.shell, "-c", step.script],
      cwd: step.workDir,
      ...user,
      env: { ...environmentOf(step, epochSeconds), ...secrets },
      hasNetwork: step.hasNetwork,
      mounts: await openCaches({ stage, step }, context, host),
      limits: LIMITS,
      onOutput: (text) => show(redactor.add(text)),
      ...(signal === undefined ? {} : { signal }),
    });
    show(redactor.end());
    if (exitCode === 0) return;
    const tail = stripVTControlCharacters(printed.join("")).trimEnd().split("\n").slice(-TAIL_LINES).join(" | ");
    throw new BasaltError(
      "STAGE_FAILED",
      `${where} ended with ${exitCode}: ${tail || "it printed nothing"}; log: ${file}`,
    );
  } catch (error) {
    if (error instanceof BasaltError && error.code === "STAGE_LIMIT")
      throw new BasaltError("STAGE_LIMIT", `${where}: ${error.message}; log: ${file}`, { cause: error });
    throw error;
  }
}

async function runIn(runner: StageRunner, host: Host, request: SandboxRequest): Promise<number> {
  if (runner === "bubblewrap") return runSandboxed(request);
  const { runInEngine } = await import("../host/engine-sandbox.js");
  return runInEngine(request, host.env);
}

/** Variables with the secrets that a step names; those that it can do without may be missing. */
function secretsOf({ secrets }: RunStep, context: StepContext): Readonly<Record<string, string>> {
  const values = secrets.flatMap(({ id, variable }) => {
    const value = context.secrets.get(id);
    return value === undefined ? [] : [[variable, value] as const];
  });
  return Object.fromEntries(values);
}

/** A user of the stage by name or number; numbers need no entry. Source: passwd(5). @throws BasaltError `STAGE_USER` */
async function findUser(user: string, root: RootFolder, where: string): Promise<Ids> {
  // A step may have put a link there: it leads where it leads inside.
  const passwd = await root.find("etc/passwd");
  const text = passwd === undefined ? undefined : await readTextIfAny(passwd);
  const lines = text?.split("\n").map((line) => line.split(":"));
  const [, number, group] = /^([0-9]+)(?::([0-9]+))?$/.exec(user) ?? [];
  const entry = lines?.find(([name, , uid]) => (number === undefined ? name === user : uid === number));
  const uid = Number(number ?? entry?.[2]);
  const gid = Number(group ?? entry?.[3] ?? 0);
  if (Number.isNaN(uid) || Number.isNaN(gid))
    throw new BasaltError("STAGE_USER", `${where} runs as ${user}, and the stage has no such user`);
  if (uid !== 0 && !hasManyIds())
    throw new BasaltError("STAGE_USER", `${where} runs as ${user}, and only root can give a step another user`);
  return { uid, gid };
}

/** Folders of the machine's cache, one for each path of each stage of an image and platform, in their places. */
async function openCaches(
  { stage, step }: Pick<StepRun, "stage" | "step">,
  { root, image }: StepContext,
  host: Host,
): Promise<ReadonlyMap<string, string>> {
  const mounts = new Map<string, string>();
  for (const path of step.caches) {
    const key = sha256Hex(canonicalJson([image.image, image.platform, stage.name, path]));
    const folder = join(host.home.cache, "stages", key);
    await makeDirectory(folder, 0o700);
    // A prune may have taken it away before this use was noted.
    if ((await host.cache.use(folder)) === undefined) await makeDirectory(folder, 0o700);
    await requireFolder(root, path);
    mounts.set(path, folder);
  }
  return mounts;
}

/** Nothing of this machine's environment; `$PATH` in a value is the usual one. */
function environmentOf(
  { environment }: Pick<RunStep, "environment">,
  epochSeconds: number,
): Readonly<Record<string, string>> {
  const own = Object.entries(environment).map(([name, value]) => [
    name,
    value.replaceAll(/\$(?:PATH\b|\{PATH\})/g, PATH),
  ]);
  return {
    PATH,
    HOME: "/root",
    LANG: "C.UTF-8",
    TZ: "UTC",
    SOURCE_DATE_EPOCH: String(epochSeconds),
    ...(Object.fromEntries(own) as Record<string, string>),
  };
}

async function requireFolder(root: RootFolder, path: string): Promise<void> {
  const entry = { path: path.replace(/^\/+/, ""), mode: 0o755, uid: 0, gid: 0, mtimeSeconds: 0 };
  if (entry.path !== "") await root.write({ kind: "directory", ...entry }, bytesOf());
}
