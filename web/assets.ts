// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

export interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

/** Files that the pages load, and where they lie below the package. */
const ASSETS: Readonly<Record<string, readonly [file: string, type: string]>> = {
  "/assets/style.css": ["web/assets/style.css", "text/css; charset=utf-8"],
  "/assets/icon.svg": ["web/assets/icon.svg", "image/svg+xml"],
  "/assets/client.js": ["dist/web/client/client.js", "text/javascript; charset=utf-8"],
};

const loaded = new Map<string, Promise<Buffer>>();

/** The asset at a path, if there is one. */
export async function findAsset(path: string): Promise<Asset | undefined> {
  const found = ASSETS[path];
  if (found === undefined) return undefined;
  const [file, type] = found;
  let body = loaded.get(file);
  if (body === undefined) loaded.set(file, (body = readFile(join(packageFolder(), file))));
  return { type, body: await body };
}

function packageFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}
