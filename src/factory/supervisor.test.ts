// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { eventually } from "../../test/support/clock.js";
import { testStore } from "../../test/support/store.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { createQueue, type Queue } from "./queue.js";
import { createSupervisor, type Supervisor } from "./supervisor.js";

const REQUEST = { kind: "inventory", repository: "app", digest: "sha256:1" } as const;
/** Notes that it began, waits for a file, or for the signal to end, and notes that. */
const WORKER = `
  const { appendFileSync, existsSync } = require("node:fs");
  const [log, gate] = process.argv.slice(1);
  const note = (text) => appendFileSync(log, text + "\\n");
  process.on("SIGTERM", () => { note("stopped"); process.exit(0); });
  note("began " + (process.env.TEST_WORKER ?? ""));
  const timer = setInterval(() => { if (existsSync(gate)) { note("ended"); clearInterval(timer); } }, 5);
`;

it("nothing is started while there is nothing to do", async () => {
  const { supervisor, log } = await create();
  supervisor.wake();
  await settle();
  expect(log()).toEqual([]);
});

it("a worker is started when there is something to do, with the environment it needs, and only one", async () => {
  const { supervisor, queue, log } = await create();
  await queue.add(REQUEST);
  for (let turn = 0; turn < 5; turn += 1) supervisor.wake();
  await eventually(() => log().length > 0);
  supervisor.wake();
  await settle();
  expect(log()).toEqual(["began yes"]);
});

it("after a worker has ended, another one is started for what came since", async () => {
  const { supervisor, queue, log, open } = await create();
  await queue.add(REQUEST);
  supervisor.wake();
  await eventually(() => log().length > 0);
  open();
  await eventually(() => log().includes("ended"));
  await eventually(() => {
    supervisor.wake();
    return log().filter((line) => line === "began yes").length === 2;
  });
});

it("stopping asks the worker to end, waits until it has, and starts none any more", async () => {
  const { supervisor, queue, log } = await create();
  await queue.add(REQUEST);
  supervisor.wake();
  await eventually(() => log().length > 0);
  await supervisor.stop();
  expect(log()).toEqual(["began yes", "stopped"]);
  supervisor.wake();
  await settle();
  expect(log()).toHaveLength(2);
});

it("stopping while the queue is being looked at starts no worker afterwards", async () => {
  const { supervisor, queue, log } = await create();
  await queue.add(REQUEST);
  supervisor.wake();
  await supervisor.stop();
  await settle(290);
  expect(log().filter((line) => line.startsWith("began"))).toEqual([]);
});

it("a program that is not there does no harm, and is tried again", async () => {
  const store = await testStore();
  const queue = createQueue(store.db, store.now);
  await queue.add(REQUEST);
  const errors: unknown[] = [];
  const supervisor = createSupervisor(
    queue,
    { program: "/nowhere/program", args: [], env: {} },
    (error) => void errors.push(error),
  );
  supervisor.wake();
  await settle();
  supervisor.wake();
  await settle();
  await supervisor.stop();
  expect(errors).toEqual([]);
});

it("a queue that cannot be read is reported", async () => {
  const store = await testStore();
  const queue = createQueue(store.db, store.now);
  const errors: unknown[] = [];
  const supervisor = createSupervisor(
    queue,
    { program: process.execPath, args: [], env: {} },
    (error) => void errors.push(error),
  );
  await store.close();
  supervisor.wake();
  await eventually(() => errors.length === 1);
  await supervisor.stop();
});

interface Created {
  readonly supervisor: Supervisor;
  readonly queue: Queue;
  /** What workers noted. */
  readonly log: () => readonly string[];
  /** Lets workers end. */
  readonly open: () => void;
}

async function create(): Promise<Created> {
  const folder = temporaryFolder();
  const [log, gate] = [join(folder, "log"), join(folder, "gate")];
  const store = await testStore();
  const queue = createQueue(store.db, store.now);
  const command = { program: process.execPath, args: ["-e", WORKER, log, gate], env: { TEST_WORKER: "yes" } };
  const supervisor = createSupervisor(queue, command, (error) => {
    throw error;
  });
  onTestFinished(() => supervisor.stop());
  return {
    supervisor,
    queue,
    log: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []),
    open: () => writeFileSync(gate, ""),
  };
}

/** Long enough for Node.js to start and say something. */
function settle(ms = 140): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
