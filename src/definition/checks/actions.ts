// SPDX-License-Identifier: Apache-2.0

/** Inputs that an action cannot do without; of each list, one. Source: the public catalogue's schema and the 979 definitions that use actions. */
const ACTIONS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "abuild/apk@v1": [],
  "abuild/build@v1": [],
  "abuild/bump@v1": [],
  "abuild/disable@v1": [],
  "abuild/setup@v1": [],
  "abuild/source@v1": [],
  "abuild/upload@v1": [],
  "cosign/verify-blob@v1": [],
  "deb/build@v1": [],
  "deb/install@v1": [],
  "dhi/build-pkg:0": [],
  "dpkg/build@v1": [],
  "dpkg/bump@v1": [],
  "dpkg/extract@v1": [],
  "dpkg/patch@v1": [],
  "dpkg/source@v1": [],
  "dpkg/upload@v1": [],
  "git/checkout@v1": [["expected-commit"]],
  "git/patch@v1": [["patch", "patches"]],
  "go/build@v1": [["packages", "output"]],
  "go/bump@v1": [["deps", "replaces", "upgrade", "tidy", "download"]],
  "go/bump@v2": [["deps", "replaces", "downgrade", "tidy", "download"]],
  "go/hermetic@v1": [],
  "gpg/verify@v1": [["file"], ["signature"]],
  "gradle/mirror@v1": [],
  "helm/annotations@v1": [],
  "helm/cmd@v1": [],
  "helm/login@v1": [],
  "helm/logout@v1": [],
  "helm/package@v1": [],
  "helm/rudder@v1": [],
  "mvn/mirror@v1": [],
  "mvn/patch@v1": [["dependencies", "properties", "downgrade"]],
  "npm/bump@v1": [["bumps"]],
  "npm/patch@v1": [],
  "patch@v1": [["patch", "patches"]],
  "sbom@v1": [],
  "spdx@v1": [["name"]],
  "strip@v1": [],
  "yarn/bump@v1": [["bumps"]],
  "yarn/bump@v2": [["bumps"]],
  "yarn/patch@v1": [],
  "yq/patch@v1": [],
};

/** What `with` must have for an action; undefined where there is no such action. */
export function requiredInputs(action: string): readonly (readonly string[])[] | undefined {
  return Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
}
