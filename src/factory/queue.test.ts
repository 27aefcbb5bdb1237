// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS, testClock, type TestClock } from "../../test/support/clock.js";
import { memoryStore } from "../../test/support/store.js";
import type { Store } from "../store/index.js";
import { createQueue, type Job, type JobRequest, type Queue } from "./queue.js";

const FIRST: JobRequest = { kind: "inventory", repository: "app", digest: "sha256:1" };
const SECOND: JobRequest = { kind: "inventory", repository: "app", digest: "sha256:2" };

describe("adding and claiming", () => {
  it("an empty queue has nothing to do", async () => {
    const { queue } = await create();
    expect(await queue.claim("worker")).toBeUndefined();
    expect(await queue.countWaiting()).toBe(0);
  });

  it("jobs are done in the order in which they came, each by one worker", async () => {
    const { queue, clock } = await create();
    await queue.add(FIRST);
    clock.advance(1);
    await queue.add(SECOND);
    const jobs = [await queue.claim("a"), await queue.claim("b"), await queue.claim("c")];
    expect(jobs.map((job) => job?.request)).toEqual([FIRST, SECOND, undefined]);
    expect(jobs[0]).toMatchObject({ attempts: 1 });
  });

  it("many workers at once get different jobs", async () => {
    const { queue } = await create();
    const requests = Array.from({ length: 10 }, (_, index) => ({ ...FIRST, digest: `sha256:${index}` }));
    await Promise.all(requests.map((request) => queue.add(request)));
    const jobs = await Promise.all(Array.from({ length: 15 }, (_, index) => queue.claim(`worker ${index}`)));
    const digests = jobs.flatMap((job) => (job === undefined ? [] : [job.request.digest]));
    expect(digests.toSorted()).toEqual(requests.map((request) => request.digest));
  });

  it("a job that waits already is not added again, not even by many at once", async () => {
    const { queue } = await create();
    await Promise.all([queue.add(FIRST), queue.add(FIRST), queue.add(FIRST)]);
    await queue.add({ ...FIRST });
    await queue.add(SECOND);
    expect(await queue.countWaiting()).toBe(2);
  });

  it.each([
    { summary: "is being done", settle: () => Promise.resolve() },
    { summary: "is done", settle: (queue: Queue, job: Job) => queue.finish(job) },
    { summary: "was given up", settle: (queue: Queue, job: Job) => queue.fail({ ...job, attempts: 3 }, "error") },
  ])("a job that $summary can be added again", async ({ settle }) => {
    const { queue, clock } = await create();
    await queue.add(FIRST);
    await settle(queue, (await queue.claim("worker"))!);
    clock.advance(1);
    await queue.add(FIRST);
    expect((await queue.claim("worker"))?.request).toEqual(FIRST);
  });

  it("the same job in another repository is another job", async () => {
    const { queue } = await create();
    await queue.add(FIRST);
    await queue.add({ ...FIRST, repository: "other" });
    expect(await queue.countWaiting()).toBe(2);
  });
});

describe("workers that live and die", () => {
  it("a worker that says that it is alive keeps its job", async () => {
    const { queue, clock } = await create();
    await queue.add(FIRST);
    const job = (await queue.claim("first"))!;
    for (let minutes = 0; minutes < 5; minutes += 1) {
      clock.advance(MINUTE_MS - 1000);
      await queue.renew(job);
    }
    expect(await queue.claim("second")).toBeUndefined();
    await queue.finish(job);
    expect(await queue.countWaiting()).toBe(0);
  });

  it("the job of a worker that says nothing for more than a minute is given to another one", async () => {
    const { queue, clock } = await create();
    await queue.add(FIRST);
    await queue.claim("first");
    clock.advance(MINUTE_MS - 1);
    expect(await queue.claim("second")).toBeUndefined();
    clock.advance(2);
    expect(await queue.claim("second")).toMatchObject({ request: FIRST, attempts: 2 });
  });

  it.each([
    { summary: "says that the job failed", act: (queue: Queue, job: Job) => queue.fail(job, "too late") },
    { summary: "says that the job is done", act: (queue: Queue, job: Job) => queue.finish(job) },
    { summary: "says that it is alive", act: (queue: Queue, job: Job) => queue.renew(job) },
  ])("a worker that lost its job and $summary changes nothing for the one that has it", async ({ act }) => {
    const { queue, store, clock } = await create();
    await queue.add(FIRST);
    const lost = (await queue.claim("first"))!;
    clock.advance(2 * MINUTE_MS);
    const held = (await queue.claim("second"))!;
    const before = await rowOf(store);
    clock.advance(1000);
    await act(queue, lost);
    expect(await rowOf(store)).toEqual(before);
    await queue.finish(held);
    expect(await rowOf(store)).toMatchObject({ state: "done" });
  });
});

describe("jobs that fail", () => {
  it("are tried three times, and then given up with what went wrong last", async () => {
    const { queue, store } = await create();
    await queue.add(FIRST);
    for (const attempt of [1, 2, 3]) {
      const job = await queue.claim("worker");
      expect(job).toMatchObject({ request: FIRST, attempts: attempt });
      await queue.fail(job!, `error ${attempt}`);
    }
    expect(await queue.claim("worker")).toBeUndefined();
    expect(await queue.countWaiting()).toBe(0);
    expect(await rowOf(store)).toMatchObject({ state: "failed", error: "error 3", attempts: 3, claimed_until: null });
  });

  it("and then succeed are done", async () => {
    const { queue, store } = await create();
    await queue.add(FIRST);
    await queue.fail((await queue.claim("worker"))!, "error");
    expect(await rowOf(store)).toMatchObject({ state: "waiting", error: "error" });
    await queue.finish((await queue.claim("worker"))!);
    expect(await rowOf(store)).toMatchObject({ state: "done", attempts: 2, claimed_until: null });
  });

  it("by killing their worker are given up after the third one, too", async () => {
    const { queue, clock } = await create();
    await queue.add(FIRST);
    for (const worker of ["first", "second", "third"]) {
      expect(await queue.claim(worker)).toBeDefined();
      clock.advance(2 * MINUTE_MS);
    }
    expect(await queue.claim("fourth")).toBeUndefined();
    expect(await queue.countWaiting()).toBe(0);
  });
});

describe("what was done", () => {
  it("is forgotten after a day, and what is still to do is not", async () => {
    const { queue, store, clock } = await create();
    await queue.add(FIRST);
    await queue.finish((await queue.claim("worker"))!);
    await queue.add(SECOND);
    clock.advance(23 * HOUR_MS);
    await queue.add({ ...FIRST, digest: "sha256:3" });
    expect(await countRows(store)).toBe(3);
    clock.advance(2 * HOUR_MS);
    await queue.add({ ...FIRST, digest: "sha256:4" });
    expect(await countRows(store)).toBe(3);
    expect(await queue.countWaiting()).toBe(3);
  });
});

async function create(): Promise<{ readonly queue: Queue; readonly store: Store; readonly clock: TestClock }> {
  const clock = testClock();
  const store = await memoryStore({ now: clock.now });
  return { queue: createQueue(store.db, clock.now), store, clock };
}

function rowOf({ db }: Store): Promise<unknown> {
  return db
    .selectFrom("jobs")
    .select(["state", "attempts", "worker", "claimed_until", "error"])
    .executeTakeFirstOrThrow();
}

async function countRows({ db }: Store): Promise<number> {
  return (await db.selectFrom("jobs").select("id").execute()).length;
}
