// SPDX-License-Identifier: Apache-2.0
import { startChild, type ChildProgram } from "../host/programs.js";
import type { Queue } from "./queue.js";

/** Keeps a child process at work while there are jobs; the server itself does none. */
export interface Supervisor {
  /** Looks at the queue now rather than at the next turn. */
  readonly wake: () => void;
  readonly stop: () => Promise<void>;
}

/** How a worker is started. */
export interface WorkerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const TURN_MS = 5_000;

/** `command` is the program and arguments of a worker that ends when the queue is empty. */
export function createSupervisor(queue: Queue, command: WorkerCommand, onError: (error: unknown) => void): Supervisor {
  let child: ChildProgram | undefined;
  let isStopped = false;
  const look = async (): Promise<void> => {
    if (isStopped || child !== undefined || (await queue.countWaiting()) === 0) return;
    // Meanwhile somebody may have stopped the supervisor, or another look started a worker.
    if (isStopped || child !== undefined) return;
    const started = startChild(command.program, command.args, command.env);
    child = started;
    void started.ended.then(() => {
      child = undefined;
    });
  };
  const wake = (): void => void look().catch(onError);
  const timer = setInterval(wake, TURN_MS);
  timer.unref();
  return {
    wake,
    stop: async () => {
      isStopped = true;
      clearInterval(timer);
      child?.stop();
      await child?.ended;
    },
  };
}
