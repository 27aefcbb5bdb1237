// SPDX-License-Identifier: Apache-2.0
import type { PackageRequest } from "./model.js";

/** A pinned request of a name wins over one that names a suite, and that over a bare name; a requested name is not masked. */
export function expandPackages(entries: readonly string[]): {
  readonly packages: readonly PackageRequest[];
  readonly masks: readonly string[];
} {
  const requests = new Map<string, PackageRequest>();
  const masks = new Set<string>();
  for (const entry of entries) {
    if (entry.startsWith("!")) {
      masks.add(entry.slice(1));
      continue;
    }
    const [name, version] = splitOnce(entry, "=");
    const [plain, suite] = splitOnce(name, "/");
    if (version !== undefined) requests.set(name, { name, version });
    else if (suite !== undefined && requests.get(plain)?.version === undefined)
      requests.set(plain, { name: plain, suite });
    else if (!requests.has(plain)) requests.set(plain, { name: plain });
  }
  return { packages: [...requests.values()], masks: [...masks].filter((name) => !requests.has(name)) };
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
