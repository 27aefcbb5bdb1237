// SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { createArchiveKey, type ArchiveKey } from "./archive-key.js";
import { sha256, storeXz } from "./archives.js";
import { controlText, makeDeb, type TestPackage } from "./deb.js";
import { TEST_NOW } from "./host.js";
import { startHttp } from "./http-server.js";

export interface RepositoryOptions {
  readonly packages: readonly TestPackage[];
  /** A name, or a folder that ends in a slash for a flat repository. @default stable */
  readonly suite?: string;
  /** The suite that the Release file says. @default the suite */
  readonly says?: string;
  /** @default InRelease */
  readonly signed?: "InRelease" | "Release.gpg";
  /** @default xz */
  readonly index?: "xz" | "gz" | "plain";
  /** @default amd64 */
  readonly architectures?: string;
  /** Further fields of the Release file. */
  readonly fields?: Readonly<Record<string, string>>;
  /** What `/key` gives. @default the armoured key */
  readonly keyFile?: (key: ArchiveKey) => Buffer;
  /** Sees each request first; answers whether it was dealt with. */
  readonly intercept?: (path: string, response: ServerResponse) => boolean;
}

export interface TestRepository {
  /** Of its root, without a slash at the end. */
  readonly url: string;
  readonly key: ArchiveKey;
  /** Address of the key. */
  readonly keyUrl: string;
  /** For `contents.repositories`; `keyring` has the key with its fingerprint. */
  readonly line: string;
  readonly keyring: string;
  readonly requests: string[];
  /** What it serves, by path. */
  readonly files: Map<string, Buffer>;
}

/** A repository of somebody's on this machine, signed by a key of its own, which it gives away itself. */
export async function startRepository(options: RepositoryOptions): Promise<TestRepository> {
  const { suite = "stable", keyFile = ({ publicKey }: ArchiveKey) => Buffer.from(publicKey) } = options;
  const key = await createArchiveKey();
  const files = await repositoryFiles(options, key);
  files.set("key", keyFile(key));
  const server = await startHttp((request, response) => {
    const path = decodeURIComponent((request.url ?? "").slice(1));
    if (options.intercept?.(path, response) === true) return;
    const content = files.get(path);
    if (content === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { "content-length": content.length }).end(content);
  });
  const url = server.url.replace(/\/$/, "");
  const line = `deb [signed-by=/usr/share/keyrings/tool.gpg] ${url} ${suite}${suite.endsWith("/") ? "" : " main"}`;
  const keyUrl = `${url}/key`;
  return { url, key, keyUrl, line, keyring: `${keyUrl}#${key.fingerprint}`, requests: server.requests, files };
}

async function repositoryFiles(options: RepositoryOptions, key: ArchiveKey): Promise<Map<string, Buffer>> {
  const { suite = "stable", says = suite, index = "xz", architectures = "amd64", fields = {} } = options;
  const files = new Map<string, Buffer>();
  const isFlat = suite.endsWith("/");
  const folder = isFlat ? suite.replace(/^\.?\//, "") : `dists/${suite}/`;
  const stanzas = options.packages.map((item) => {
    const deb = makeDeb(item);
    const path = `${isFlat ? folder : "pool/"}${item.name}_${sha256(deb).slice(0, 8)}.deb`;
    files.set(path, deb);
    return `${controlText(item)}Filename: ./${path}\nSize: ${deb.length}\nSHA256: ${sha256(deb)}\n`;
  });
  const plain = Buffer.from(stanzas.join("\n"));
  const indexes: string[] = [];
  for (const architecture of isFlat ? [""] : architectures.split(" ")) {
    const name = isFlat ? "Packages" : `main/binary-${architecture}/Packages`;
    const forms: (readonly [suffix: string, content: Buffer])[] = [["", plain]];
    if (index === "xz") forms.push([".xz", storeXz(plain)]);
    if (index === "gz") forms.push([".gz", gzipSync(plain)]);
    for (const [suffix, content] of forms) {
      indexes.push(` ${sha256(content)} ${content.length} ${name}${suffix}`);
      if (suffix !== "" || index === "plain") files.set(`${folder}${name}${suffix}`, content);
    }
  }
  const named = isFlat ? {} : { Suite: says, Codename: says, Architectures: architectures };
  const all = {
    Origin: "Test",
    Date: new Date(TEST_NOW.getTime() - 24 * 3600 * 1000).toUTCString(),
    ...named,
    ...fields,
  };
  const head = Object.entries(all).map(([field, value]) => `${field}: ${value}\n`);
  const release = `${head.join("")}SHA256:\n${indexes.join("\n")}\n`;
  if (options.signed === "Release.gpg") {
    files.set(`${folder}Release`, Buffer.from(release));
    files.set(`${folder}Release.gpg`, Buffer.from(await key.signDetached(release)));
  } else files.set(`${folder}InRelease`, Buffer.from(await key.sign(release)));
  return files;
}
