// SPDX-License-Identifier: Apache-2.0
import type { YamlPath } from "../located-yaml.js";
import type { CheckContext } from "./check.js";

/** Source: Debian Policy, section 5.6.7; Alpine's names have capitals and underscores as well. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9+._-]*$/;
const APT_LINE = /^deb(?:-src)?\s+(?:\[[^\]]*\]\s+)?\S+\s+\S+(?:\s+\S+)*$/;

/** Names of packages, and repositories that no package manager could read. */
export function checkPackages({ raw, report }: CheckContext): void {
  const stages = (raw.contents.builds ?? []).map(
    (stage, index) => [["contents", "builds", index, "contents"], stage.contents ?? {}] as const,
  );
  const places: readonly (readonly [YamlPath, Pick<typeof raw.contents, "packages" | "repositories">])[] = [
    [["contents"], raw.contents],
    ...stages,
  ];
  for (const [at, { packages = [], repositories = [] }] of places) {
    for (const [index, entry] of packages.entries()) {
      const name = entry.replace(/^!/, "").replace(/=.*$/, "");
      if (!NAME.test(name))
        report([...at, "packages", index], "PACKAGE_NAME", `not a package name: ${JSON.stringify(name)}`);
      if (packages.indexOf(entry) < index)
        report([...at, "packages", index], "PACKAGE_TWICE", `${entry} stands twice`, { severity: "warning" });
    }
    for (const [index, line] of repositories.entries()) {
      const isFine =
        raw["os-release"].id === "alpine" ? /^(?:@\S+\s+)?https?:\/\/\S+$/.test(line) : APT_LINE.test(line);
      if (!isFine)
        report([...at, "repositories", index], "DEFINITION_REPOSITORY", `not a repository: ${JSON.stringify(line)}`, {
          hint:
            raw["os-release"].id === "alpine"
              ? "https://HOST/PATH"
              : "deb [signed-by=/PATH] https://HOST/PATH SUITE COMPONENT",
        });
    }
  }
}
