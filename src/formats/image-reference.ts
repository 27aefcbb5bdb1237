// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { isDigest, type Digest } from "./digest.js";

/** Repository path without a host: lower-case components joined by `/`. Source: OCI distribution-spec, "Pulling manifests". */
export type RepositoryName = string & { readonly __brand: "RepositoryName" };

/** Tag: up to 128 of `[A-Za-z0-9_.-]`, not starting with `.` or `-`. Source: as above. */
export type Tag = string & { readonly __brand: "Tag" };

export interface ImageReference {
  /** `host[:port]`, absent for a name in Basalt's own store. */
  readonly host?: string;
  readonly repository: RepositoryName;
  readonly tag?: Tag;
  readonly digest?: Digest;
}

const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;
const MAX_REPOSITORY_LENGTH = 255; // distribution's limit for host and path together (reference/reference.go, NameTotalLengthMax)

export function isRepositoryName(text: string): text is RepositoryName {
  return text.length <= MAX_REPOSITORY_LENGTH && REPOSITORY.test(text);
}

export function isTag(text: string): text is Tag {
  return TAG.test(text);
}

/** @throws BasaltError `REFERENCE_INVALID` */
export function parseRepositoryName(text: string): RepositoryName {
  if (!isRepositoryName(text)) throw invalid(text, "a repository name is lower-case words joined by . _ - and /");
  return text;
}

/** @throws BasaltError `REFERENCE_INVALID` */
export function parseTag(text: string): Tag {
  if (!isTag(text)) throw invalid(text, "a tag is at most 128 letters, digits, dots, dashes and underscores");
  return text;
}

/**
 * Parses `[host[:port]/]repository[:tag][@digest]`. The first component is a host when it has a dot or a port or is
 * `localhost`, as in Docker. @throws BasaltError `REFERENCE_INVALID`
 */
export function parseImageReference(text: string): ImageReference {
  const at = text.indexOf("@");
  const digestText = at === -1 ? undefined : text.slice(at + 1);
  if (digestText !== undefined && !isDigest(digestText)) throw invalid(text, "the part after @ is not a digest");
  const name = at === -1 ? text : text.slice(0, at);
  const slash = name.indexOf("/");
  const first = slash === -1 ? "" : name.slice(0, slash);
  const hasHost = first !== "" && (first.includes(".") || first.includes(":") || first === "localhost");
  if (hasHost && !(HOST.test(first) && URL.canParse(`https://${first}/`)))
    throw invalid(text, `${JSON.stringify(first)} is not a host name`);
  const rest = hasHost ? name.slice(slash + 1) : name;
  const colon = rest.lastIndexOf(":");
  const tagText = colon === -1 ? undefined : rest.slice(colon + 1);
  const repository = colon === -1 ? rest : rest.slice(0, colon);
  if (!isRepositoryName(repository)) throw invalid(text, `${JSON.stringify(repository)} is not a repository name`);
  if (tagText !== undefined && !isTag(tagText)) throw invalid(text, `${JSON.stringify(tagText)} is not a tag`);
  return {
    ...(hasHost ? { host: first } : {}),
    repository,
    ...(tagText === undefined ? {} : { tag: tagText }),
    ...(digestText === undefined ? {} : { digest: digestText }),
  };
}

/** `repository[:tag][@digest]` with the host in front, if there is one. */
export function formatImageReference(reference: ImageReference): string {
  const host = reference.host === undefined ? "" : `${reference.host}/`;
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${host}${reference.repository}${tag}${digest}`;
}

/** What a registry calls the manifest: the digest when there is one, else the tag, else `latest`. */
export function manifestNameOf(reference: ImageReference): Digest | Tag {
  return reference.digest ?? reference.tag ?? ("latest" as Tag);
}

function invalid(text: string, why: string): BasaltError {
  return new BasaltError("REFERENCE_INVALID", `not an image reference: ${JSON.stringify(text)}: ${why}`);
}
