// SPDX-License-Identifier: Apache-2.0
import { setImmediate } from "node:timers/promises";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { concurrently } from "./concurrently.js";

it("results stand in the items' order, and no more than the limit runs at once", async () => {
  const input = fc.record({ turns: fc.array(fc.nat(4), { maxLength: 12 }), limit: fc.integer({ min: 1, max: 5 }) });
  await fc.assert(
    fc.asyncProperty(input, async ({ turns, limit }) => {
      let running = 0;
      let most = 0;
      const results = await concurrently(turns, limit, async (turn, index) => {
        running += 1;
        most = Math.max(most, running);
        for (let waited = 0; waited < turn; waited += 1) await setImmediate();
        running -= 1;
        return `${index}:${turn}`;
      });
      expect(results).toEqual(turns.map((turn, index) => `${index}:${turn}`));
      expect(most).toBeLessThanOrEqual(limit);
    }),
    { numRuns: 50 },
  );
});

it("no items have no results", async () => {
  expect(await concurrently([], 3, () => Promise.reject(new Error("never")))).toEqual([]);
});

it("after an error nothing is begun, what runs is waited for, and the first error is thrown", async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = async (item: number): Promise<void> => {
    begun.push(item);
    await setImmediate();
    if (item === 0) throw new Error("first");
    await setImmediate();
    ended.push(item);
    if (item === 1) throw new Error("second");
  };
  await expect(concurrently([0, 1, 2, 3, 4], 2, work)).rejects.toThrow("first");
  expect([begun, ended]).toEqual([[0, 1], [1]]);
});

it("an error that is thrown at once counts, too", async () => {
  const begun: number[] = [];
  const work = (item: number): Promise<never> => {
    begun.push(item);
    throw new Error("at once");
  };
  await expect(concurrently([1, 2], 2, work)).rejects.toThrow("at once");
  expect(begun).toEqual([1]);
});

it("a result may be undefined", async () => {
  expect(await concurrently([1, 2], 8, () => Promise.resolve(undefined))).toEqual([undefined, undefined]);
});
