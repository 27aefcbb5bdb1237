// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, ServerResponse } from "node:http";
import { gunzipSync } from "node:zlib";
import { makeTar, type TestEntry } from "./archives.js";
import { startHttp } from "./http-server.js";
import type { TestImage } from "./images.js";

export interface TestEngineOptions {
  /** What it has, by name. */
  readonly images?: Readonly<Record<string, TestImage>>;
  /** Answers a request in place of the engine; says whether it did. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse, body: Buffer) => boolean;
}

export interface TestEngine {
  /** For DOCKER_HOST. */
  readonly host: string;
  readonly requests: string[];
}

/** As much of a Docker engine as is asked for: ping, inspect, save. Source: Docker Engine API, v1.41. */
export async function startEngine(options: TestEngineOptions): Promise<TestEngine> {
  const images = options.images ?? {};
  const server = await startHttp((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (chunk: Buffer) => parts.push(chunk));
    request.on("end", () => {
      if (options.intercept?.(request, response, Buffer.concat(parts)) === true) return;
      const path = decodeURI(request.url ?? "");
      const match = /^\/images\/(.+)\/(json|get)$/.exec(path);
      const image = images[match?.[1] ?? ""];
      if (path === "/_ping") response.end("OK");
      else if (image === undefined) response.writeHead(404).end('{"message":"No such image"}');
      else response.end(match?.[2] === "get" ? saveImage(match[1] ?? "", image) : "{}");
    });
  });
  return { host: server.url.replace(/^http:/, "tcp:").replace(/\/$/, ""), requests: server.requests };
}

/** An image of one platform as `docker save` writes it: its layers uncompressed. */
export function saveImage(name: string, { root, blobs }: TestImage): Buffer {
  if (root.kind === "index") throw new Error("an engine has images of one platform");
  const layers = root.value.layers.map((layer, index) => {
    const bytes = blobs.get(layer.digest) ?? Buffer.alloc(0);
    return { path: `${index}/layer.tar`, content: layer.mediaType.endsWith("gzip") ? gunzipSync(bytes) : bytes };
  });
  const config: TestEntry = { path: "config.json", content: blobs.get(root.value.config.digest) ?? "" };
  const list = [{ Config: "config.json", RepoTags: [name], Layers: layers.map((layer) => layer.path) }];
  return makeTar([config, ...layers, { path: "manifest.json", content: JSON.stringify(list) }]);
}
