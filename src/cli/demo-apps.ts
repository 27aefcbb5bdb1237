// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { BasaltError } from "../errors.js";
import { formatTarHeader, TAR_END, tarPaddingBytes } from "../formats/archive/tar-writer.js";
import { readBytes } from "../host/files.js";
import type { Host } from "../host/host.js";
import { packageRoot } from "../host/paths.js";
import { findDockerEngine, type DockerEngine } from "../transfer/index.js";

/** Names of the two apps in the store. */
export interface BuiltApps {
  readonly hardened: string;
  readonly ordinary: string;
}

export interface AppBases {
  /** `host[:port]`. */
  readonly registry: string;
  /** Names within the registry. */
  readonly image: string;
  readonly builder: string;
  /** A name of the store, or one with a prefix, which only an engine may know. */
  readonly reference: string;
  /** Of a user that may push. */
  readonly credentials: { readonly user: string; readonly password: string };
}

const APP_FILES = ["Dockerfile", "Dockerfile.hardened", "package.json", "package-lock.json", "server.js"] as const;
const CA_PATH = "/usr/local/share/extra-ca-certificates.pem";

/** Builds the example app on the ordinary and on the hardened image in the Docker engine, and pushes both. @throws BasaltError `ENGINE_UNAVAILABLE`, `ENGINE_FAILED` */
export async function buildApps(
  { registry, image, builder, reference, credentials }: AppBases,
  host: Host,
): Promise<BuiltApps> {
  const engine = await findDockerEngine(host);
  if (engine === undefined) throw new BasaltError("ENGINE_UNAVAILABLE", "no Docker engine answers");
  const ordinaryBase = reference.includes("://")
    ? reference.replace(/^(?:local|registry):\/\//, "")
    : `${registry}/${reference}`;
  for (const name of [`${registry}/${image}`, `${registry}/${builder}`]) await engine.pull(name);
  if (!reference.startsWith("local://")) await engine.pull(ordinaryBase);
  const apps: BuiltApps = { hardened: "notes-api:hardened", ordinary: "notes-api:ordinary" };
  const context = await packFiles(APP_FILES.map((name) => [name, join(packageRoot(), "examples", "notes-api", name)]));
  const hardenedArgs = { REGISTRY: registry, BUILDER: await withExtraCa(`${registry}/${builder}`, engine, host) };
  await engine.build({
    tag: `${registry}/${apps.hardened}`,
    context,
    dockerfile: "Dockerfile.hardened",
    buildArgs: hardenedArgs,
  });
  const ordinaryArgs = { IMAGE: await withExtraCa(ordinaryBase, engine, host) };
  await engine.build({
    tag: `${registry}/${apps.ordinary}`,
    context,
    dockerfile: "Dockerfile",
    buildArgs: ordinaryArgs,
  });
  for (const name of [apps.hardened, apps.ordinary]) await engine.push(`${registry}/${name}`, credentials);
  return apps;
}

/**
 * Behind a proxy that signs HTTPS anew, npm in a container needs the certificates that Node.js on this machine was given
 * (`NODE_EXTRA_CA_CERTS`); the stage that runs it gets them by a layer on top of its base.
 */
async function withExtraCa(base: string, engine: DockerEngine, host: Host): Promise<string> {
  const file = host.env["NODE_EXTRA_CA_CERTS"];
  if (file === undefined || file === "") return base;
  const dockerfile = Buffer.from(`FROM ${base}\nCOPY ca.pem ${CA_PATH}\nENV NODE_EXTRA_CA_CERTS=${CA_PATH}\n`);
  const tag = `basalt-demo/${base.replace(/^.*\//, "").replace(":", "-")}:extra-ca`;
  const context = packEntries([
    ["Dockerfile", dockerfile],
    ["ca.pem", await readBytes(file)],
  ]);
  await engine.build({ tag, context, dockerfile: "Dockerfile", buildArgs: {} });
  return tag;
}

async function packFiles(files: readonly (readonly [name: string, path: string])[]): Promise<Buffer> {
  return packEntries(await Promise.all(files.map(async ([name, path]) => [name, await readBytes(path)] as const)));
}

function packEntries(entries: readonly (readonly [name: string, content: Buffer])[]): Buffer {
  const parts = entries.flatMap(([path, content]) => [
    formatTarHeader({ kind: "file", path, mode: 0o644, uid: 0, gid: 0, mtimeSeconds: 0, sizeBytes: content.length }),
    content,
    tarPaddingBytes(content.length),
  ]);
  return Buffer.concat([...parts, TAR_END]);
}
