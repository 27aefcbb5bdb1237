// SPDX-License-Identifier: Apache-2.0
import type { AffectedPackage, Finding } from "./finding.js";

/** Packages of the kernel's source that hold headers only, never code that runs. */
const KERNEL_HEADERS = /^linux-(?:libc-dev|headers)(?:$|-)/;

/**
 * Findings that do not count whatever their advisory says. The one rule so far: a container runs on its host's kernel, so the
 * kernel's vulnerabilities are not those of an image that only has kernel headers (docs/decisions/0009).
 */
export function suppressionOf(affected: AffectedPackage): Finding["suppression"] {
  const isHeadersOnly =
    affected.name === "linux" && affected.binaries.every((binary) => KERNEL_HEADERS.test(binary.name));
  if (!isHeadersOnly) return undefined;
  return {
    by: "rule kernel-headers",
    reason: "the image has kernel headers only; a container runs on its host's kernel",
  };
}
