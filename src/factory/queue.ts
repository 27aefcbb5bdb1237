// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import type { Database, Db } from "../database/index.js";

/** Work that is done outside of the server's own process. */
export type JobRequest =
  /** Looks through an image that was pushed, so that the catalogue can show what is in it. */
  { readonly kind: "inventory"; readonly repository: string; readonly digest: string };

export interface Job {
  readonly id: string;
  readonly request: JobRequest;
  readonly attempts: number;
}

export interface Queue {
  /** Adds a job, unless an equal one waits already. */
  readonly add: (request: JobRequest) => Promise<void>;
  /** Takes the oldest job that waits, or whose worker has died; one that has killed its last worker is given up. */
  readonly claim: (worker: string) => Promise<Job | undefined>;
  /** Says that the worker is alive. This and what follows changes nothing once another worker has the job. */
  readonly renew: (job: Job) => Promise<void>;
  readonly finish: (job: Job) => Promise<void>;
  /** Puts a job back for another try, or gives it up after the last one. */
  readonly fail: (job: Job, error: string) => Promise<void>;
  readonly countWaiting: () => Promise<number>;
}

/** A worker that has not renewed its claim for so long is taken to be dead. */
const CLAIM_MS = 60_000;
const MAX_ATTEMPTS = 3;
/** Finished jobs are forgotten after a day. */
const KEEP_MS = 24 * 60 * 60 * 1000;

/** The queue in the database's `jobs` table; several processes may use it at once. */
export function createQueue(db: Db, now: () => Date): Queue {
  const at: Clock = (offsetMs = 0) => new Date(now().getTime() + offsetMs).toISOString();
  const change = async ({ id, attempts }: Job, values: Partial<JobState>): Promise<void> => {
    // Each claim counts as an attempt, so that their number tells claims apart.
    const held = db.updateTable("jobs").set(values).where("id", "=", id).where("attempts", "=", attempts);
    await held.where("state", "=", "running").execute();
  };
  return {
    add: (request) => add(db, request, at),
    claim: (worker) => claim(db, worker, at),
    renew: (job) => change(job, { claimed_until: at(CLAIM_MS) }),
    finish: (job) => change(job, { state: "done", claimed_until: null, finished_at: at() }),
    fail: (job, error) => {
      const isLast = job.attempts >= MAX_ATTEMPTS;
      const end: Partial<JobState> = isLast ? { state: "failed", finished_at: at() } : { state: "waiting" };
      return change(job, { ...end, error, claimed_until: null });
    },
    countWaiting: async () => {
      const row = await db
        .selectFrom("jobs")
        .select((select) => select.fn.countAll<number>().as("count"))
        .where("state", "in", ["waiting", "running"])
        .executeTakeFirstOrThrow();
      return row.count;
    },
  };
}

/** This moment, moved by some milliseconds, as the database writes it. */
type Clock = (offsetMs?: number) => string;

type JobState = Pick<Database["jobs"], "state" | "claimed_until" | "finished_at" | "error">;

async function add(db: Db, request: JobRequest, at: Clock): Promise<void> {
  const payload = JSON.stringify(request);
  await db.transaction().execute(async (transaction) => {
    const equal = transaction.selectFrom("jobs").select("id").where("unique_key", "=", payload);
    if ((await equal.where("state", "=", "waiting").executeTakeFirst()) !== undefined) return;
    const fresh = { state: "waiting" as const, attempts: 0, worker: null, claimed_until: null, error: null };
    const identity = { id: randomUUID(), kind: request.kind, payload, unique_key: payload };
    await transaction
      .insertInto("jobs")
      .values({ ...identity, ...fresh, created_at: at(), finished_at: null })
      .execute();
    await transaction.deleteFrom("jobs").where("finished_at", "<", at(-KEEP_MS)).execute();
  });
}

async function claim(db: Db, worker: string, at: Clock): Promise<Job | undefined> {
  return db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable("jobs")
      .set({ state: "failed", error: "its worker died", claimed_until: null, finished_at: at() })
      .where("state", "=", "running")
      .where("claimed_until", "<", at())
      .where("attempts", ">=", MAX_ATTEMPTS)
      .execute();
    const row = await transaction
      .selectFrom("jobs")
      .select(["id", "payload", "attempts"])
      .where((test) => {
        const isAbandoned = test.and([test("state", "=", "running"), test("claimed_until", "<", at())]);
        return test.or([test("state", "=", "waiting"), isAbandoned]);
      })
      .orderBy("created_at")
      .limit(1)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const attempts = row.attempts + 1;
    await transaction
      .updateTable("jobs")
      .set({ state: "running", worker, claimed_until: at(CLAIM_MS), attempts })
      .where("id", "=", row.id)
      .execute();
    return { id: row.id, request: JSON.parse(row.payload) as JobRequest, attempts };
  });
}
