// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { unpackLayers, type AssembledImage, type LayerDeps } from "../assemble/index.js";
import { BasaltError } from "../errors.js";
import { canonicalJson } from "../formats/canonical-json.js";
import { sha256Hex } from "../formats/digest.js";
import { readTextIfAny, removeTree, writeFileAtomic } from "../host/files.js";
import { findProgram, runProgram } from "../host/programs.js";
import { RootFolder } from "../host/root-folder.js";
import type { EventSink } from "../resolve/index.js";

/** What ClamAV says of an image in which it found nothing. */
export interface VirusReport {
  /** Of the program and of its signatures, as it prints it. */
  readonly version: string;
  /** Its summary, without times. */
  readonly summary: string;
}

type VirusScanDeps = Pick<LayerDeps, "host" | "blobs">;

export interface VirusScanOptions {
  readonly onEvent: EventSink;
  readonly signal?: AbortSignal;
}

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
/** Exit codes. Source: clamscan(1). */
const [CLEAN, FOUND] = [0, 1];
/** Nothing of an image is left out for its size: what ClamAV takes at most. Source: clamscan(1). */
const LIMITS = ["--max-filesize=2000M", "--max-scansize=4000M", "--max-recursion=20"];

/**
 * Looks for viruses where ClamAV is installed and has signatures; an image that it has looked at with these signatures is not looked at again.
 * `BASALT_CLAMSCAN` names another program, or `none`. @throws BasaltError `VIRUS_FOUND`
 */
export async function scanForViruses(
  assembled: AssembledImage,
  options: VirusScanOptions,
  deps: VirusScanDeps,
): Promise<VirusReport | undefined> {
  const { env } = deps.host;
  const wanted = env["BASALT_CLAMSCAN"] || "clamscan";
  const program = wanted === "none" ? undefined : findProgram(wanted, wanted.startsWith("/") ? { PATH: "/" } : env);
  if (program === undefined) return undefined;
  const version = (await runProgram(program, ["--version"], { maxOutputBytes: MAX_OUTPUT_BYTES })).stdout.trim();
  const { image, manifest } = assembled;
  const key = sha256Hex(canonicalJson({ virus: version, digest: manifest.digest }));
  const memory = join(deps.host.home.cache, "surfaces", key.slice(0, 2), `${key}.json`);
  await deps.host.cache.use(memory);
  const known = parseReport(await readTextIfAny(memory));
  if (known !== undefined) return known;
  const { exitCode, stdout, stderr, root } = await lookThrough(assembled, program, options, deps);
  if (exitCode === FOUND) throw found(image, stdout, root);
  if (exitCode !== CLEAN) {
    const why = stderr.trim().split("\n").at(-1) ?? "";
    options.onEvent({ kind: "note", text: `${image.platform}: not looked at for viruses: ${why}` });
    return undefined;
  }
  const report = { version, summary: withoutTimes(stdout) };
  await writeFileAtomic(memory, JSON.stringify(report));
  return report;
}

interface LookedThrough {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Where the image was unpacked. */
  readonly root: string;
}

async function lookThrough(
  { layers }: AssembledImage,
  program: string,
  { signal }: VirusScanOptions,
  { host, blobs }: VirusScanDeps,
): Promise<LookedThrough> {
  const folder = join(host.home.temporary, `virus-${randomUUID()}`);
  try {
    const root = await RootFolder.open(folder);
    await unpackLayers(layers, root, blobs);
    const args = ["--recursive", "--infected", "--allmatch", ...LIMITS, root.path];
    const run = { maxOutputBytes: MAX_OUTPUT_BYTES, ...(signal === undefined ? {} : { signal }) };
    return { ...(await runProgram(program, args, run)), root: root.path };
  } finally {
    await removeTree(folder);
  }
}

/** Lines are `PATH: NAME FOUND`. */
function found({ title, platform }: AssembledImage["image"], output: string, root: string): BasaltError {
  const lines = output.split("\n").filter((line) => line.endsWith(" FOUND"));
  const named = lines.slice(0, 5).map((line) => line.replace(root, "").replace(/ FOUND$/, ""));
  return new BasaltError("VIRUS_FOUND", `${title}: viruses on ${platform}: ${named.join("; ") || "see clamscan"}`);
}

/** Equal results are equal texts. */
function withoutTimes(output: string): string {
  const at = output.indexOf("----------- SCAN SUMMARY");
  return output
    .slice(Math.max(0, at))
    .split("\n")
    .filter((line) => line !== "" && !/^(?:Time|Start Date|End Date):/.test(line))
    .join("\n");
}

function parseReport(text: string | undefined): VirusReport | undefined {
  if (text === undefined) return undefined;
  try {
    const { version, summary } = JSON.parse(text) as Partial<VirusReport>;
    return typeof version === "string" && typeof summary === "string" ? { version, summary } : undefined;
  } catch {
    return undefined;
  }
}
