// SPDX-License-Identifier: Apache-2.0
// Runs a command and says how long it took and how much memory its whole process tree held.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const SAMPLE_EVERY_MS = 50;
const PAGE_BYTES = 4096; // of amd64; arm64 kernels of Debian have it too
const MiB = 1024 * 1024;

/**
 * @param {readonly string[]} command
 * @param {{ readonly env?: NodeJS.ProcessEnv, readonly cwd?: string }} options
 * @returns {Promise<{ readonly seconds: number, readonly peakMiB: number, readonly stdout: string }>}
 *   `peakMiB` is the largest sum of resident memory seen, which counts shared pages once for each process.
 */
export async function measure([program, ...args], { env = process.env, cwd } = {}) {
  const startedAt = performance.now();
  const child = spawn(program, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
  let peakBytes = 0;
  const sampling = setInterval(() => {
    peakBytes = Math.max(peakBytes, treeBytes(child.pid));
  }, SAMPLE_EVERY_MS);
  const [stdout, stderr, status] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise((resolve, reject) => child.once("error", reject).once("close", resolve)),
  ]);
  const seconds = (performance.now() - startedAt) / 1000;
  clearInterval(sampling);
  if (status !== 0) throw new Error(`${[program, ...args].join(" ")} ended with ${status}:\n${stderr}`);
  return { seconds, peakMiB: peakBytes / MiB, stdout };
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Resident memory of a process and all its descendants. Source: proc(5), /proc/pid/stat, fields 4 and 24. */
function treeBytes(root) {
  const processes = readdirSync("/proc").flatMap((name) => (/^[0-9]+$/.test(name) ? readStat(name) : []));
  const children = groupByParent(processes);
  let bytes = 0;
  const waiting = processes.filter((one) => one.pid === root);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    bytes += next.bytes;
    waiting.push(...(children.get(next.pid) ?? []));
  }
  return bytes;
}

function groupByParent(processes) {
  const children = new Map();
  for (const one of processes) children.set(one.parent, [...(children.get(one.parent) ?? []), one]);
  return children;
}

function readStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" "); // the name before it may hold anything
    return [{ pid: Number(pid), parent: Number(fields[1]), bytes: Number(fields[21]) * PAGE_BYTES }];
  } catch {
    return []; // it has ended meanwhile
  }
}

async function textOf(stream) {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk;
  return text;
}
