// SPDX-License-Identifier: Apache-2.0
import type { YamlPath } from "../located-yaml.js";
import type { RawDefinition } from "../raw.js";
import type { Report } from "../report.js";
import type { CheckContext } from "./check.js";

/** Source: Debian Policy, section 5.6.7; Alpine's names have capitals and underscores as well. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9+._-]*$/;
const DEBIAN_NAME = /^[a-z0-9][a-z0-9+.-]*$/;
/** Source: Debian Policy, section 5.6.12; apk-package(5). Both begin with a digit, and neither has patterns. */
const VERSION = /^[0-9][A-Za-z0-9.+~:_-]*$/;
const APT_LINE = /^deb(?:-src)?\s+(?:\[[^\]]*\]\s+)?https?:\/\/\S+\s+(?:\S*\/|\S+(?:\s+\S+)+)$/;
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
    checkRepositories(contents, at, isAlpine, report);
  }
}

function checkRequests(packages: readonly string[], at: YamlPath, isAlpine: boolean, report: Report): void {
  const seen = new Set<string>();
  const pins = new Map<string, string>();
  for (const [index, entry] of packages.entries()) {
    const place = [...at, index];
    const isMask = entry.startsWith("!");
    const [, name = "", version] = /^!?([^=]*)(?:=(.*))?$/.exec(entry) ?? [];
    if (!(isAlpine ? NAME : DEBIAN_NAME).test(name))
      report(place, "PACKAGE_NAME", `not a package name: ${JSON.stringify(name)}`, {
        hint: "name, name=version, or !name for a package that must not come in",
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

function checkRepositories(contents: Contents, at: YamlPath, isAlpine: boolean, report: Report): void {
  const { repositories = [], keyring = [] } = contents;
  for (const [index, line] of repositories.entries()) {
    if (!(isAlpine ? APK_LINE : APT_LINE).test(line) && !line.includes("${"))
      report([...at, "repositories", index], "DEFINITION_REPOSITORY", `not a repository: ${JSON.stringify(line)}`, {
        hint: isAlpine ? "https://HOST/PATH" : "deb [signed-by=/PATH] https://HOST/PATH SUITE COMPONENT",
      });
  }
  for (const [index, url] of keyring.entries()) {
    if (!/^https?:\/\/\S+$/.test(url) && !url.includes("${"))
      report([...at, "keyring", index], "DEFINITION_REPOSITORY", `not the address of a key: ${JSON.stringify(url)}`, {
        hint: "https://HOST/PATH",
      });
  }
}
