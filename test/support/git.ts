// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../../src/host/programs.js";
import { startHttp, type TestServer } from "./http-server.js";
import { temporaryFolder } from "./temporary.js";

/** Nothing but these tests needs git; with it they are run. */
export const HAS_GIT = findProgram("git") !== undefined;

/** What every tag and branch of the repository leads to; the same always, since times and names are fixed. */
export const TAGS_COMMIT = "afce2b240b7675ed107207d3e75f056dbfa366ba";

const TAGS = ["v0.9.0", "v1.2.0", "v1.10.0", "v2.0.0-rc.1", "nonsense", "other-9.0"];
const ENV = {
  GIT_AUTHOR_NAME: "Test",
  GIT_AUTHOR_EMAIL: "test@example.test",
  GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z",
  GIT_COMMITTER_NAME: "Test",
  GIT_COMMITTER_EMAIL: "test@example.test",
  GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
};

/** A repository with tags, behind a server that knows nothing of git. Source: gitprotocol-http(5), "dumb". */
export async function startGit(tags: readonly string[] = TAGS): Promise<TestServer> {
  const folder = temporaryFolder();
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["-C", folder, ...args], { encoding: "utf8", env: { ...process.env, ...ENV } }).trim();
  git("init", "--bare", "--quiet", "--initial-branch=main", ".");
  const tree = git("hash-object", "-w", "-t", "tree", "/dev/null");
  const commit = git("commit-tree", "-m", "first", tree);
  git("update-ref", "refs/heads/main", commit);
  // Light and annotated ones in turn.
  for (const [index, tag] of tags.entries()) git("tag", ...(index % 2 === 0 ? ["-a", "-m", tag] : []), tag, commit);
  git("update-server-info");
  return startHttp((request, response) => {
    const path = join(folder, new URL(request.url ?? "", "http://x/").pathname);
    if (existsSync(path)) response.end(readFileSync(path));
    else response.writeHead(404).end();
  });
}
