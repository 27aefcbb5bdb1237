// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { parseIntegrity } from "../formats/integrity.js";
import { isCommitId, parseGitUrl } from "../host/git-url.js";
import { isSafeOrigin } from "../host/http.js";
import type { YamlPath } from "./located-yaml.js";
import type { Definition, FilePin, SignaturePin } from "./model.js";
import type { RawFile } from "./raw.js";
import type { Report } from "./report.js";

const UNPINNED_HINT = "add checksum: sha256:…, or sha512-… as npm writes it";
const UNPINNED_GIT_HINT = "add checksum: with the commit that the reference must lead to";

/** Whether something says what a download must be. */
export function isPinned({ url, checksum }: RawFile): boolean {
  return checksum !== undefined || (isGit(url) && isCommitId(url.slice(url.indexOf("#") + 1)));
}

/** Whether a key is a file of the catalogue. */
export function isCataloguePath(key: string): boolean {
  return !/^[a-z+]+:/.test(key);
}

/**
 * What pins a download that stands at `at` and whose URL is sound; `isVerified` says that a step will look at its signature. Reports `DEFINITION_UNPINNED`, `DEFINITION_CHECKSUM`,
 * `DEFINITION_SIGNATURE`, and `DEFINITION_SOURCE` for keys that the catalogue does not have.
 */
export function pinOf(
  file: RawFile,
  at: YamlPath,
  context: { readonly report: Report; readonly sources: Definition["sources"]; readonly isVerified: boolean },
): FilePin | undefined {
  const { url, checksum } = file;
  const { report, sources } = context;
  if (!isPinned(file)) {
    if (context.isVerified) return { kind: "step" };
    const hint = isGit(url) ? UNPINNED_GIT_HINT : UNPINNED_HINT;
    report(at, "DEFINITION_UNPINNED", "the download has no checksum", { severity: "warning", hint });
    return undefined;
  }
  if (file["signed-by"] !== undefined || file.keys !== undefined) {
    const signature = signatureOf(file, at, report, sources);
    return signature === undefined ? undefined : { kind: "signature", ...signature };
  }
  const pin = isGit(url) ? commitPin(url, checksum) : checksumPin(checksum ?? "", url);
  if (typeof pin !== "string") return pin;
  report([...at, "checksum"], "DEFINITION_CHECKSUM", pin);
  return undefined;
}

function isGit(url: string): boolean {
  return url.startsWith("git+");
}

/** The pin, or what is wrong. */
function commitPin(url: string, checksum: string | undefined): FilePin | string {
  const { repository, reference } = parseGitUrl(url);
  const commit = checksum ?? reference;
  if (!isCommitId(commit)) return `not a commit: ${JSON.stringify(commit)}`;
  return { kind: "commit", repository: repository.href, reference, commit };
}

function checksumPin(checksum: string, url: string): FilePin | string {
  if (!/^https?:\/\//.test(checksum)) {
    try {
      return { kind: "integrity", integrity: parseIntegrity(checksum) };
    } catch (error) {
      if (!(error instanceof BasaltError)) throw error;
      return error.message;
    }
  }
  const problem = problemOfAddress(checksum);
  if (problem !== undefined) return problem;
  if (url.startsWith("npm:")) return "the checksum of an npm package is written here, not found by an address";
  // A clear-signed file of checksums may end in .asc, too; a signature of the download alone has its name.
  const isSignature = /\.(?:sig|sign)$/.test(checksum) || checksum === `${url}.asc`;
  return isSignature
    ? "a signature says something with keys only: name them with signed-by and keys"
    : { kind: "checksum-file", url: checksum };
}

function signatureOf(
  file: RawFile,
  at: YamlPath,
  report: Report,
  sources: Definition["sources"],
): SignaturePin | undefined {
  const { checksum = "", url, keys: places = [], "signed-by": fingerprints = [] } = file;
  const refuse = (key: string | number, why: string): undefined =>
    void report([...at, ...(typeof key === "number" ? ["keys", key] : [key])], "DEFINITION_SIGNATURE", why);
  if (!/^https?:\/\//.test(url) || problemOfAddress(url) !== undefined)
    return refuse("url", "only downloads by https: can be signed");
  if (!/^https?:\/\//.test(checksum))
    return refuse(
      "checksum",
      "with signed-by it is the address of a signature, or of a clear-signed file of checksums",
    );
  const problem = problemOfAddress(checksum);
  if (problem !== undefined) return refuse("checksum", problem);
  if (places.length === 0) return refuse("signed-by", "keys must say where the keys are");
  if (fingerprints.length === 0) return refuse("keys", "signed-by must say whose they are: fingerprints");
  const keys: SignaturePin["keys"][number][] = [];
  for (const [index, place] of places.entries()) {
    if (!isCataloguePath(place)) {
      const wrong = problemOfAddress(place);
      if (wrong !== undefined) return refuse(index, wrong);
      keys.push({ url: place });
      continue;
    }
    const [key] = sources.get(place) ?? [];
    if (key?.path !== "") {
      report([...at, "keys", index], "DEFINITION_SOURCE", `there is no file ${JSON.stringify(place)} in the catalogue`);
      return undefined;
    }
    keys.push({ path: place, text: key.text });
  }
  return { url: checksum, keys, fingerprints: fingerprints.map((text) => text.toUpperCase()) };
}

/** What others could change on the way says nothing. */
function problemOfAddress(text: string): string | undefined {
  if (!URL.canParse(text)) return `not a URL: ${JSON.stringify(text)}`;
  return isSafeOrigin(new URL(text)) ? undefined : `${JSON.stringify(text)} is not HTTPS`;
}
