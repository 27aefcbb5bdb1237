// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { readLayerFile, unpackLayers, type AssembledImage, type LayerDeps } from "../assemble/index.js";
import type { ImageDefinition, TestCommand } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import { canonicalJson, prettyJson } from "../formats/canonical-json.js";
import { toCtrf, type CtrfReport, type CtrfTest } from "../formats/ctrf.js";
import { sha256Hex, splitDigest } from "../formats/digest.js";
import { architectureOf } from "../formats/platform.js";
import { readTextIfAny, removeTree, writeFileAtomic } from "../host/files.js";
import { ownPlatform } from "../host/machine.js";
import { RootFolder } from "../host/root-folder.js";
import type { EventSink } from "../resolve/index.js";
import { findCommandFault, prepareImage, type RunnableImage } from "./commands.js";
import { findFault } from "./file-checks.js";

export { scanForViruses, type VirusReport } from "./virus.js";

export interface TestOptions {
  /** Version of Basalt. */
  readonly version: string;
  readonly onEvent: EventSink;
  readonly signal?: AbortSignal;
}

/** An image that passed its tests, where it has some. */
export interface TestedImage extends AssembledImage {
  readonly testReport?: CtrfReport;
}

export type TestDeps = Pick<LayerDeps, "host" | "blobs">;

/** Format of the remembered reports; another number tests every image anew. */
const MEMORY_VERSION = 1;

/**
 * Tries a finished image: file checks on any platform, commands where this machine can run them. The report is kept below `logs/tests`.
 * An image that passed the same tests on this machine is not tried again. What this machine cannot run is told as skipped, never as passed.
 * @throws BasaltError `TEST_FAILED`, `CANCELLED`
 */
export async function testImage(assembled: AssembledImage, options: TestOptions, deps: TestDeps): Promise<TestedImage> {
  const { image, manifest } = assembled;
  const { home } = deps.host;
  const subject = { digest: manifest.digest, tests: image.tests, canRun: canRun(image) };
  const key = sha256Hex(canonicalJson({ memory: MEMORY_VERSION, ...subject }));
  const memory = join(home.cache, "tests", key.slice(0, 2), `${key}.json`);
  await deps.host.cache.use(memory);
  const known = parseReport(await readTextIfAny(memory));
  if (known !== undefined) return { ...assembled, testReport: known };
  const report = await runTests(assembled, options, deps);
  const name = `${image.image.replaceAll("/", "_")}-${architectureOf(image.platform)}`;
  const file = join(home.logs, "tests", `${name}-${splitDigest(manifest.digest).hex.slice(0, 12)}.json`);
  await writeFileAtomic(file, prettyJson(report));
  requirePassed(report, image, file);
  // What was left out for want of a sandbox is made up for as soon as there is one.
  if (!canRun(image) || report.results.summary.skipped === 0) await writeFileAtomic(memory, JSON.stringify(report));
  return { ...assembled, testReport: report };
}

async function runTests(
  assembled: AssembledImage,
  options: TestOptions,
  { host, blobs }: TestDeps,
): Promise<CtrfReport> {
  const { image, manifest, tree, layers } = assembled;
  const startedAt = host.now();
  const tests: CtrfTest[] = [];
  const record = async ({ suite, name }: TestName, find: () => Promise<Finding>): Promise<void> => {
    const begun = host.now().getTime();
    const finding = await find();
    tests.push({ name, duration: host.now().getTime() - begun, suite: [suite], ...finding });
  };
  const folder = join(host.home.temporary, `test-${randomUUID()}`);
  const read = (file: string): AsyncGenerator<Buffer> => readLayerFile(layers, file, blobs);
  let runnable: Promise<RunnableImage> | undefined;
  const unpack = async (): Promise<RunnableImage> => {
    const root = await RootFolder.open(folder);
    await unpackLayers(layers, root, blobs);
    return prepareImage(assembled, root);
  };
  try {
    for (const { name: suite, commands, files } of image.tests) {
      for (const check of files)
        await record({ suite, name: `/${check.path}` }, async () => toFinding(await findFault(check, { tree, read })));
      for (const command of commands)
        await record({ suite, name: command.text }, async () => {
          if (!canRun(image))
            return skipped(`the image is for ${image.platform}, and this machine is ${ownPlatform()}`);
          return tryCommand(command, await (runnable ??= unpack()), options);
        });
    }
  } finally {
    await removeTree(folder);
  }
  const extra = { image: image.image, digest: manifest.digest, platform: image.platform };
  const tool = { name: "basalt", version: options.version };
  const report = toCtrf({ tool, tests, startedAt, endedAt: host.now(), extra });
  const { passed, failed, skipped: unrun } = report.results.summary;
  const text = `${image.platform}: ${passed} tests passed, ${failed} failed, ${unrun} not run here`;
  options.onEvent({ kind: "note", text });
  return report;
}

interface TestName {
  readonly suite: string;
  readonly name: string;
}

type Finding = Pick<CtrfTest, "status" | "message" | "trace">;

async function tryCommand(command: TestCommand, image: RunnableImage, options: TestOptions): Promise<Finding> {
  try {
    const fault = await findCommandFault(command, image, options.signal);
    return fault === undefined ? { status: "passed" } : { status: "failed", ...fault };
  } catch (error) {
    if (!(error instanceof BasaltError) || error.code !== "SANDBOX_UNAVAILABLE") throw error;
    return skipped(error.message);
  }
}

function toFinding(fault: string | undefined): Finding {
  return fault === undefined ? { status: "passed" } : { status: "failed", message: fault };
}

function skipped(message: string): Finding {
  return { status: "skipped", message };
}

function canRun({ platform }: ImageDefinition): boolean {
  return platform === ownPlatform();
}

function requirePassed({ results }: CtrfReport, { title, platform }: ImageDefinition, file: string): void {
  const [first, ...others] = results.tests.filter(({ status }) => status === "failed");
  if (first === undefined) return;
  const more = others.length === 0 ? "" : `; ${others.length} more failed`;
  throw new BasaltError(
    "TEST_FAILED",
    `${title}: the test ${JSON.stringify(first.suite[0])} failed on ${platform}: ${first.name}: ${first.message}${more}; report: ${file}`,
  );
}

/** A remembered report; one that cannot be read is made again. */
function parseReport(text: string | undefined): CtrfReport | undefined {
  try {
    const report = JSON.parse(text ?? "") as Partial<CtrfReport>;
    return report.reportFormat === "CTRF" && report.results?.summary.failed === 0 ? (report as CtrfReport) : undefined;
  } catch {
    return undefined;
  }
}
