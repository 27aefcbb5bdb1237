// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { TrustedKeys } from "../../src/host/host.js";
import { createArchiveKey, type ArchiveKey } from "./archive-key.js";
import { sha256, storeXz } from "./archives.js";
import { controlText, makeDeb, type TestPackage } from "./deb.js";
import { startHttp } from "./http-server.js";
import { TEST_NOW } from "./host.js";
import { temporaryFolder } from "./temporary.js";

export interface MirrorOptions {
  /** Packages of the release itself. */
  readonly packages: readonly TestPackage[];
  /** Packages of the security suite. */
  readonly security?: readonly TestPackage[];
  /** @default trixie */
  readonly codename?: string;
  /** When the Release files are from. @default a day before the tests' moment */
  readonly date?: Date;
  readonly validUntil?: Date;
  /** How indexes are compressed. @default xz */
  readonly index?: "xz" | "gz";
  /** Sees each request first; answers whether it was dealt with. */
  readonly intercept?: (path: string, response: ServerResponse) => boolean;
  /** Changes a file after it was signed or listed. */
  readonly tamper?: (path: string, content: Buffer) => Buffer;
}

export interface TestMirror {
  /** Parent of `debian/` and `debian-security/`, for BASALT_DEBIAN_MIRROR. */
  readonly url: string;
  readonly trust: TrustedKeys;
  readonly requests: string[];
}

let signer: Promise<ArchiveKey> | undefined;

/** A Debian mirror on this machine with suites, signed indexes and packages. */
export async function startMirror(options: MirrorOptions): Promise<TestMirror> {
  const key = await (signer ??= createArchiveKey());
  const codename = options.codename ?? "trixie";
  const files = new Map<string, Buffer>();
  await addSuite(files, "debian", codename, options.packages, options);
  await addSuite(files, "debian", `${codename}-updates`, [], options);
  await addSuite(files, "debian-security", `${codename}-security`, options.security ?? [], options);
  const server = await startHttp((request, response) => {
    const path = decodeURIComponent((request.url ?? "").slice(1));
    if (options.intercept?.(path, response) === true) return;
    const content = files.get(path);
    if (content === undefined) return void response.writeHead(404).end();
    const etag = `"${sha256(content).slice(0, 16)}"`;
    if (request.headers["if-none-match"] === etag) return void response.writeHead(304, { etag }).end();
    const start = Number(/^bytes=([0-9]+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response
      .writeHead(start > 0 ? 206 : 200, { etag, "content-length": content.length - start })
      .end(content.subarray(start));
  });
  const folder = temporaryFolder();
  mkdirSync(join(folder, "debian"));
  writeFileSync(join(folder, "debian", `${key.fingerprint}.asc`), key.publicKey);
  const pins = { debian: [key.fingerprint], "debian-security": [key.fingerprint] };
  return { url: server.url, requests: server.requests, trust: { folder, pins } };
}

async function addSuite(
  files: Map<string, Buffer>,
  repository: string,
  suite: string,
  packages: readonly TestPackage[],
  options: MirrorOptions,
): Promise<void> {
  const tamper = options.tamper ?? ((_path, content) => content);
  const add = (path: string, content: Buffer): void => void files.set(path, tamper(path, content));
  const indexes: string[] = [];
  for (const architecture of ["amd64", "arm64"]) {
    const stanzas = packages
      .filter((item) => [architecture, "all", undefined].includes(item.architecture))
      .map((item) => {
        const own = item.architecture === undefined ? { ...item, architecture } : item;
        const deb = makeDeb(own);
        const path = `pool/main/${own.name}_${(own.version ?? "1.0-1").replace(/^[0-9]+:/, "")}_${own.architecture ?? architecture}.deb`;
        add(`${repository}/${path}`, deb);
        return `${controlText(own)}Filename: ${path}\nSize: ${deb.length}\nSHA256: ${sha256(deb)}\n`;
      });
    const plain = Buffer.from(stanzas.join("\n"));
    const packed = options.index === "gz" ? gzipSync(plain) : storeXz(plain);
    const path = `main/binary-${architecture}/Packages`;
    const packedPath = `${path}.${options.index ?? "xz"}`;
    for (const [name, content] of [
      [path, plain],
      [packedPath, packed],
    ] as const)
      indexes.push(` ${sha256(content)} ${content.length} ${name}`);
    add(`${repository}/dists/${suite}/${packedPath}`, packed);
    add(`${repository}/dists/${suite}/main/binary-${architecture}/by-hash/SHA256/${sha256(packed)}`, packed);
  }
  const date = options.date ?? new Date(TEST_NOW.getTime() - 24 * 3600 * 1000);
  const validUntil = options.validUntil === undefined ? "" : `Valid-Until: ${options.validUntil.toUTCString()}\n`;
  const release = `Origin: Debian\nSuite: ${suite}\nCodename: ${suite}\nDate: ${date.toUTCString()}\n${validUntil}Acquire-By-Hash: yes\nSHA256:\n${indexes.join("\n")}\n`;
  add(
    `${repository}/dists/${suite}/InRelease`,
    Buffer.from(await (await (signer ??= createArchiveKey())).sign(release)),
  );
}
