// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { isSafeOrigin } from "./http.js";

/** What `git+https://HOST/PATH#REF` names. */
export interface GitUrl {
  /** Without `git+` and fragment. */
  readonly repository: URL;
  /** A tag, a branch, a full name such as `refs/tags/v1`, or a commit; `HEAD` where the URL names none. */
  readonly reference: string;
}

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Whether a text is the full id of a commit: SHA-1 or SHA-256 in lower-case hex. */
export function isCommitId(text: string): boolean {
  return COMMIT.test(text);
}

/** @throws BasaltError `DEFINITION_INVALID` */
export function parseGitUrl(text: string): GitUrl {
  const url = text.startsWith("git+") && URL.canParse(text.slice(4)) ? new URL(text.slice(4)) : undefined;
  const invalid = (why: string, shown = text): BasaltError =>
    new BasaltError("DEFINITION_INVALID", `${why}: ${JSON.stringify(shown.slice(0, 300))}`);
  if (url === undefined) throw invalid("not a URL");
  if (!isSafeOrigin(url)) throw invalid("git is spoken over HTTPS only");
  // It would stand in locks and evidence, and does not stand in the message.
  if (url.username !== "" || url.password !== "") {
    [url.username, url.password] = ["", ""];
    throw invalid("a user name or password in a URL", `git+${url.href}`);
  }
  const reference = unescaped(url.hash.slice(1)) || "HEAD";
  if (!isReference(reference)) throw invalid("not a tag, branch or commit of git after #");
  url.hash = "";
  return { repository: url, reference };
}

/** Whether git takes a text as the name of a reference. Source: git-check-ref-format(1), rules 1 to 10. */
export function isReference(text: string): boolean {
  return (
    text.length <= 250 &&
    // oxlint-disable-next-line no-control-regex -- rule 4 names control characters
    /^[^\u0000-\u0020\u007f~^:?*[\\]+$/.test(text) &&
    !/\.\.|@\{|\/\/|\/\.|^[-/.]|[/.]$|\.lock(?:\/|$)|^@$/.test(text)
  );
}

/**
 * Where a submodule is fetched from; relative ones begin at the repository that has them.
 * Source: git-submodule(1), "add". @throws BasaltError `GIT_CONTENT` for what is not HTTPS
 */
export function submoduleUrl(text: string, parent: URL): URL {
  const isRelative = /^\.\.?\//.test(text);
  const base = parent.href.endsWith("/") ? parent.href : `${parent.href}/`;
  const isUrl = isRelative ? URL.canParse(text, base) : /^https?:\/\//.test(text) && URL.canParse(text);
  const url = isUrl ? new URL(text, base) : undefined;
  if (url === undefined || !isSafeOrigin(url) || url.username !== "" || url.password !== "")
    throw new BasaltError(
      "GIT_CONTENT",
      `${parent.href} has a submodule at ${JSON.stringify(text.slice(0, 300))}, and git is spoken over HTTPS only`,
    );
  // A submodule of a repository of this machine may be on this machine, and no other's.
  if (url.protocol !== "https:" && parent.protocol === "https:")
    throw new BasaltError("GIT_CONTENT", `${parent.href} has a submodule at ${url.href}, on this machine`);
  return url;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
