// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { isDebianRepository, parseAptSource } from "../../formats/debian/apt-source.js";
import { parseKeyAddress } from "../../formats/debian/repository-keys.js";
import type { YamlPath } from "../located-yaml.js";
import type { RawDefinition } from "../raw.js";
import type { Report } from "../report.js";
import type { CheckContext } from "./check.js";

/** Source: Debian Policy, section 5.6.7; Alpine's names have capitals and underscores as well. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9+._-]*$/;
const DEBIAN_NAME = /^[a-z0-9][a-z0-9+.-]*$/;
/** Source: Debian Policy, section 5.6.12; apk-package(5). Both begin with a digit, and neither has patterns. */
const VERSION = /^[0-9][A-Za-z0-9.+~:_-]*$/;
/** As contents.repositories names them. */
const SUITE = /^[A-Za-z0-9][A-Za-z0-9+._~-]*$/;
/** Source: apk-world(5). */
const TAG = /@([^\s@]+)$/;
const APK_LINE = /^(?:@\S+\s+)?https?:\/\/\S+$/;

type Contents = Pick<RawDefinition["contents"], "packages" | "repositories" | "keyring">;

/** Names of packages, and repositories that no package manager could read. */
export function checkPackages({ raw, report }: CheckContext): void {
  const stages = (raw.contents.builds ?? []).map(
    (stage, index) => [["contents", "builds", index, "contents"], stage.contents ?? {}] as const,
  );
  const places: readonly (readonly [YamlPath, Contents])[] = [[["contents"], raw.contents], ...stages];
  const isAlpine = raw["os-release"].id === "alpine";
  for (const [at, contents] of places) {
    checkRequests(contents.packages ?? [], [...at, "packages"], isAlpine, report);
    if (isAlpine) checkTags(contents, [...at, "packages"], report);
    checkRepositories(contents, at, isAlpine, report);
  }
}

function checkRequests(packages: readonly string[], at: YamlPath, isAlpine: boolean, report: Report): void {
  const seen = new Set<string>();
  const pins = new Map<string, string>();
  for (const [index, entry] of packages.entries()) {
    const place = [...at, index];
    const isMask = entry.startsWith("!");
    const untagged = isAlpine && !isMask ? entry.replace(TAG, "") : entry;
    const [, name = "", suite, version] = /^!?([^=/]*)(?:\/([^=]*))?(?:=(.*))?$/.exec(untagged) ?? [];
    if (suite !== undefined && (isAlpine || isMask || version !== undefined || !SUITE.test(suite)))
      report(place, "PACKAGE_NAME", `not a package of a suite: ${JSON.stringify(entry)}`, {
        hint: "name/suite, on Debian, for a package that is not pinned",
      });
    if (!(isAlpine ? NAME : DEBIAN_NAME).test(name))
      report(place, "PACKAGE_NAME", `not a package name: ${JSON.stringify(name)}`, {
        hint: "name, name=version, name/suite, or !name for a package that must not come in",
      });
    if (seen.has(entry)) report(place, "PACKAGE_TWICE", `${entry} stands twice`, { severity: "warning" });
    seen.add(entry);
    if (version === undefined || version.includes("${")) continue;
    const other = pins.get(name);
    pins.set(name, version);
    if (isMask) report(place, "PACKAGE_PIN", `a mask has no version: ${entry}`, { hint: `!${name}` });
    else if (!VERSION.test(version))
      report(place, "PACKAGE_PIN", `not a version: ${JSON.stringify(version)}`, {
        hint: "pins name one version exactly, as the repository writes it",
      });
    else if (other !== undefined && other !== version)
      report(place, "PACKAGE_PIN", `${name} is pinned to ${other} as well as to ${version}`, { hint: "one of them" });
  }
}

/** A tag that no repository has would leave nothing to take the package from. */
function checkTags({ packages = [], repositories = [] }: Contents, at: YamlPath, report: Report): void {
  const tags = new Set(repositories.flatMap((line) => /^@(\S+)\s/.exec(line)?.[1] ?? []));
  for (const [index, entry] of packages.entries()) {
    const tag = TAG.exec(entry)?.[1];
    if (tag !== undefined && !tags.has(tag))
      report([...at, index], "PACKAGE_NAME", `no repository has the tag @${tag}`, {
        hint: `"@${tag} https://HOST/PATH" under contents.repositories`,
      });
  }
}

function checkRepositories(contents: Contents, at: YamlPath, isAlpine: boolean, report: Report): void {
  const { repositories = [], keyring = [] } = contents;
  for (const [index, line] of repositories.entries()) {
    if (line.includes("${")) continue;
    const hint = isAlpine
      ? "https://HOST/PATH, or @TAG https://HOST/PATH"
      : "deb [signed-by=/PATH] https://HOST/PATH SUITE COMPONENT";
    const problem = isAlpine ? apkProblem(line) : problemOf(() => parseAptSource(line));
    if (problem !== undefined)
      report([...at, "repositories", index], "DEFINITION_REPOSITORY", `not a repository: ${problem}`, { hint });
  }
  for (const [index, url] of keyring.entries()) {
    if (url.includes("${")) continue;
    const problem = isAlpine ? urlProblem(url) : problemOf(() => parseKeyAddress(url));
    if (problem !== undefined)
      report([...at, "keyring", index], "DEFINITION_REPOSITORY", `not the address of a key: ${problem}`, {
        hint: isAlpine ? "https://HOST/PATH" : "https://HOST/PATH, or https://HOST/PATH#FINGERPRINT",
      });
  }
  if (isAlpine) return;
  const foreign = repositories.filter((line) => problemOf(() => parseAptSource(line)) === undefined && !isOwn(line));
  if (keyring.length > foreign.length && contents.repositories !== undefined)
    report([...at, "keyring", foreign.length], "DEFINITION_REPOSITORY", "no repository is left for this key", {
      hint: "the n-th key belongs to the n-th repository that is not Debian's own",
    });
}

function isOwn(line: string): boolean {
  return isDebianRepository(parseAptSource(line).url);
}

function apkProblem(line: string): string | undefined {
  return APK_LINE.test(line) ? undefined : JSON.stringify(line);
}

function urlProblem(url: string): string | undefined {
  return /^https?:\/\/\S+$/.test(url) ? undefined : JSON.stringify(url);
}

function problemOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof BasaltError) return error.message;
    throw error;
  }
}
