// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { collect } from "../formats/bytes.js";
import { formatImageReference, manifestNameOf, parseImageReference } from "../formats/image-reference.js";
import { engineMessage, openEngineApi, type EngineApi } from "../host/engine-api.js";
import { removeTree, statIfAny, streamFile, writeStreamAtomic } from "../host/files.js";
import type { HttpResponse } from "../host/http.js";
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
  /** @throws BasaltError `ENGINE_FAILED`, `MANIFEST_UNKNOWN`, `REFERENCE_INVALID` */
  readonly pull: (name: string) => Promise<void>;
  /** Pushes an image to the registry in its name. @throws BasaltError `ENGINE_FAILED`, `REFERENCE_INVALID` */
  readonly push: (name: string, credentials: { readonly user: string; readonly password: string }) => Promise<void>;
  /** Builds an image from a Dockerfile. @throws BasaltError `ENGINE_FAILED` with the last lines that the build said */
  readonly build: (options: EngineBuild) => Promise<void>;
}

export interface EngineBuild {
  readonly tag: string;
  /** The context as a tar archive. */
  readonly context: Buffer;
  /** Path of the Dockerfile within it. */
  readonly dockerfile: string;
  readonly buildArgs: Readonly<Record<string, string>>;
}

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** Connects to the engine of `DOCKER_HOST`, or of the usual socket; undefined where none answers. */
export async function findDockerEngine(host: Host): Promise<DockerEngine | undefined> {
  const api = await openEngineApi(host.env);
  if (api === undefined) return undefined;
  const { request } = api;
  return {
    hasImage: async (name) => {
      const response = await request(`/images/${encodeURI(name)}/json`);
      await response.cancel();
      return response.status === 200;
    },
    openImage: (name) => openImage(name, request, host),
    load: async (archive) => {
      const sizeBytes = (await statIfAny(archive))?.sizeBytes ?? 0;
      const body = { stream: streamFile(archive), sizeBytes };
      const headers = { "content-type": "application/x-tar" };
      await requireDone(await request("/images/load?quiet=1", { method: "POST", body, headers }), `loading ${archive}`);
    },
    pull: async (name) => {
      const { image, tag } = splitName(name);
      const query = new URLSearchParams({ fromImage: image, tag });
      await requireDone(await request(`/images/create?${query.toString()}`, { method: "POST" }), `pulling ${name}`);
    },
    push: async (name, { user, password }) => {
      const { image, tag, host: serveraddress } = splitName(name);
      const auth = { username: user, password, serveraddress };
      const headers = { "x-registry-auth": Buffer.from(JSON.stringify(auth)).toString("base64url") };
      const path = `/images/${encodeURI(image)}/push?${new URLSearchParams({ tag }).toString()}`;
      await requireDone(await request(path, { method: "POST", headers }), `pushing ${name}`);
    },
    build: async ({ tag, context, dockerfile, buildArgs }) => {
      const query = new URLSearchParams({
        t: tag,
        dockerfile,
        buildargs: JSON.stringify(buildArgs),
        rm: "1",
        forcerm: "1",
      });
      const headers = { "content-type": "application/x-tar" };
      await requireDone(
        await request(`/build?${query.toString()}`, { method: "POST", body: context, headers }),
        `building ${tag}`,
      );
    },
  };
}

type Request = EngineApi["request"];

async function openImage(name: string, request: Request, host: Host): Promise<ImageReader> {
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
}

/** An engine takes a name without a tag to mean all tags. */
function splitName(name: string): { readonly image: string; readonly tag: string; readonly host: string } {
  const reference = parseImageReference(name);
  const { host = "docker.io", repository } = reference;
  const image = formatImageReference({ ...(reference.host === undefined ? {} : { host }), repository });
  return { image, tag: manifestNameOf(reference), host };
}

async function toEngineError(response: HttpResponse, name: string): Promise<BasaltError> {
  const text = (await collect(response.body, { maxBytes: MAX_ANSWER_BYTES, name: "the engine's answer" })).toString(
    "utf8",
  );
  return response.status === 404
    ? new BasaltError("MANIFEST_UNKNOWN", `the Docker engine has no ${name}`)
    : new BasaltError("ENGINE_FAILED", `${name}: ${engineMessage(text, response.status)}`);
}

/** The engine answers 200 before it has done anything; what went wrong stands in a line of its answer. */
async function requireDone(response: HttpResponse, what: string): Promise<void> {
  if (response.status !== 200) throw await toEngineError(response, what);
  const said: string[] = [];
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) requireGoodLine(line, said, what);
  }
  requireGoodLine(rest + decoder.decode(), said, what);
}

const MAX_SAID_LINES = 15;

function requireGoodLine(line: string, said: string[], what: string): void {
  const { stream, error } = parseLine(line);
  if (typeof stream === "string") said.push(stream.trimEnd());
  if (error === undefined) return;
  const why = typeof error === "string" ? error : JSON.stringify(error);
  throw new BasaltError("ENGINE_FAILED", `${what}: ${[...said.slice(-MAX_SAID_LINES), why].join("\n")}`);
}

/** Progress of a form that we do not know says nothing. */
function parseLine(line: string): { readonly stream?: unknown; readonly error?: unknown } {
  try {
    return (JSON.parse(line) as { readonly stream?: unknown; readonly error?: unknown } | null) ?? {};
  } catch {
    return {};
  }
}
