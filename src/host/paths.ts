// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { BasaltError } from "../errors.js";

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

/**
 * `$BASALT_HOME`, else `basalt` in the XDG data folder; empty counts as unset, and a relative `$XDG_DATA_HOME` as well.
 * Source: XDG Base Directory Specification, "Environment variables". @throws BasaltError `USAGE`
 */
export function homeOf(env: Readonly<Record<string, string | undefined>>): Home {
  const configured = env["XDG_DATA_HOME"] ?? "";
  const data = isAbsolute(configured) ? configured : join(userFolder(env), ".local", "share");
  const home = homeAt(env["BASALT_HOME"] || join(data, "basalt"));
  return {
    ...home,
    database: pathOfUrl(env["BASALT_DATABASE_URL"], "sqlite:") ?? home.database,
    blobs: pathOfUrl(env["BASALT_BLOBS_URL"], "file:") ?? home.blobs,
  };
}

/** The path of a `sqlite:` or `file:` URL. @throws BasaltError `USAGE` for other stores, and without a path */
function pathOfUrl(url: string | undefined, scheme: string): string | undefined {
  if (url === undefined || url === "") return undefined;
  if (!url.startsWith(scheme))
    throw new BasaltError(
      "USAGE",
      `this version keeps its data in ${scheme}PATH only, not in ${url.split(":", 1)[0] ?? ""}:`,
    );
  const path = url.slice(scheme.length).replace(/^\/\/(?=\/|$)/, "");
  if (path === "") throw new BasaltError("USAGE", `${url} names no path: write ${scheme}PATH`);
  return resolve(path);
}

/** The folder of whoever runs this. */
export function userFolder(env: Readonly<Record<string, string | undefined>>): string {
  return env["HOME"] ?? homedir();
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

/** The program that this process runs: what a child of it is started with. */
export function programPath(): string {
  return join(packageRoot(), "dist", "bin", "basalt.js");
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
