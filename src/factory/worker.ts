// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { BasaltError } from "../errors.js";
import { parseDigest } from "../formats/digest.js";
import { parseRepositoryName } from "../formats/image-reference.js";
import type { Host } from "../host/host.js";
import { wait } from "../host/wait.js";
import { inventoryOf, loadInventory } from "../inventory/index.js";
import type { Store } from "../store/index.js";
import { isImageConfig, openPlatformImage, openStoreImage } from "../transfer/index.js";
import { createQueue, type Job, type JobRequest, type Queue } from "./queue.js";

export interface WorkerOptions {
  /** End when no job is left, instead of waiting for more. */
  readonly isDraining: boolean;
  readonly signal: AbortSignal;
  readonly onFailure: (job: Job, error: unknown) => void;
}

const IDLE_MS = 1_000;
const RENEW_MS = 20_000;

/** Claims jobs and does them, one at a time. Answers how many were done. */
export async function work(
  deps: { readonly host: Host; readonly store: Store },
  options: WorkerOptions,
): Promise<number> {
  const queue = createQueue(deps.store.db, deps.host.now);
  const worker = randomUUID();
  let done = 0;
  while (!options.signal.aborted) {
    const job = await queue.claim(worker);
    if (job === undefined) {
      if (options.isDraining) break;
      await wait(IDLE_MS, options.signal);
      continue;
    }
    await attempt(job, queue, deps, options);
    done += 1;
  }
  return done;
}

async function attempt(job: Job, queue: Queue, deps: { readonly store: Store }, options: WorkerOptions): Promise<void> {
  const renewal = setInterval(() => void queue.renew(job).catch(() => undefined), RENEW_MS); // a missed renewal is made up by the next
  try {
    await perform(job.request, deps.store);
    await queue.finish(job);
  } catch (error) {
    options.onFailure(job, error);
    await queue.fail(job, error instanceof Error ? error.message : String(error));
  } finally {
    clearInterval(renewal);
  }
}

async function perform(request: JobRequest, store: Store): Promise<void> {
  const repository = parseRepositoryName(request.repository);
  const digest = parseDigest(request.digest);
  const reader = await openStoreImage({ repository, digest }, `${repository}@${digest}`, store).catch(
    (error: unknown) => {
      if (error instanceof BasaltError && error.code === "MANIFEST_UNKNOWN") return undefined; // deleted since: nothing left to look through
      throw error;
    },
  );
  if (reader?.root.kind !== "image" || !isImageConfig(reader.root.value.config.mediaType)) return;
  if ((await loadInventory(store.db, digest)) !== undefined) return;
  await inventoryOf(reader, await openPlatformImage(reader, undefined), store);
}
