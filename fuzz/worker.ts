// SPDX-License-Identifier: Apache-2.0
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { BasaltError } from "../src/errors.js";
import { mutate } from "./mutate.js";
import { Random, seedOf } from "./random.js";
import { TARGETS } from "./targets/index.js";

export interface WorkerData {
  readonly target: string;
  readonly seed: number;
  readonly milliseconds: number;
  /** Four integers, of which two are used, and the input that is being read: whoever watches sees it after a crash, too. */
  readonly shared: SharedArrayBuffer;
}

export interface Failure {
  readonly iteration: number;
  readonly text: string;
}

/** Places in the shared memory: how many inputs were begun, and the size of the last, in bytes. */
export const COUNT = 0;
export const LENGTH = 1;
const INPUT_OFFSET = 16;

async function run({ target: name, seed, milliseconds, shared }: WorkerData): Promise<Failure | undefined> {
  const target = TARGETS.find((one) => one.name === name);
  if (target === undefined) throw new Error(`internal: no target ${name}`);
  const head = new Int32Array(shared, 0, 4);
  const input = Buffer.from(shared, INPUT_OFFSET);
  const context = { seeds: await target.seeds(), tokens: target.tokens ?? [] };
  for (const [index, bytes] of context.seeds.entries()) {
    try {
      const random = new Random(seed);
      await target.run(target.repair?.(Buffer.from(bytes), random) ?? Buffer.from(bytes));
    } catch (error) {
      return { iteration: -1, text: `the sample ${index} is not read: ${String(error)}` };
    }
  }
  const end = performance.now() + milliseconds;
  for (let iteration = 0; performance.now() < end; iteration += 1) {
    const random = new Random(seedOf(seed, name, iteration));
    const mutated = mutate(random, context);
    const bytes = target.repair?.(mutated, random) ?? mutated;
    bytes.copy(input);
    Atomics.store(head, LENGTH, Math.min(bytes.length, input.length));
    Atomics.store(head, COUNT, iteration + 1);
    try {
      await target.run(bytes);
    } catch (error) {
      if (error instanceof BasaltError) continue;
      return { iteration, text: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  }
  return undefined;
}

if (!isMainThread) {
  const failure = await run(workerData as WorkerData);
  parentPort?.postMessage(failure, []);
}
