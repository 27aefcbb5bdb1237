// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { wait } from "./wait.js";

const LONG_MS = 60_000;

/** Whether `work` ends long before `LONG_MS` would have passed. */
async function endsSoon(work: Promise<void>): Promise<boolean> {
  const patience = new AbortController();
  const late = wait(200, patience.signal).then(() => false);
  const isSoon = await Promise.race([work.then(() => true), late]);
  patience.abort();
  return isSoon;
}

it("waits for the time given", async () => {
  const begin = performance.now();
  await wait(20, undefined);
  expect(performance.now() - begin).toBeGreaterThanOrEqual(19); // timers may be a fraction of a millisecond early
});

it("ends at once when the signal is aborted", async () => {
  const controller = new AbortController();
  const waiting = wait(LONG_MS, controller.signal);
  controller.abort();
  expect(await endsSoon(waiting)).toBe(true);
});

it("does not wait when the signal was aborted before", async () => {
  // A short time, since nothing could end it.
  const begin = performance.now();
  await wait(250, AbortSignal.abort());
  expect(performance.now() - begin).toBeLessThan(200);
});
