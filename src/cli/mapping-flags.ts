// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { PIN_MODES, type InputMapping } from "../formats/input-mapping.js";

export interface MappingFlags {
  readonly mapRepository?: readonly string[];
  readonly mapPackage?: readonly string[];
  readonly pins?: string;
}

/** What `--map-repository`, `--map-package` and `--pins` ask for. @throws BasaltError `USAGE` */
export function parseMapping(flags: MappingFlags): InputMapping {
  const pins = PIN_MODES.find((mode) => mode === (flags.pins ?? "exact"));
  if (pins === undefined)
    throw new BasaltError("USAGE", `--pins takes ${PIN_MODES.join(", ")}, not ${JSON.stringify(flags.pins)}`);
  return {
    repositories: toMap(flags.mapRepository ?? [], "--map-repository URL=URL|debian"),
    packages: toMap(flags.mapPackage ?? [], "--map-package NAME=NAME|builtin"),
    pins,
  };
}

/** `FROM=TO` at the last `=`, since a URL may have some. */
function toMap(entries: readonly string[], usage: string): Readonly<Record<string, string>> {
  const map = new Map<string, string>();
  for (const entry of entries) {
    const at = entry.lastIndexOf("=");
    const [from, to] = [entry.slice(0, Math.max(0, at)), entry.slice(at + 1)];
    if (from === "" || to === "") throw new BasaltError("USAGE", `not ${usage}: ${JSON.stringify(entry)}`);
    if ((map.get(from) ?? to) !== to)
      throw new BasaltError("USAGE", `${from} is mapped twice, to ${map.get(from) ?? ""} and to ${to}`);
    map.set(from, to);
  }
  return Object.fromEntries(map);
}
