// SPDX-License-Identifier: Apache-2.0
import { pairKeys, type RepositoryKeys } from "../formats/debian/repository-keys.js";
import type { PackageRequest } from "./model.js";
import type { RawDefinition } from "./raw.js";

/**
 * `name`, `name=version`, `!name`; of Debian `name/suite`, of Alpine `name@tag` and `name=version@tag`. A pinned request of a name wins over
 * one that names a suite, and that over a bare name; a requested name is not masked.
 */
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
    const [untagged, tag] = splitOnce(entry, "@");
    const [name, version] = splitOnce(untagged, "=");
    const [plain, suite = tag] = splitOnce(name, "/");
    if (version !== undefined) requests.set(name, { name, version, ...(tag === undefined ? {} : { suite: tag }) });
    else if (suite !== undefined && requests.get(plain)?.version === undefined)
      requests.set(plain, { name: plain, suite });
    else if (!requests.has(plain)) requests.set(plain, { name: plain });
  }
  return { packages: [...requests.values()], masks: [...masks].filter((name) => !requests.has(name)) };
}

/** Which key belongs to which repository; on Alpine each may sign any of them. */
export function repositoryKeysOf(
  { "os-release": { id } }: Pick<RawDefinition, "os-release">,
  ...pairing: Parameters<typeof pairKeys>
): RepositoryKeys {
  return id === "alpine" ? {} : pairKeys(...pairing);
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
