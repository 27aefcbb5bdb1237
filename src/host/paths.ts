// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** Where Basalt keeps what on this machine. Everything lies under one folder. */
export interface Home {
  readonly root: string;
  /** Downloads by content, package indexes, partial downloads. Can be deleted at any time. */
  readonly cache: string;
  /** Blobs of the registry by digest. */
  readonly blobs: string;
  /** Uploads and builds in progress. */
  readonly temporary: string;
  readonly database: string;
  readonly advisories: string;
  readonly keys: string;
  readonly logs: string;
}

/** `$BASALT_HOME`, else `basalt` in the XDG data folder. Source: XDG Base Directory Specification, "XDG_DATA_HOME". */
export function homeOf(env: Readonly<Record<string, string | undefined>>): Home {
  const data = env["XDG_DATA_HOME"] ?? join(homedir(), ".local", "share");
  return homeAt(env["BASALT_HOME"] ?? join(data, "basalt"));
}

export function homeAt(folder: string): Home {
  const root = resolve(folder);
  return {
    root,
    cache: join(root, "cache"),
    blobs: join(root, "blobs"),
    temporary: join(root, "tmp"),
    database: join(root, "basalt.db"),
    advisories: join(root, "advisories.db"),
    keys: join(root, "keys"),
    logs: join(root, "logs"),
  };
}

/** Folder of Basalt's own package: its definitions, schema, keys and examples lie below it. */
export function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("internal: no package.json above the program");
    folder = parent;
  }
  return folder;
}
