// SPDX-License-Identifier: Apache-2.0
import type { ForeignAction } from "./action.js";

const PACKAGES: ForeignAction = { why: "is for definitions of packages, which Basalt does not build" };
const CHARTS: ForeignAction = { why: "is for definitions of charts, which Basalt does not build" };
const UNUSED: ForeignAction = { why: "is not used by any definition of the public catalogue, and not built" };

/** Actions that belong to the language and not to images. Source: the public catalogue's schema. */
export const FOREIGN_ACTIONS: Readonly<Record<string, ForeignAction>> = {
  "abuild/apk@v1": PACKAGES,
  "abuild/build@v1": PACKAGES,
  "abuild/bump@v1": PACKAGES,
  "abuild/disable@v1": PACKAGES,
  "abuild/setup@v1": PACKAGES,
  "abuild/source@v1": PACKAGES,
  "abuild/upload@v1": PACKAGES,
  "cosign/verify-blob@v1": PACKAGES,
  "deb/build@v1": PACKAGES,
  "deb/install@v1": PACKAGES,
  "dhi/build-pkg:0": PACKAGES,
  "dpkg/build@v1": PACKAGES,
  "dpkg/bump@v1": PACKAGES,
  "dpkg/extract@v1": PACKAGES,
  "dpkg/patch@v1": PACKAGES,
  "dpkg/source@v1": PACKAGES,
  "dpkg/upload@v1": PACKAGES,
  "helm/annotations@v1": CHARTS,
  "helm/cmd@v1": CHARTS,
  "helm/login@v1": CHARTS,
  "helm/logout@v1": CHARTS,
  "helm/package@v1": CHARTS,
  "helm/rudder@v1": CHARTS,
  "npm/patch@v1": UNUSED,
  "yarn/patch@v1": UNUSED,
  "yq/patch@v1": CHARTS,
};
