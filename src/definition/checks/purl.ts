// SPDX-License-Identifier: Apache-2.0
import type { YamlPath } from "../located-yaml.js";
import type { Report } from "../report.js";

/** Source: the package URL specification. */
const PURL = /^pkg:[a-z][a-z0-9.-]*\/\S+$/;

/** A package URL that an SBOM could not hold. */
export function checkPurl(purl: string | undefined, at: YamlPath, report: Report): void {
  if (purl !== undefined && !PURL.test(purl))
    report(at, "DEFINITION_PURL", `not a package URL: ${JSON.stringify(purl)}`, {
      hint: "pkg:TYPE/NAMESPACE/NAME@VERSION",
    });
}
