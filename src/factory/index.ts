// SPDX-License-Identifier: Apache-2.0
export { createQueue, type Job, type JobRequest, type Queue } from "./queue.js";
export { createSupervisor, type Supervisor, type WorkerCommand } from "./supervisor.js";
export { work, type WorkerOptions } from "./worker.js";
