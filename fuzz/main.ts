// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { MAX_INPUT_BYTES } from "./mutate.js";
import { TARGETS } from "./targets/index.js";
import type { FuzzTarget } from "./target.js";
import { COUNT, LENGTH, type Failure, type WorkerData } from "./worker.js";

const WORKERS = 2;
const HANG_MS = 2000; // for at most 1 MiB
/** Of all workers together: on a machine with other work the clock says little about how long an input takes. */
const HANG_CPU_MS = HANG_MS * WORKERS;
/** For what waits and computes nothing; also how long loading modules and samples may take. */
const STUCK_MS = 30_000;
const POLL_MS = 200;
const MEMORY_MIB = 384;
const FOLDER = process.env["BASALT_FUZZ_DIR"] ?? "fuzz-failures";

const USAGE = `npm run fuzz -- [--seconds N] [--group binary|text] [--target NAME]... [--seed N] [--input FILE]
  --seconds  of the whole run, shared by its targets (default 60)
  --input    runs one target once on a file, such as one that failed
targets: ${TARGETS.map(({ name }) => name).join(" ")}\n`;

interface Outcome {
  readonly inputs: number;
  readonly failure?: Failure & { readonly input: Buffer };
}

function usedCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Runs a target in a worker that is stopped when it hangs. */
function runTarget(
  target: FuzzTarget,
  { seed, milliseconds }: { readonly seed: number; readonly milliseconds: number },
) {
  const shared = new SharedArrayBuffer(16 + MAX_INPUT_BYTES * 2);
  const head = new Int32Array(shared, 0, 4);
  const input = (): Buffer => Buffer.from(Buffer.from(shared, 16, Atomics.load(head, LENGTH)));
  const workerData: WorkerData = { target: target.name, seed, milliseconds, shared };
  const worker = new Worker(new URL("./worker.js", import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB },
  });
  return new Promise<Outcome>((resolve) => {
    let [last, since, cpuMs] = [-1, Date.now(), usedCpuMs()];
    const end = (failure?: Failure): void => {
      clearInterval(watch);
      const inputs = Atomics.load(head, COUNT);
      const bytes = input();
      void worker
        .terminate()
        .then(() => resolve({ inputs, ...(failure && { failure: { ...failure, input: bytes } }) }));
    };
    const watch = setInterval(() => {
      const count = Atomics.load(head, COUNT);
      if (count !== last) [last, since, cpuMs] = [count, Date.now(), usedCpuMs()];
      const isBusy = count > 0 && Date.now() - since > HANG_MS && usedCpuMs() - cpuMs > HANG_CPU_MS;
      if (isBusy || Date.now() - since > STUCK_MS) end({ iteration: count, text: `takes more than ${HANG_MS} ms` });
    }, POLL_MS);
    worker.once("message", (failure: Failure | undefined) => end(failure));
    worker.once("error", (error) => end({ iteration: Atomics.load(head, COUNT), text: error.stack ?? String(error) }));
  });
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "60" },
      group: { type: "string" },
      target: { type: "string", multiple: true },
      seed: { type: "string" },
      input: { type: "string" },
      help: { type: "boolean" },
    },
  });
  const targets = TARGETS.filter(
    ({ name, group }) => (values.target?.includes(name) ?? true) && (values.group ?? group) === group,
  );
  const seconds = Number(values.seconds);
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  if (values.help === true || targets.length === 0 || !(seconds > 0) || !Number.isSafeInteger(seed)) {
    process.stderr.write(USAGE);
    return values.help === true ? 0 : 64;
  }
  if (values.input !== undefined) {
    await targets[0]?.run(readFileSync(values.input));
    return 0;
  }
  const milliseconds = (seconds * 1000 * Math.min(WORKERS, targets.length)) / targets.length;
  process.stdout.write(`seed ${seed}: ${targets.length} targets, ${(milliseconds / 1000).toFixed(1)} s each\n`);
  const waiting = [...targets];
  let failures = 0;
  const work = async (): Promise<void> => {
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
      const { inputs, failure } = await runTarget(target, { seed, milliseconds });
      process.stdout.write(`${failure === undefined ? "ok  " : "FAIL"} ${target.name}: ${inputs} inputs\n`);
      if (failure === undefined) continue;
      failures += 1;
      mkdirSync(FOLDER, { recursive: true });
      const file = join(FOLDER, `${target.name}-${seed}-${failure.iteration}`);
      writeFileSync(file, failure.input);
      process.stdout.write(`${failure.text}\nagain: npm run fuzz -- --target ${target.name} --input ${file}\n`);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return failures === 0 ? 0 : 1;
}

process.exitCode = await main();
