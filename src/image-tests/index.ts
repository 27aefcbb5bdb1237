// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { unpackLayers, type AssembledImage, type LayerDeps } from "../assemble/index.js";
import type { ImageDefinition } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import { canonicalJson, prettyJson } from "../formats/canonical-json.js";
import { toCtrf, type CtrfReport, type CtrfTest } from "../formats/ctrf.js";
import { sha256Hex, splitDigest } from "../formats/digest.js";
import { architectureOf } from "../formats/platform.js";
import { makeDirectory, readTextIfAny, streamFile, writeFileAtomic } from "../host/files.js";
import { ownPlatform } from "../host/machine.js";
import { RootFolder } from "../host/root-folder.js";
import type { EventSink } from "../resolve/index.js";
import { findCommandFault, prepareImage, type CommandFault } from "./commands.js";
import { findFault } from "./file-checks.js";

export interface TestOptions {
  /** Version of Basalt. */
  readonly version: string;
  readonly onEvent: EventSink;
  readonly signal?: AbortSignal;
}

/** An image that passed its tests, if it has any. */
export interface TestedImage extends AssembledImage {
  readonly testReport?: CtrfReport;
}

export type TestDeps = Pick<LayerDeps, "host" | "blobs">;

/** Format of the remembered reports; another number tests every image anew. */
const MEMORY_VERSION = 1;

/**
 * Tries a finished image: file checks on any platform, commands where this machine can run them. The report is kept below `logs/tests`.
 * An image that passed the same tests on this machine is not tried again.
 * @throws BasaltError `TEST_FAILED`, `SANDBOX_UNAVAILABLE`, `CANCELLED`
 */
export async function testImage(assembled: AssembledImage, options: TestOptions, deps: TestDeps): Promise<TestedImage> {
  const { image, manifest } = assembled;
  const { home } = deps.host;
  const canRun = image.platform === ownPlatform();
  const key = sha256Hex(canonicalJson({ memory: MEMORY_VERSION, digest: manifest.digest, tests: image.tests, canRun }));
  const memory = join(home.cache, "tests", key.slice(0, 2), `${key}.json`);
  const known = parseReport(await readTextIfAny(memory));
  if (known !== undefined) return { ...assembled, testReport: known };
  const report = await runTests(assembled, canRun, options, deps);
  const name = `${image.image.replaceAll("/", "_")}-${architectureOf(image.platform)}`;
  const file = join(home.logs, "tests", `${name}-${splitDigest(manifest.digest).hex.slice(0, 12)}.json`);
  await writeFileAtomic(file, prettyJson(report));
  requirePassed(report, image, file);
  await writeFileAtomic(memory, JSON.stringify(report));
  return { ...assembled, testReport: report };
}

async function runTests(
  assembled: AssembledImage,
  canRun: boolean,
  { version, onEvent, signal }: TestOptions,
  { host, blobs }: TestDeps,
): Promise<CtrfReport> {
  const { image, tree, manifest } = assembled;
  const startedAt = host.now();
  const path = join(host.home.temporary, `test-${randomUUID()}`);
  await makeDirectory(path, 0o700);
  const root = new RootFolder(path);
  const tests: CtrfTest[] = [];
  const record = async (suite: string, name: string, find: () => Promise<CommandFault | undefined>): Promise<void> => {
    const begun = host.now().getTime();
    const fault = await find();
    const status = fault === undefined ? "passed" : "failed";
    tests.push({ name, status, duration: host.now().getTime() - begun, suite: [suite], ...fault });
  };
  try {
    const needsFiles = canRun && image.tests.some(({ commands }) => commands.length > 0);
    const needsContents = image.tests.some(({ files }) => files.some(({ contains }) => contains !== undefined));
    if (needsFiles || needsContents) await unpackLayers(assembled.layers, root, blobs);
    const runnable = needsFiles ? await prepareImage(assembled, root) : undefined;
    const read = async function* (file: string): AsyncGenerator<Buffer> {
      yield* streamFile(await root.locate(file));
    };
    for (const { name, commands, files } of image.tests) {
      for (const check of files)
        await record(name, `/${check.path}`, async () => {
          const message = await findFault(check, { tree, read });
          return message === undefined ? undefined : { message };
        });
      for (const command of commands) {
        if (runnable === undefined) tests.push(skipped(name, command.text, image));
        else await record(name, command.text, () => findCommandFault(command, runnable, signal));
      }
    }
  } finally {
    await root.remove();
  }
  const extra = { image: image.image, digest: manifest.digest, platform: image.platform };
  const report = toCtrf({ tool: { name: "basalt", version }, tests, startedAt, endedAt: host.now(), extra });
  const { passed, failed, skipped: unrun } = report.results.summary;
  onEvent({ kind: "note", text: `${image.platform}: ${passed} tests passed, ${failed} failed, ${unrun} not run here` });
  return report;
}

function skipped(suite: string, name: string, { platform }: ImageDefinition): CtrfTest {
  const message = `the image is for ${platform}, and this machine is ${ownPlatform()}`;
  return { name, status: "skipped", duration: 0, suite: [suite], message };
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
