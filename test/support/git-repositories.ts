// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { startHttp } from "./http-server.js";
import { temporaryFolder } from "./temporary.js";

/** A file's text, or an object with any mode. */
export type TestFile = string | { readonly mode: string; readonly text?: string; readonly id?: string };

/** Repositories of a server, by name. */
export interface TestRepositories {
  /** Ends in a slash; a repository NAME is at NAME.git. */
  readonly url: string;
  readonly requests: readonly string[];
  /** Runs git in a repository, which is made at its first use. */
  readonly git: (name: string, ...args: readonly string[]) => string;
  /** Writes a commit of these files and answers its id; the same files make the same commit. Names may be what git itself would refuse. */
  readonly commit: (name: string, files: Readonly<Record<string, TestFile>>, parent?: string) => string;
  /** Lets a reference lead somewhere. */
  readonly refer: (name: string, reference: string, id: string) => void;
}

const ENV = {
  GIT_AUTHOR_NAME: "Test",
  GIT_AUTHOR_EMAIL: "test@example.test",
  GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z",
  GIT_COMMITTER_NAME: "Test",
  GIT_COMMITTER_EMAIL: "test@example.test",
  GIT_COMMITTER_DATE: "2026-01-02T00:00:00Z",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
};

/**
 * A server of git repositories: `smart` ones pack what is asked for, `dumb` ones hand out files.
 * Source: gitprotocol-http(5), git-http-backend(1).
 */
export async function startRepositories(kind: "smart" | "dumb", format = "sha1"): Promise<TestRepositories> {
  const root = temporaryFolder();
  const run = (name: string, args: readonly string[], input?: Buffer): string => {
    const folder = join(root, `${name}.git`);
    const options = { encoding: "utf8", env: { ...process.env, ...ENV } } as const;
    if (!existsSync(folder)) {
      mkdirSync(folder);
      const init = ["init", "--bare", "--quiet", "--initial-branch=main", `--object-format=${format}`, folder];
      execFileSync("git", init, options);
    }
    return execFileSync("git", ["-C", folder, ...args], {
      ...options,
      ...(input === undefined ? {} : { input }),
    }).trim();
  };
  const write = (name: string, type: string, bytes: Buffer): string =>
    run(name, ["hash-object", "-t", type, "-w", "--stdin", "--literally"], bytes);
  const server = await startHttp((request, response) =>
    kind === "smart" ? serveSmart(root, request, response) : serveFile(root, request, response),
  );
  return {
    url: server.url,
    requests: server.requests,
    git: (name, ...args) => run(name, args),
    commit: (name, files, parent) => {
      const tree = writeTree(files, (type, bytes) => write(name, type, bytes));
      const parents = parent === undefined ? [] : ["-p", parent];
      return run(name, ["commit-tree", ...parents, "-m", "a commit", tree]);
    },
    refer: (name, reference, id) => {
      run(name, ["update-ref", reference, id]);
      run(name, ["update-server-info"]);
    },
  };
}

/** Trees as bytes: git's own programs refuse names that tests need. Source: gitformat-pack(5); git-fsck(1) for their order. */
function writeTree(files: Readonly<Record<string, TestFile>>, write: (type: string, bytes: Buffer) => string): string {
  const folders = new Map<string, Record<string, TestFile>>();
  const entries: { readonly name: string; readonly mode: string; readonly id: string }[] = [];
  for (const [path, file] of Object.entries(files)) {
    const slash = path.indexOf("/");
    if (slash > 0) {
      const folder = folders.get(path.slice(0, slash)) ?? {};
      folder[path.slice(slash + 1)] = file;
      folders.set(path.slice(0, slash), folder);
      continue;
    }
    const { mode, text = "", id } = typeof file === "string" ? { mode: "100644", text: file, id: undefined } : file;
    entries.push({ name: path.replaceAll("\\", "/"), mode, id: id ?? write("blob", Buffer.from(text)) });
  }
  for (const [name, inner] of folders) entries.push({ name, mode: "40000", id: writeTree(inner, write) });
  const key = ({ name, mode }: (typeof entries)[number]): string => (mode === "40000" ? `${name}/` : name);
  const sorted = entries.toSorted((a, b) => Buffer.compare(Buffer.from(key(a)), Buffer.from(key(b))));
  const parts = sorted.map(({ name, mode, id }) =>
    Buffer.concat([Buffer.from(`${mode} ${name}\0`, "latin1"), Buffer.from(id, "hex")]),
  );
  return write("tree", Buffer.concat(parts));
}

function serveFile(root: string, request: IncomingMessage, response: ServerResponse): void {
  const path = join(root, new URL(request.url ?? "", "http://x/").pathname);
  if (existsSync(path) && statSync(path).isFile()) response.end(readFileSync(path));
  else response.writeHead(404).end();
}

/** Source: RFC 3875, sections 4.1 and 6.2. */
function serveSmart(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "", "http://x/");
  const child = spawn("git", ["http-backend"], {
    stdio: ["pipe", "pipe", "ignore"],
    env: {
      ...process.env,
      ...ENV,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
  });
  request.pipe(child.stdin);
  child.stdin.on("error", () => undefined);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.on("close", () => {
    const bytes = Buffer.concat(chunks);
    const end = bytes.indexOf("\r\n\r\n");
    const headers = bytes.subarray(0, end).toString("latin1").split("\r\n");
    const pairs = headers.map((line) => line.split(/: /, 2) as [string, string]);
    const status = Number(pairs.find(([name]) => name === "Status")?.[1].slice(0, 3) ?? 200);
    response
      .writeHead(status, Object.fromEntries(pairs.filter(([name]) => name !== "Status")))
      .end(bytes.subarray(end + 4));
  });
}
