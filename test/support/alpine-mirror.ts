// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TrustedKeys } from "../../src/host/host.js";
import { makeApk, makeApkIndex, makeApkKey, type TestApk, type TestApkKey } from "./apk.js";
import { sha256 } from "./archives.js";
import { startHttp } from "./http-server.js";
import { temporaryFolder } from "./temporary.js";

export interface AlpineMirrorOptions {
  /** Packages of main. */
  readonly packages: readonly TestApk[];
  readonly community?: readonly TestApk[];
  /** Packages of a repository that is not Alpine's, signed with a key of its own. */
  readonly other?: readonly TestApk[];
  /** @default v3.24 */
  readonly branch?: string;
  readonly architectures?: readonly string[];
  /** Changes a file after it was signed or listed. */
  readonly tamper?: (path: string, content: Buffer) => Buffer;
}

export interface AlpineMirror {
  /** For BASALT_ALPINE_MIRROR. */
  readonly url: string;
  /** The repository that is not Alpine's, and its key. */
  readonly otherUrl: string;
  readonly otherKeyUrl: string;
  readonly otherFingerprint: string;
  readonly trust: TrustedKeys;
  readonly requests: string[];
}

let keys: { readonly own: TestApkKey; readonly other: TestApkKey } | undefined;

/** A mirror of Alpine on this machine with signed indexes and packages. */
export async function startAlpineMirror(options: AlpineMirrorOptions): Promise<AlpineMirror> {
  const { own, other } = (keys ??= { own: makeApkKey("own-1.rsa.pub"), other: makeApkKey("other-1.rsa.pub") });
  const { branch = "v3.24", architectures = ["x86_64", "aarch64"], tamper = (_path, content) => content } = options;
  const files = new Map<string, Buffer>();
  const add = (path: string, content: Buffer): void => void files.set(path, tamper(path, content));
  const addRepository = (folder: string, packages: readonly TestApk[], key: TestApkKey): void => {
    for (const architecture of architectures) {
      const records = packages.map((item) => {
        const made = makeApk({ ...item, architecture: item.architecture ?? architecture }, key);
        add(`${folder}/${architecture}/${item.name}-${item.version ?? "1.0-r0"}.apk`, made.bytes);
        return made.record;
      });
      add(`${folder}/${architecture}/APKINDEX.tar.gz`, makeApkIndex(records, key));
    }
  };
  addRepository(`alpine/${branch}/main`, options.packages, own);
  addRepository(`alpine/${branch}/community`, options.community ?? [], own);
  addRepository("other/v1", options.other ?? [], other);
  add(`keys/${other.name}`, Buffer.from(other.pem));
  const server = await startHttp((request, response) => {
    const content = files.get(decodeURIComponent((request.url ?? "").slice(1)));
    if (content === undefined) return void response.writeHead(404).end();
    const etag = `"${sha256(content).slice(0, 16)}"`;
    if (request.headers["if-none-match"] === etag) return void response.writeHead(304, { etag }).end();
    response.writeHead(200, { etag, "content-length": content.length }).end(content);
  });
  const folder = temporaryFolder();
  mkdirSync(join(folder, "alpine"));
  writeFileSync(join(folder, "alpine", own.name), own.pem);
  return {
    url: `${server.url}alpine/`,
    otherUrl: `${server.url}other/v1`,
    otherKeyUrl: `${server.url}keys/${other.name}`,
    otherFingerprint: other.publicKey.fingerprint,
    trust: { folder, pins: { alpine: [own.publicKey.fingerprint] } },
    requests: server.requests,
  };
}
