// SPDX-License-Identifier: Apache-2.0
import type { ImageScan } from "../scan/index.js";

/** The ordinary image that a hardened one of ours replaces, as the store names it: `reference/node:22` for `node:22`. */
export function referenceOf(scan: Pick<ImageScan, "config">): string | undefined {
  const labels = scan.config.config?.Labels ?? {};
  const name = labels["io.basalt.name"];
  const version = /^[0-9]+(?=[.-]|$)/.exec(labels["org.opencontainers.image.version"] ?? "")?.[0];
  if (name === undefined || version === undefined || name.startsWith("reference/")) return undefined;
  return `reference/${name}:${version}`;
}
