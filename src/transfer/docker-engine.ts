// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { collect } from "../formats/bytes.js";
import { removeTree, statIfAny, streamFile, writeStreamAtomic } from "../host/files.js";
import { createHttpClient, type HttpClient, type HttpResponse } from "../host/http.js";
import type { Host } from "../host/host.js";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { ImageReader } from "./endpoint.js";
import { openArchive } from "./layout-files.js";
import { openArchiveImage } from "./saved-archive.js";

/** The Docker engine at hand. Source: Docker Engine API, v1.41. */
export interface DockerEngine {
  readonly hasImage: (name: string) => Promise<boolean>;
  /** @throws BasaltError `MANIFEST_UNKNOWN`, `ENGINE_FAILED` */
  readonly openImage: (name: string) => Promise<ImageReader>;
  /** Loads an archive file. @throws BasaltError `ENGINE_FAILED` */
  readonly load: (archive: string) => Promise<void>;
}

const DEFAULT_SOCKET = "/var/run/docker.sock";
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** Connects to the engine of `DOCKER_HOST`, or of the usual socket; undefined where none answers. */
export async function findDockerEngine(host: Host): Promise<DockerEngine | undefined> {
  const connection = await connect(host);
  if (connection === undefined) return undefined;
  const { http, base } = connection;
  const request = (path: string, options: Parameters<HttpClient["request"]>[1] = {}): Promise<HttpResponse> =>
    http.request(new URL(path, base), options);
  const answer = await request("/_ping").catch(() => undefined);
  await answer?.cancel();
  if (answer?.status !== 200) return undefined;
  return {
    hasImage: async (name) => {
      const response = await request(`/images/${encodeURI(name)}/json`);
      await response.cancel();
      return response.status === 200;
    },
    openImage: async (name) => {
      const response = await request(`/images/${encodeURI(name)}/get`);
      if (response.status !== 200) throw await toEngineError(response, name);
      const file = join(host.home.temporary, `engine-${randomUUID()}.tar`);
      try {
        await writeStreamAtomic(file, response.body);
        const reader = await openArchiveImage(await openArchive(file, host), {});
        return { ...reader, name: `local://${name}`, close: () => reader.close().then(() => removeTree(file)) };
      } catch (error) {
        await removeTree(file);
        throw error;
      }
    },
    load: async (archive) => {
      const sizeBytes = (await statIfAny(archive))?.sizeBytes ?? 0;
      const body = { stream: streamFile(archive), sizeBytes };
      const response = await request("/images/load?quiet=1", {
        method: "POST",
        body,
        headers: { "content-type": "application/x-tar" },
      });
      if (response.status !== 200) throw await toEngineError(response, archive);
      requireLoaded(
        (await collect(response.body, { maxBytes: MAX_ANSWER_BYTES, name: "the engine's answer" })).toString("utf8"),
      );
    },
  };
}

async function connect(host: Host): Promise<{ readonly http: HttpClient; readonly base: URL } | undefined> {
  const configured = host.env["DOCKER_HOST"];
  if (configured === undefined || configured === "" || configured.startsWith("unix://")) {
    const socketPath =
      configured === undefined || configured === "" ? DEFAULT_SOCKET : configured.slice("unix://".length);
    if ((await statIfAny(socketPath)) === undefined) return undefined;
    return { http: createHttpClient({ socketPath }), base: new URL("http://docker/") };
  }
  const address = configured.replace(/^tcp:/, "http:");
  return URL.canParse(address) && /^https?:/.test(address)
    ? { http: createHttpClient(), base: new URL(address) }
    : undefined;
}

async function toEngineError(response: HttpResponse, name: string): Promise<BasaltError> {
  const text = (await collect(response.body, { maxBytes: MAX_ANSWER_BYTES, name: "the engine's answer" })).toString(
    "utf8",
  );
  const message = /"message"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? `status ${response.status}`;
  return response.status === 404
    ? new BasaltError("MANIFEST_UNKNOWN", `the Docker engine has no ${name}`)
    : new BasaltError("ENGINE_FAILED", `${name}: ${message}`);
}

/** The engine answers 200 before it has read anything; what went wrong stands in a line of its answer. */
function requireLoaded(text: string): void {
  const error = text.split("\n").find((line) => line.includes('"error"'));
  if (error !== undefined)
    throw new BasaltError("ENGINE_FAILED", `the Docker engine did not load the image: ${error.trim()}`);
}
