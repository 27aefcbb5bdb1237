// SPDX-License-Identifier: Apache-2.0
import { TEST_NOW } from "./host.js";

/** A clock that stands until it is moved. */
export interface TestClock {
  readonly now: () => Date;
  readonly advance: (ms: number) => void;
}

export function testClock(start: Date = TEST_NOW): TestClock {
  let time = start.getTime();
  return { now: () => new Date(time), advance: (ms) => void (time += ms) };
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

const POLL_MS = 5;
const PATIENCE_MS = 5_000;

/** Waits for something that another process or socket brings about; fails when it does not come. */
export async function eventually(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; !(await isTrue()); waitedMs += POLL_MS) {
    if (waitedMs > PATIENCE_MS) throw new Error(`it did not come true within ${PATIENCE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
