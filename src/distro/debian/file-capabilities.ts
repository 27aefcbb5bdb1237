// SPDX-License-Identifier: Apache-2.0
import { formatFileCapabilities } from "../../formats/file-capabilities.js";
import { mergedPath } from "./content-rules.js";
import { readScriptLines } from "./script-lines.js";

/** `$(dpkg-divert --truename PATH)`: no package of an image diverts another's file (rule `debian-database`). */
const TRUE_NAME = /\$\(dpkg-divert\s+--truename\s+(\/[^\s"'$`()]+)\)/g;
/** Questions by debconf, or capabilities that are taken away as well: what is done then depends on more than the script. */
const ASKS_OR_TAKES = /\bdb_(?:get|input|go)\b|confmodule|\bsetcap\s+(?:-q\s+)?-r\b/;
const SETCAP =
  /(?:^|[\s;&|({])(?:\/usr\/sbin\/|\/sbin\/)?setcap\s+(?:-q\s+)?(["']?)([a-z_,+=]+)\1\s+(["']?)\/([^\s"'$`*?;&|()]+)\3(?=[\s;&|)]|$)/;

/**
 * Capabilities that a maintainer script gives to files, by path in the image: `setcap` commands with plain words, or ones that can be known
 * without running the script. A script that asks the administrator (iproute2, wireshark-common) gives nothing, as the answer that
 * counts without one is no. Values are those of the extended attribute. Source: setcap(8).
 */
export function parseFileCapabilities(script: string): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  if (!script.includes("setcap") || ASKS_OR_TAKES.test(script)) return found;
  for (const line of readScriptLines(script.replaceAll(TRUE_NAME, "$1"))) {
    const [, , text = "", , path] = line.trimStart().startsWith("#") ? [] : (SETCAP.exec(line) ?? []);
    const value = formatFileCapabilities(text);
    if (path !== undefined && value !== undefined && !path.split("/").includes(".."))
      found.set(mergedPath(path), value);
  }
  return found;
}
