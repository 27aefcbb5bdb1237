// SPDX-License-Identifier: Apache-2.0
import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { BasaltError } from "../errors.js";
import { readTar } from "../formats/archive/tar-reader.js";
import { formatTarHeader, TAR_END, tarPaddingBytes } from "../formats/archive/tar-writer.js";
import { collect } from "../formats/bytes.js";
import { engineMessage, openEngineApi, type EngineApi } from "./engine-api.js";
import { readBytes, statIfAny } from "./files.js";
import { RootFolder } from "./root-folder.js";
import { watchDisk } from "./sandbox-watch.js";
import type { SandboxRequest } from "./sandbox.js";
import { hasManyIds, ROOT_CAPABILITIES } from "./user-namespace.js";

/** Folders that the engine makes itself. */
const ENGINE_FOLDERS = ["dev", "proc", "run", "sys", "tmp"];
/** Files that it mounts, and makes in folders of the root for that. */
const ENGINE_FILES = ["etc/hostname", "etc/hosts", "etc/resolv.conf"];
const MAX_FILE_BYTES = 16 * 1024 * 1024; // of files at the root itself; larger ones are mounted, and cannot be removed by a step
const WATCH_MS = 500;
const SILENCE_MS = 24 * 3600 * 1000; // a compiler may say nothing for long; the limits on time are those of the request
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const FRAME_HEADER_BYTES = 8;

/**
 * As `runSandboxed`, in a container of the Docker engine: for machines where user namespaces are not allowed. Folders below the root are
 * mounted into it one by one, so the engine must see the files of this machine; what else the program leaves at the root is fetched.
 * @throws BasaltError `SANDBOX_UNAVAILABLE`, `ENGINE_FAILED`, `STAGE_LIMIT`, `CANCELLED`
 */
export async function runInEngine(
  request: SandboxRequest,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  if (!hasManyIds())
    throw new BasaltError(
      "SANDBOX_UNAVAILABLE",
      "files that the Docker engine makes belong to root, and Basalt does not run as root",
    );
  const engine = await openEngineApi(env, SILENCE_MS);
  if (engine?.isLocal !== true)
    throw new BasaltError("SANDBOX_UNAVAILABLE", "no Docker engine answers on a socket of this machine");
  const { image, folders } = await importRoot(engine, request.root);
  const root = new RootFolder(request.root);
  const absent = await absentOf(ENGINE_FILES, root);
  try {
    const container = await create(engine, image, folders, request);
    try {
      return await runContainer(engine, container, folders, request);
    } finally {
      await drop(engine, `/containers/${container}?force=1&v=1`);
      for (const path of absent) if (await isEmptyFile(path, root)) await root.delete(path);
    }
  } finally {
    await drop(engine, `/images/${image}?force=1`);
  }
}

async function absentOf(paths: readonly string[], root: RootFolder): Promise<readonly string[]> {
  const found = await Promise.all(paths.map((path) => root.find(path)));
  return paths.filter((_, index) => found[index] === undefined);
}

async function isEmptyFile(path: string, root: RootFolder): Promise<boolean> {
  const place = await root.find(path);
  const facts = place === undefined ? undefined : await statIfAny(place);
  return facts?.kind === "file" && facts.sizeBytes === 0;
}

/** An image of the root without what is in its folders. */
async function importRoot(
  engine: EngineApi,
  root: string,
): Promise<{ readonly image: string; readonly folders: readonly string[] }> {
  const folders: string[] = []; // and large files
  const parts: Buffer[] = [];
  for (const name of (await readdir(root)).toSorted()) {
    const facts = await lstat(join(root, name));
    const common = { path: name, mode: facts.mode & 0o7777, uid: facts.uid, gid: facts.gid, mtimeSeconds: 0 };
    if (facts.isSymbolicLink())
      parts.push(formatTarHeader({ kind: "symlink", ...common, target: await readlink(join(root, name)) }));
    else if (facts.isDirectory()) parts.push(formatTarHeader({ kind: "directory", ...common }));
    else if (facts.isFile() && facts.size <= MAX_FILE_BYTES) {
      const bytes = await readBytes(join(root, name));
      parts.push(
        formatTarHeader({ kind: "file", ...common, sizeBytes: bytes.length }),
        bytes,
        tarPaddingBytes(bytes.length),
      );
    }
    const isMounted = facts.isDirectory() || (facts.isFile() && facts.size > MAX_FILE_BYTES);
    if (isMounted && !ENGINE_FOLDERS.includes(name)) folders.push(name);
  }
  const body = Buffer.concat([...parts, TAR_END]);
  const answer = await engine.request("/images/create?fromSrc=-", {
    method: "POST",
    body,
    headers: { "content-type": "application/x-tar" },
  });
  const text = await textOf(answer, 200, "making an image of a stage");
  const image = /"status"\s*:\s*"(sha256:[0-9a-f]{64})"/.exec(text)?.[1];
  if (image === undefined)
    throw new BasaltError("ENGINE_FAILED", `the engine makes no image of a stage: ${text.slice(0, 300)}`);
  return { image, folders };
}

function bind(source: string, target: string, isReadOnly: boolean): object {
  return { Type: "bind", Source: source, Target: target, ReadOnly: isReadOnly };
}

/** Answers the container's id. */
async function create(
  engine: EngineApi,
  image: string,
  folders: readonly string[],
  request: SandboxRequest,
): Promise<string> {
  const { root, command, cwd, env, hasNetwork, isReadOnly = false, user = { uid: 0, gid: 0 }, limits } = request;
  const wanted = {
    Image: image,
    Entrypoint: [command[0]],
    Cmd: command.slice(1),
    User: `${user.uid}:${user.gid}`,
    WorkingDir: cwd,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    Hostname: "basalt",
    HostConfig: {
      NetworkMode: hasNetwork ? "default" : "none",
      Mounts: [
        ...folders.map((name) => bind(join(root, name), `/${name}`, isReadOnly)),
        ...[...(request.mounts ?? [])].map(([place, folder]) => bind(folder, place, false)),
      ],
      Tmpfs: { "/tmp": "mode=1777,exec", "/run": "exec" },
      ReadonlyRootfs: isReadOnly,
      CapDrop: ["ALL"],
      CapAdd: user.uid === 0 ? ROOT_CAPABILITIES : [],
      SecurityOpt: ["no-new-privileges"],
      Memory: limits.memoryBytes,
      PidsLimit: limits.processes,
    },
  };
  const answer = await post(engine, "/containers/create", wanted);
  const { Id } = JSON.parse(await textOf(answer, 201, "making a container for a step")) as { readonly Id: string };
  return Id;
}

async function runContainer(
  engine: EngineApi,
  container: string,
  folders: readonly string[],
  request: SandboxRequest,
): Promise<number> {
  const path = `/containers/${container}`;
  const refused = await start(engine, path);
  if (refused !== undefined) return refused;
  let exceeded: string | undefined;
  const exceed = (what: string): void => {
    exceeded ??= what;
    void post(engine, `${path}/kill`).then(
      (answer) => answer.cancel(),
      () => undefined,
    );
  };
  const abort = (): void => exceed("");
  request.signal?.addEventListener("abort", abort);
  const stopWatching = watch(engine, path, request, exceed);
  try {
    await forward(await engine.request(`${path}/logs?follow=1&stdout=1&stderr=1`), request, exceed);
    const answer = await textOf(await post(engine, `${path}/wait`), 200, "waiting for a step");
    const { StatusCode } = JSON.parse(answer) as { readonly StatusCode: number };
    if (request.signal?.aborted === true) throw new BasaltError("CANCELLED", "what ran in the container was cancelled");
    if (await wasOutOfMemory(engine, path)) exceeded ??= `${request.limits.memoryBytes} bytes of memory`;
    if (exceeded !== undefined) throw new BasaltError("STAGE_LIMIT", `it took more than ${exceeded}`);
    if (request.isReadOnly !== true) await fetchRest(engine, path, folders, request.root);
    return StatusCode;
  } finally {
    stopWatching();
    request.signal?.removeEventListener("abort", abort);
  }
}

/** Answers, as a shell would, what a program that is not there or cannot be run ends with. Source: POSIX.1-2017, XCU 2.8.2. */
async function start(engine: EngineApi, path: string): Promise<126 | 127 | undefined> {
  const answer = await post(engine, `${path}/start`);
  if (answer.status === 204) {
    await answer.cancel();
    return undefined;
  }
  const text = await textOf(answer, undefined, "starting a step");
  if (/no such file or directory|executable file not found/.test(text)) return 127;
  if (text.includes("permission denied")) return 126;
  throw new BasaltError("ENGINE_FAILED", `the engine does not start a step: ${text.slice(0, 500)}`);
}

/** Answers how to stop. */
function watch(engine: EngineApi, path: string, request: SandboxRequest, exceed: (what: string) => void): () => void {
  const { limits, isReadOnly, root, mounts } = request;
  const hasFilled = watchDisk({
    limits,
    folders: [...(isReadOnly === true ? [] : [root]), ...(mounts?.values() ?? [])],
  });
  const look = async (): Promise<void> => {
    if (hasFilled()) exceed(`${limits.diskBytes} bytes of disk`);
    const answer = await engine.request(`${path}/stats?stream=0&one-shot=1`);
    const stats = JSON.parse(await textOf(answer, 200, "looking at a step")) as {
      readonly pids_stats?: { readonly current?: number };
    };
    if ((stats.pids_stats?.current ?? 0) >= limits.processes) exceed(`${limits.processes} processes`);
  };
  const looking = setInterval(() => void look().catch(() => undefined), WATCH_MS); // it may have ended meanwhile
  const timer = setTimeout(() => exceed(`${limits.timeoutMs / 1000} seconds`), limits.timeoutMs);
  return () => {
    clearInterval(looking);
    clearTimeout(timer);
  };
}

/** Both streams as they come, each piece behind a header with its size. Source: Docker Engine API v1.41, "Attach to a container", stream format. */
async function forward(
  answer: Awaited<ReturnType<EngineApi["request"]>>,
  { limits, onOutput }: SandboxRequest,
  exceed: (what: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let pending = Buffer.alloc(0);
  let printed = 0;
  for await (const chunk of answer.body) {
    pending = Buffer.concat([pending, chunk]);
    // A frame is a line; passing on each of a million of them alone would take minutes.
    const frames: Buffer[] = [];
    let at = 0;
    while (pending.length - at >= FRAME_HEADER_BYTES) {
      const end = at + FRAME_HEADER_BYTES + pending.readUInt32BE(at + 4);
      if (pending.length < end) break;
      frames.push(pending.subarray(at + FRAME_HEADER_BYTES, end));
      at = end;
    }
    pending = pending.subarray(at);
    const text = decoder.decode(Buffer.concat(frames), { stream: true });
    printed += text.length;
    if (printed > limits.outputBytes) return exceed(`${limits.outputBytes} bytes of output`);
    if (text !== "") onOutput(text);
  }
}

async function wasOutOfMemory(engine: EngineApi, path: string): Promise<boolean> {
  const text = await textOf(await engine.request(`${path}/json`), 200, "looking at a step");
  return (JSON.parse(text) as { readonly State?: { readonly OOMKilled?: boolean } }).State?.OOMKilled === true;
}

/** What a step made, changed or removed at the root itself, outside of the folders that are mounted. */
async function fetchRest(engine: EngineApi, path: string, folders: readonly string[], rootPath: string): Promise<void> {
  const text = await textOf(await engine.request(`${path}/changes`), 200, "what a step changed");
  const changes = (JSON.parse(text) as readonly { readonly Path: string; readonly Kind: 0 | 1 | 2 }[] | null) ?? [];
  const root = new RootFolder(rootPath);
  for (const { Path, Kind } of changes) {
    const name = Path.replace(/^\//, "");
    if (name.includes("/") || [...folders, ...ENGINE_FOLDERS, ".dockerenv"].includes(name)) continue;
    await root.delete(name);
    if (Kind === 2) continue;
    const answer = await engine.request(`${path}/archive?path=${encodeURIComponent(`/${name}`)}`);
    if (answer.status !== 200) await textOf(answer, 200, `what a step left in ${Path}`);
    for await (const { entry, content } of readTar(answer.body, { name: Path }))
      if (entry.kind !== "device") await root.write(entry, content);
  }
}

function post(engine: EngineApi, path: string, body?: object): ReturnType<EngineApi["request"]> {
  const json =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  return engine.request(path, { method: "POST", ...json });
}

/** The whole answer. @throws BasaltError `ENGINE_FAILED`, where another status was expected */
async function textOf(
  answer: Awaited<ReturnType<EngineApi["request"]>>,
  expected: number | undefined,
  what: string,
): Promise<string> {
  const text = (await collect(answer.body, { maxBytes: MAX_ANSWER_BYTES, name: "the engine's answer" })).toString(
    "utf8",
  );
  if (expected === undefined || answer.status === expected) return text;
  throw new BasaltError("ENGINE_FAILED", `${what}: ${engineMessage(text, answer.status)}`);
}

/** Removes what was only needed for a step; what stays is the engine's own to tidy up. */
async function drop(engine: EngineApi, path: string): Promise<void> {
  await engine.request(path, { method: "DELETE" }).then(
    (answer) => answer.cancel(),
    () => undefined,
  );
}
