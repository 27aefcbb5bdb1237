// SPDX-License-Identifier: Apache-2.0
import type { RawTracker } from "../definition/index.js";
import { compareTagVersions, isBeforeRelease } from "../formats/version-order.js";
import { listRemoteRefs, type RemoteRef } from "../host/git.js";
import { isSafeOrigin, redactUrl } from "../host/http.js";
import { BasaltError } from "../errors.js";
import { invalid, type Finding, type FoundValue, type TrackContext } from "./finding.js";
import { matchNames, partOf, targetsOf, textsOf } from "./matching.js";

const TAGS = "refs/tags/";
const BRANCHES = "refs/heads/";
const WORD = /^[A-Za-z0-9_.-]+$/;
/** Source: git-check-ref-format(1), what of it branches are called in practice. */
const BRANCH = /^[A-Za-z0-9_][A-Za-z0-9_./-]*$/;
const KINDS = { tag: "version", name: "version", commit: "content" } as const;

type TagTracker = Extract<RawTracker, { readonly type: "github_release" | "github_tag" | "git_tag" }>;

/** Tags of a git repository that name releases. Every tag counts as a release: git knows no other kind. */
export async function findGitTags(tracker: TagTracker, context: TrackContext): Promise<Finding> {
  const url = tracker.type === "git_tag" ? urlOf(tracker.url) : githubUrl(tracker);
  const refs = await askOnce(url, `${TAGS}*`, context);
  const commits = new Map(
    refs.flatMap(({ name, commit }) => (name.startsWith(TAGS) ? [[name.slice(TAGS.length), commit]] : [])),
  );
  const tags = [...commits.keys()].filter((tag) => /[0-9]/.test(tag) && !isBeforeRelease(tag));
  const found = matchNames(tags, tracker.match).filter(({ part }) => !isBeforeRelease(part));
  const targets = targetsOf(tracker.set, "name");
  return {
    source: `git ${redactUrl(url)}`,
    candidates: found
      .toSorted((a, b) => compareTagVersions(b.part, a.part) || compareTagVersions(b.text, a.text))
      .map(({ text: tag, part: name }) => ({
        version: tag,
        values: async () => {
          const values = { tag, name, commit: commits.get(tag) ?? "" };
          return targets.map((target): FoundValue => {
            const kind = KINDS[target.value];
            return { variable: target.variable, value: partOf(values[target.value], target), kind };
          });
        },
      })),
    compare: compareTagVersions,
  };
}

/** The newest commit of a branch on GitHub. @throws BasaltError `TRACK_NOTHING` */
export async function findGithubBranch(
  tracker: Extract<RawTracker, { readonly type: "github_repository" }>,
  context: TrackContext,
): Promise<Finding> {
  const { branch } = tracker;
  if (branch !== undefined && !BRANCH.test(branch))
    throw invalid(`not the name of a branch: ${JSON.stringify(branch)}`);
  const targets = textsOf(tracker);
  const other = targets.find(([, value]) => value !== "commit");
  if (other !== undefined) throw invalid(`github_repository: ${other[0]} can be set to commit, not to ${other[1]}`);
  const url = githubUrl(tracker);
  const wanted = branch === undefined ? "HEAD" : `${BRANCHES}${branch}`;
  const commit = (await askOnce(url, wanted, context)).find(({ name }) => name === wanted)?.commit;
  if (commit === undefined)
    throw new BasaltError("TRACK_NOTHING", `${redactUrl(url)} has no branch ${branch ?? "HEAD"}`);
  const values = targets.map(([variable]): FoundValue => ({ variable, value: commit, kind: "text" }));
  return {
    source: `git ${redactUrl(url)} ${branch ?? "HEAD"}`,
    candidates: [{ version: commit, values: async () => values }],
    compare: () => 0,
  };
}

function askOnce(url: URL, pattern: string, { host, signal, once }: TrackContext): Promise<readonly RemoteRef[]> {
  return once(`git ${url.href} ${pattern}`, () => listRemoteRefs(url, [pattern], host, signal));
}

function githubUrl({ owner, repo }: { readonly owner: string; readonly repo: string }): URL {
  if (!WORD.test(owner) || !WORD.test(repo) || repo.startsWith(".") || owner.startsWith("."))
    throw invalid(`not a repository of GitHub: ${JSON.stringify(`${owner}/${repo}`)}`);
  return new URL(`https://github.com/${owner}/${repo}.git`);
}

function urlOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !isSafeOrigin(url))
    throw invalid(`not the https URL of a repository: ${JSON.stringify(text)}`);
  return url;
}
