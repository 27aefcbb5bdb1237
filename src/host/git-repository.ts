// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { BasaltError } from "../errors.js";
import { parseRemoteRefs } from "./git.js";
import { firstComplaint, requireGit, runGit, type Git, type GitResult } from "./git-process.js";
import { isCommitId } from "./git-url.js";
import { folderBytes, makeDirectory, removeTree } from "./files.js";
import type { Host } from "./host.js";
import { redactUrl } from "./http.js";

/** Which commit of which repository. */
export interface GitCommit {
  readonly repository: URL;
  /** In hex. */
  readonly commit: string;
}

export interface GitLimits {
  /** Everything that is fetched for one source, on the disk. */
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** The Linux kernel takes 0.3 GiB without its history, and 3 GiB in some minutes with it. */
export const GIT_LIMITS: GitLimits = { maxBytes: 6 * 1024 ** 3, timeoutMs: 30 * 60_000 };

const WATCH_MS = 500;

export interface GitOptions {
  readonly signal?: AbortSignal;
  readonly limits?: GitLimits;
}

/**
 * Gives `work` an empty store of git objects in a temporary folder, which is removed whatever happens.
 * @throws BasaltError `GIT_UNAVAILABLE`, `NETWORK_OFFLINE`, `CANCELLED`, `SIZE_LIMIT_EXCEEDED`, `NETWORK_UNREACHABLE`
 */
export async function withGitObjects<T>(
  first: GitCommit,
  work: (git: Git) => Promise<T>,
  host: Host,
  options: GitOptions = {},
): Promise<T> {
  const { limits = GIT_LIMITS, signal } = options;
  const program = requireGit(first.repository, host);
  const folder = join(host.home.temporary, `git-${randomUUID()}`);
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  const tooLarge = new AbortController();
  const watch = setInterval(() => {
    void folderBytes(folder).then((bytes) => {
      if (bytes > limits.maxBytes) tooLarge.abort();
    });
  }, WATCH_MS);
  const git = {
    program,
    folder,
    signal: AbortSignal.any([timeout, tooLarge.signal, ...(signal === undefined ? [] : [signal])]),
  };
  const name = redactUrl(first.repository);
  try {
    await makeDirectory(folder, 0o700);
    const format = first.commit.length === 64 ? "sha256" : "sha1";
    await require(git, ["init", "--quiet", "--bare", "--template=", `--object-format=${format}`, folder], name);
    return await work(git);
  } catch (error) {
    if (signal?.aborted === true)
      throw new BasaltError("CANCELLED", `fetching ${name} was cancelled`, { cause: error });
    if (tooLarge.signal.aborted)
      throw new BasaltError("SIZE_LIMIT_EXCEEDED", `${name} is larger than ${limits.maxBytes} bytes`, { cause: error });
    if (timeout.aborted)
      throw new BasaltError("NETWORK_UNREACHABLE", `${name} takes more than ${limits.timeoutMs / 1000} seconds`, {
        cause: error,
      });
    throw error;
  } finally {
    clearInterval(watch);
    await removeTree(folder);
  }
}

/**
 * Checks that a reference leads to a commit: a tag wins over a branch of the same name, and an annotated tag is what it leads to.
 * Source: gitrevisions(7), "<refname>". @throws BasaltError `GIT_REFERENCE_MOVED`, `GIT_REFERENCE_UNKNOWN`, `NETWORK_UNREACHABLE`, `HTTP_STATUS`
 */
export async function requireReference(git: Git, { repository, commit }: GitCommit, reference: string): Promise<void> {
  const name = `${redactUrl(repository)}#${reference}`;
  const moved = (found: string): BasaltError =>
    new BasaltError("GIT_REFERENCE_MOVED", `${name} leads to the commit ${found}, and the definition pins ${commit}`);
  if (isCommitId(reference)) {
    if (reference !== commit) throw moved(reference);
    return;
  }
  const isFull = reference === "HEAD" || reference.startsWith("refs/");
  const wanted = isFull ? [reference] : [`refs/tags/${reference}`, `refs/heads/${reference}`];
  const patterns = wanted.flatMap((ref) => [ref, `${ref}^{}`]);
  const result = await runGit(git, ["ls-remote", "--", repository.href, ...patterns], protocolOf(repository));
  if (result.exitCode !== 0) throw gitError(repository, result);
  const refs = new Map(parseRemoteRefs(result.stdout).map((ref) => [ref.name, ref.commit]));
  const found = wanted.map((ref) => refs.get(ref)).find((id) => id !== undefined);
  if (found === commit) return;
  if (found !== undefined) throw moved(found);
  if (/^[0-9a-f]{7,}$/.test(reference) && commit.startsWith(reference)) return;
  throw new BasaltError("GIT_REFERENCE_UNKNOWN", `${name} is no tag and no branch`);
}

/**
 * Fetches a commit with its files, without its history where the server can leave that out.
 * @throws BasaltError `GIT_REFERENCE_UNKNOWN`, `GIT_CONTENT`, `NETWORK_UNREACHABLE`, `HTTP_STATUS`
 */
export async function fetchCommit(git: Git, { repository, commit }: GitCommit): Promise<void> {
  if (await hasCommit(git, commit)) return;
  const fetch = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"];
  const everything = ["+refs/heads/*:refs/basalt/heads/*", "+refs/tags/*:refs/basalt/tags/*"];
  const attempts = [
    { args: [...fetch, "--depth=1", "--", repository.href, commit], isFor: /^/ },
    // Servers of the simple kind know no depth.
    { args: [...fetch, "--", repository.href, commit], isFor: /shallow|unadvertised/ },
    // Old ones give only what has a name.
    { args: [...fetch, "--", repository.href, ...everything], isFor: /unadvertised/ },
  ];
  let said = "";
  for (const { args, isFor } of attempts) {
    if (!isFor.test(said)) continue;
    const result = await runGit(git, args, protocolOf(repository));
    if (result.exitCode === 0 && (await hasCommit(git, commit))) return;
    const failure = result.exitCode === 0 ? undefined : gitError(repository, result);
    if (failure !== undefined && failure.code !== "GIT_REFERENCE_UNKNOWN") throw failure;
    said = result.stderr;
  }
  throw new BasaltError(
    "GIT_REFERENCE_UNKNOWN",
    `${redactUrl(repository)} does not have the commit ${commit}: ${firstComplaint(said)}`,
  );
}

/** When a commit was made, in seconds since 1970. */
export async function commitTime(git: Git, commit: string): Promise<number> {
  const text = await require(git, ["cat-file", "commit", commit], commit);
  const head = text.slice(0, text.indexOf("\n\n") + 1);
  const seconds = Number(/^committer .*> ([0-9]{1,11}) [+-][0-9]{4}$/m.exec(head)?.[1] ?? 0);
  return Number.isSafeInteger(seconds) ? seconds : 0;
}

/** Where a tree's submodules are fetched from, by path; `blob` is its `.gitmodules`. Source: gitmodules(5). */
export async function readSubmodules(git: Git, blob: string): Promise<ReadonlyMap<string, string>> {
  const text = await require(git, ["config", "-z", "--no-includes", "--list", "--blob", blob], ".gitmodules");
  const modules = new Map<string, { path?: string; url?: string }>();
  for (const record of text.split("\0")) {
    const [, name, key, value] = /^submodule\.(.+)\.(path|url)\n(.*)$/s.exec(record) ?? [];
    if (name === undefined || value === undefined) continue;
    modules.set(name, { ...modules.get(name), [key === "path" ? "path" : "url"]: value });
  }
  return new Map(
    [...modules.values()].flatMap(({ path, url }) => (path === undefined || url === undefined ? [] : [[path, url]])),
  );
}

async function hasCommit(git: Git, commit: string): Promise<boolean> {
  const { exitCode, stdout } = await runGit(git, ["cat-file", "-t", commit]);
  return exitCode === 0 && stdout.trim() === "commit";
}

async function require(git: Git, args: readonly string[], name: string): Promise<string> {
  const result = await runGit(git, args);
  if (result.exitCode !== 0)
    throw new BasaltError("GIT_CONTENT", `${name} cannot be read: ${firstComplaint(result.stderr)}`);
  return result.stdout;
}

function protocolOf(url: URL): { readonly protocol: "http" | "https" } {
  return { protocol: url.protocol === "https:" ? "https" : "http" };
}

function gitError(url: URL, { stderr }: GitResult): BasaltError {
  const name = redactUrl(url);
  const why = firstComplaint(stderr.replaceAll(url.href, name));
  if (/unable to access|Could not resolve|timed out|early EOF|hung up|RPC failed/.test(stderr)) {
    if (/returned error: [34]/.test(stderr)) return new BasaltError("HTTP_STATUS", `${name} is not given out: ${why}`);
    return new BasaltError("NETWORK_UNREACHABLE", `${name} cannot be reached: ${why}`);
  }
  if (
    /could not read Username|Authentication failed|repository '[^']*' not found|not valid: is this a git/.test(stderr)
  )
    return new BasaltError("HTTP_STATUS", `${name} is no repository that may be read: ${why}`);
  if (/fsck error|^error: object [0-9a-f]+:|corrupt|bad object|inflate/m.test(stderr))
    return new BasaltError("GIT_CONTENT", `${name} sends what git refuses: ${why}`);
  return new BasaltError("GIT_REFERENCE_UNKNOWN", `${name} does not give the commit: ${why}`);
}
