// SPDX-License-Identifier: Apache-2.0
import type { RawTracker } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import { collect } from "../formats/bytes.js";
import { sha256Digest, type Digest } from "../formats/digest.js";
import { isTag, parseImageReference, parseRepositoryName } from "../formats/image-reference.js";
import { MANIFEST_ACCEPT } from "../formats/oci/media-types.js";
import { compareTagVersions, isBeforeRelease } from "../formats/version-order.js";
import { connectRegistry, toRegistryError, type RegistryClient } from "../registry/index.js";
import { cancellation, invalid, unreadable, type Finding, type FoundValue, type TrackContext } from "./finding.js";
import { matchNames, partOf } from "./matching.js";

const MAX_LIST_BYTES = 4 * 1024 * 1024; // of one page
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024; // what registries accept. Source: OCI distribution-spec, "Pushing Manifests"
const MAX_PAGES = 100;
const MAX_TRIED = 20; // tags that may be the same thing as another
const PAGE = 1_000; // tags
const NEXT_PAGE = /<([^>]+)>\s*;\s*rel="?next"?/;

type OciTracker = Extract<RawTracker, { readonly type: "oci_artifact" }>;

/** Tags of a repository of a registry, with their digests. */
export async function findOci(tracker: OciTracker, context: TrackContext): Promise<Finding> {
  const { name, once } = { name: tracker.name, once: context.once };
  const client = await once(`registry ${name}`, () => connect(name, context));
  const tags = await once(`tags ${name}`, () => listTags(client, context));
  const digest = (tag: string): Promise<Digest> =>
    once(`digest ${name}:${tag}`, () => fetchDigest(client, tag, context));
  const found = matchNames(tags, tracker.match).filter(({ part }) => !isBeforeRelease(part));
  return {
    source: `registry ${name}`,
    candidates: found
      .toSorted((a, b) => compareTagVersions(b.part, a.part) || compareTagVersions(b.text, a.text))
      .map(({ text: tag }) => ({ version: tag, values: () => valuesOf(tag, tracker, tags, digest) })),
    compare: compareTagVersions,
  };
}

async function valuesOf(
  tag: string,
  { name, set }: OciTracker,
  tags: readonly string[],
  digestOfTag: (tag: string) => Promise<Digest>,
): Promise<readonly FoundValue[]> {
  const values: FoundValue[] = [];
  for (const { var: variable, value, match, selection } of set) {
    const target = { variable, value, ...(match === undefined ? {} : { match }) };
    if (value === "tag") values.push({ variable, value: partOf(tag, target), kind: "version" });
    else {
      // Tags of a registry may move, so that their digests are no content of a version.
      const digest = await digestOfTag(tag);
      const full = value === "digest" || selection === "exact" ? tag : await longest(tag, digest, tags, digestOfTag);
      const text = value === "digest" ? digest : `${name}:${full}@${digest}`;
      values.push({ variable, value: partOf(text, target), kind: "text" });
    }
  }
  return values;
}

/** The longest tag that begins as `tag` does and names the same: `22.23.3` for `22`. */
async function longest(
  tag: string,
  digest: Digest,
  tags: readonly string[],
  digestOfTag: (tag: string) => Promise<Digest>,
): Promise<string> {
  const longer = tags
    .filter((other) => other.startsWith(tag) && /^[._+-]/.test(other.slice(tag.length)))
    .toSorted((a, b) => b.length - a.length || compareTagVersions(b, a))
    .slice(0, MAX_TRIED);
  for (const other of longer) if ((await digestOfTag(other)) === digest) return other;
  return tag;
}

/** A name without a host is one of Docker Hub. Source: distribution, reference/normalize.go. */
async function connect(name: string, { host }: TrackContext): Promise<RegistryClient> {
  const reference = parseImageReference(name);
  if (reference.tag !== undefined || reference.digest !== undefined)
    throw invalid(`oci_artifact: ${name} must name a repository, without tag and digest`);
  const { host: registry = "docker.io", repository } = reference;
  const path = registry === "docker.io" && !repository.includes("/") ? `library/${repository}` : repository;
  return connectRegistry({ host: registry, repository: parseRepositoryName(path), purpose: "pull" }, host);
}

/** Source: OCI distribution-spec, "Listing Tags". */
async function listTags(client: RegistryClient, context: TrackContext): Promise<readonly string[]> {
  const tags: string[] = [];
  const what = `the tags of ${client.name}`;
  let path: string | undefined = `tags/list?n=${PAGE}`;
  for (let pages = 0; path !== undefined; pages += 1) {
    if (pages === MAX_PAGES) throw new BasaltError("SIZE_LIMIT_EXCEEDED", `${what} have more than ${MAX_PAGES} pages`);
    const response = await client.send(path, cancellation(context));
    if (response.status !== 200) throw await toRegistryError(response, what, "REPOSITORY_UNKNOWN");
    const text = (await collect(response.body, { maxBytes: MAX_LIST_BYTES, name: what })).toString("utf8");
    tags.push(...tagsIn(text, what));
    path = NEXT_PAGE.exec(response.header("link") ?? "")?.[1];
  }
  return tags;
}

function tagsIn(text: string, what: string): readonly string[] {
  let answer: { readonly tags?: unknown } | null;
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch (cause) {
    throw unreadable(`${what} are not JSON`, cause);
  }
  const tags = answer?.tags ?? [];
  if (!Array.isArray(tags)) throw unreadable(`${what} are no list`);
  return tags.filter((tag): tag is string => typeof tag === "string" && isTag(tag));
}

/** Of the manifest's own bytes, whatever the registry says it is. */
async function fetchDigest(client: RegistryClient, tag: string, context: TrackContext): Promise<Digest> {
  const options = { headers: { accept: MANIFEST_ACCEPT }, ...cancellation(context) };
  const response = await client.send(`manifests/${tag}`, options);
  const what = `${client.name}:${tag}`;
  if (response.status !== 200) throw await toRegistryError(response, what);
  return sha256Digest(await collect(response.body, { maxBytes: MAX_MANIFEST_BYTES, name: what }));
}
