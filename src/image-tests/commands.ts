// SPDX-License-Identifier: Apache-2.0
import { posix } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { AssembledImage } from "../assemble/index.js";
import type { TestCommand } from "../definition/index.js";
import { isQuickPattern } from "../formats/bounded-pattern.js";
import { BasaltError } from "../errors.js";
import { bytesOf } from "../formats/bytes.js";
import { readText } from "../host/files.js";
import type { RootFolder } from "../host/root-folder.js";
import { runSandboxed, type SandboxLimits } from "../host/sandbox.js";

/** A finished image, unpacked. */
export interface RunnableImage {
  readonly assembled: AssembledImage;
  readonly root: RootFolder;
  readonly environment: Readonly<Record<string, string>>;
}

/** What is wrong with what a command did, and what it printed. */
export interface CommandFault {
  readonly message: string;
  readonly trace?: string;
}

const GIB = 1024 ** 3;
/** Chosen, not measured: a server that is started and asked for something fits. */
const LIMITS: Omit<SandboxLimits, "timeoutMs"> = {
  processes: 256,
  memoryBytes: 2 * GIB,
  diskBytes: GIB,
  outputBytes: 1024 * 1024,
};
const TAIL_LINES = 5; // of the output in a message; the report has more of it
const MAX_TRACE = 16 * 1024; // characters
const MOUNT_POINTS = ["proc", "dev", "tmp", "run"];

/** Gives an unpacked image what a container runtime gives it: places for its mounts, its folder, and the home of its user. */
export async function prepareImage(assembled: AssembledImage, root: RootFolder): Promise<RunnableImage> {
  const { config } = assembled.config;
  for (const path of [...MOUNT_POINTS, relative(config?.WorkingDir ?? "/")]) {
    if (path === "" || assembled.tree.find(path)?.kind === "directory") continue;
    await root.write({ kind: "directory", path, mode: 0o755, uid: 0, gid: 0, mtimeSeconds: 0 }, bytesOf());
  }
  const variables = (config?.Env ?? []).map((text) => {
    const equals = text.indexOf("=");
    return [text.slice(0, equals), text.slice(equals + 1)] as const;
  });
  return {
    assembled,
    root,
    environment: { HOME: await homeIn(root, assembled), ...(Object.fromEntries(variables) as Record<string, string>) },
  };
}

/** As Docker and containerd set it. Source: passwd(5). */
async function homeIn(root: RootFolder, { image, tree }: AssembledImage): Promise<string> {
  const path = tree.resolve("etc/passwd");
  if (tree.get(path)?.kind !== "file") return "/";
  const lines = (await readText(await root.locate(path))).split("\n").map((line) => line.split(":"));
  return lines.find((fields) => fields[2] === String(image.accounts.runAs.uid))?.[5] ?? "/";
}

/** Runs a command of a test. @throws BasaltError `SANDBOX_UNAVAILABLE`, `CANCELLED` */
export async function findCommandFault(
  command: TestCommand,
  { assembled, root, environment }: RunnableImage,
  signal?: AbortSignal,
): Promise<CommandFault | undefined> {
  const { image, config, tree } = assembled;
  const cwd = posix.resolve("/", config.config?.WorkingDir ?? "/", command.workDir ?? ".");
  if (command.workDir !== undefined && cwd !== "/" && tree.find(relative(cwd))?.kind !== "directory")
    return { message: `there is no folder ${cwd}` };
  const printed: string[] = [];
  const fault = (message: string): CommandFault => toFault(message, printed.join(""));
  try {
    const exitCode = await runSandboxed({
      root: root.path,
      isReadOnly: true,
      user: image.accounts.runAs,
      command: command.words,
      cwd,
      env: environment,
      hasNetwork: false,
      limits: { ...LIMITS, timeoutMs: command.timeoutMs },
      onOutput: (text) => printed.push(text),
      ...(signal === undefined ? {} : { signal }),
    });
    if (exitCode !== command.exitCode) return fault(`it ended with ${exitCode}, not ${command.exitCode}`);
    const why = mismatch(command, printed.join(""));
    return why === undefined ? undefined : fault(why);
  } catch (error) {
    if (error instanceof BasaltError && error.code === "STAGE_LIMIT") return fault(error.message);
    throw error;
  }
}

/** What is wrong with an output. */
function mismatch({ output }: TestCommand, text: string): string | undefined {
  if (output === undefined) return undefined;
  if (!isQuickPattern(output, text.length))
    return `it printed ${text.length} characters, too many for the expression ${JSON.stringify(output)}`;
  return new RegExp(output, "u").test(text) ? undefined : `its output does not match ${JSON.stringify(output)}`;
}

function toFault(message: string, printed: string): CommandFault {
  const text = stripVTControlCharacters(printed).trimEnd();
  const tail = text.split("\n").slice(-TAIL_LINES).join(" | ");
  return {
    message: `${message}: ${tail === "" ? "it printed nothing" : tail}`,
    ...(text === "" ? {} : { trace: text.slice(-MAX_TRACE) }),
  };
}

function relative(path: string): string {
  return path.replace(/^\/+/, "").replace(/\/+$/, "");
}
