// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { BasaltError } from "../errors.js";
import { formatTarHeader, TAR_END, tarPaddingBytes } from "../formats/archive/tar-writer.js";
import { defaultGzipCompressor, gzip } from "../formats/archive/gzip.js";
import { feedIndex, feedPath, vexFeed, type VexFeed } from "../vex/index.js";
import type { CatalogDeps } from "./deps.js";

export interface VexFeedOptions {
  readonly publicUrl: () => URL;
  /** `HOST[:PORT][/PREFIX]` of registries that have the repositories of this one. */
  readonly registries: () => readonly string[];
}

const MANIFEST = "vex-repository.json";

/**
 * What is stated about the images here, as files and as a VEX repository, from which scanners take it for every image that they look at.
 * Source: aquasecurity/vex-repo-spec, version 0.1.
 */
export function registerVexFeed(
  app: FastifyInstance,
  options: VexFeedOptions,
  depsOf: (request: FastifyRequest) => Promise<CatalogDeps>,
): void {
  const feedOf = async (request: FastifyRequest): Promise<VexFeed> => {
    const { store, mayPull } = await depsOf(request);
    return vexFeed(store.db, mayPull);
  };
  const schema = { hide: true };
  const manifest = (): object => manifestOf(options.publicUrl());
  for (const path of [`/.well-known/${MANIFEST}`, `/vex/.well-known/${MANIFEST}`, `/vex/${MANIFEST}`])
    app.get(path, { schema }, manifest);
  app.get("/vex/index.json", { schema }, async (request) => feedIndex(await feedOf(request), options.registries()));
  app.get("/vex/archive.tar.gz", { schema }, async (request, reply) => {
    const files = filesOf(await feedOf(request), options.registries());
    return sendTagged(files, request, reply);
  });
  app.get<{ Params: { "*": string } }>("/vex/oci/*", { schema }, async (request) => {
    const { documents } = await feedOf(request);
    const found = [...documents].find(([repository]) => feedPath(repository) === `oci/${request.params["*"]}`);
    if (found === undefined)
      throw new BasaltError("REPOSITORY_UNKNOWN", `nothing is stated about ${request.params["*"]}`, {
        action: "/vex/index.json lists what there is",
      });
    return found[1];
  });
}

function manifestOf(publicUrl: URL): object {
  return {
    name: `Basalt at ${publicUrl.host}`,
    description: "What is stated about vulnerabilities of the images of this registry",
    versions: [
      {
        spec_version: "0.1",
        locations: [{ url: new URL("/vex/archive.tar.gz", publicUrl).href }],
        update_interval: "24h",
      },
    ],
  };
}

type Files = readonly { readonly path: string; readonly bytes: Buffer }[];

function jsonFile(path: string, value: object): Files[number] {
  return { path, bytes: Buffer.from(JSON.stringify(value)) };
}

function filesOf(feed: VexFeed, registries: readonly string[]): Files {
  return [
    jsonFile("index.json", feedIndex(feed, registries)),
    ...[...feed.documents].map(([repository, document]) => jsonFile(feedPath(repository), document)),
  ];
}

/** An archive that has not changed is not sent again. */
async function sendTagged(files: Files, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const hash = createHash("sha256");
  for (const { path, bytes } of files) hash.update(path).update("\0").update(bytes);
  const tag = `"${hash.digest("hex")}"`;
  reply.header("etag", tag);
  if (request.headers["if-none-match"] === tag) return reply.code(304).send();
  return reply.type("application/gzip").send(await packed(files));
}

async function packed(files: Files): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of gzip(tarOf(files), { compressor: defaultGzipCompressor(), concurrency: 1 }))
    parts.push(part);
  return Buffer.concat(parts);
}

async function* tarOf(files: Files): AsyncGenerator<Buffer> {
  for (const { path, bytes } of files) {
    yield formatTarHeader({
      kind: "file",
      path,
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtimeSeconds: 0,
      sizeBytes: bytes.length,
    });
    yield bytes;
    yield tarPaddingBytes(bytes.length);
  }
  yield TAR_END;
}
