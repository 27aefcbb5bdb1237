// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import type { Host } from "./host.js";
import { isSafeOrigin, OFFLINE_CLIENT, redactUrl } from "./http.js";
import { findProgram, runProgram } from "./programs.js";

/** A branch or tag of a repository that is not here. */
export interface RemoteRef {
  /** `HEAD`, `refs/tags/v1`. */
  readonly name: string;
  /** In hex, of what an annotated tag leads to. */
  readonly commit: string;
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024; // the Linux kernel's mirrors print 1 MiB
const TIMEOUT_MS = 60_000; // chosen, not measured
const LINE = /^([0-9a-f]{40}|[0-9a-f]{64})\t(HEAD|refs\/[^\s^]+)(\^\{\})?$/;

/**
 * The references of a repository that match `patterns`, by `git ls-remote`. Source: git-ls-remote(1). Git asks nobody for a
 * password, and speaks HTTPS only, with this machine also HTTP.
 * @throws BasaltError `GIT_UNAVAILABLE`, `NETWORK_UNREACHABLE`, `NETWORK_OFFLINE`, `HTTP_STATUS`, `CANCELLED`, `SIZE_LIMIT_EXCEEDED`
 */
export async function listRemoteRefs(
  url: URL,
  patterns: readonly string[],
  host: Host,
  signal?: AbortSignal,
): Promise<readonly RemoteRef[]> {
  const name = redactUrl(url);
  if (!isSafeOrigin(url)) throw new BasaltError("HTTP_STATUS", `${name} is not HTTPS`);
  if (host.http === OFFLINE_CLIENT)
    throw new BasaltError("NETWORK_OFFLINE", `${name} would be needed, and the network is switched off`);
  const git = findProgram("git", host.env);
  if (git === undefined) throw new BasaltError("GIT_UNAVAILABLE", `${name} cannot be asked: no git on the PATH`);
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const stop = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  // The double dash keeps an address from being an option.
  const result = await runProgram(git, ["ls-remote", "--", url.href, ...patterns], {
    env: {
      GIT_ALLOW_PROTOCOL: url.protocol === "https:" ? "https" : "http",
      GIT_TERMINAL_PROMPT: "0",
      GIT_ASKPASS: "",
      SSH_ASKPASS: "",
      LC_ALL: "C",
    },
    maxOutputBytes: MAX_OUTPUT_BYTES,
    signal: stop,
  }).catch((cause: unknown) => {
    if (signal?.aborted === true) throw new BasaltError("CANCELLED", `asking ${name} was cancelled`, { cause });
    if (timeout.aborted) throw new BasaltError("NETWORK_UNREACHABLE", `${name} does not answer`, { cause });
    throw cause;
  });
  if (result.exitCode !== 0) throw gitError(name, url, result.stderr);
  return parseRemoteRefs(result.stdout);
}

/** What `git ls-remote` prints; lines that are no references are passed over. */
export function parseRemoteRefs(text: string): readonly RemoteRef[] {
  const commits = new Map<string, string>();
  for (const line of text.split("\n")) {
    // `^{}` stands behind the tag itself, with the commit that it leads to.
    const [, commit, name] = LINE.exec(line) ?? [];
    if (commit !== undefined && name !== undefined) commits.set(name, commit);
  }
  return [...commits].map(([name, commit]) => ({ name, commit }));
}

function gitError(name: string, url: URL, stderr: string): BasaltError {
  const said =
    stderr
      .replaceAll(url.href, name)
      .split("\n")
      .find((line) => /^(?:fatal|error):/.test(line)) ?? "";
  const why = said.replace(/^(?:fatal|error): (?:unable to access '[^']*': )?/, "").slice(0, 300);
  if (/not found|could not read Username|Authentication failed|returned error: [34]/.test(stderr))
    return new BasaltError("HTTP_STATUS", `${name} is no repository that may be read: ${why}`);
  return new BasaltError("NETWORK_UNREACHABLE", `${name} cannot be reached: ${why || "git failed"}`);
}
