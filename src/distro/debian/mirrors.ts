// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { BasaltError } from "../../errors.js";
import { parseControl } from "../../formats/debian/control.js";
import { listNames, readTextIfAny } from "../../host/files.js";
import type { Host } from "../../host/host.js";
import type { RepositoryId } from "./repositories.js";

/** Roots of the repositories, each ending in a slash. */
export type Mirrors = Readonly<Record<RepositoryId, URL>>;

/** Carries both repositories; also what images name as their mirror. */
export const DEFAULT_PARENT = "http://ftp.debian.org/";

/**
 * Which mirror to use: `BASALT_DEBIAN_MIRROR`, the parent of `debian/` and `debian-security/`; else what this machine's apt
 * uses; else the built-in default. @throws BasaltError `MIRROR_INVALID`
 */
export async function debianMirrors(host: Host): Promise<Mirrors> {
  const configured = host.env["BASALT_DEBIAN_MIRROR"];
  if (configured !== undefined && configured !== "") return mirrorsBelow(configured);
  const fallback = mirrorsBelow(DEFAULT_PARENT);
  const found = await aptUris(host.env["BASALT_APT_DIR"] ?? "/etc/apt");
  const archive = found.find((url) => url.pathname.endsWith("/debian/"));
  const security = found.find((url) => url.pathname.endsWith("/debian-security/"));
  if (archive === undefined) return fallback;
  return { debian: archive, "debian-security": security ?? new URL("../debian-security/", archive) };
}

function mirrorsBelow(parent: string): Mirrors {
  try {
    const base = new URL(parent.endsWith("/") ? parent : `${parent}/`);
    if (!/^https?:$/.test(base.protocol)) throw new Error(`${base.protocol} is not http or https`);
    return { debian: new URL("debian/", base), "debian-security": new URL("debian-security/", base) };
  } catch (cause) {
    throw new BasaltError("MIRROR_INVALID", `BASALT_DEBIAN_MIRROR is not a mirror: ${JSON.stringify(parent)}`, {
      cause,
    });
  }
}

/** Addresses that apt uses for binary packages, in both of its formats. Source: sources.list(5). */
async function aptUris(folder: string): Promise<readonly URL[]> {
  const lists = (await listNames(join(folder, "sources.list.d"))).map((name) => join("sources.list.d", name));
  const texts: string[] = [];
  for (const name of ["sources.list", ...lists]) {
    const text = await readTextIfAny(join(folder, name));
    if (text === undefined) continue;
    if (name.endsWith(".list")) texts.push(...oneLineUris(text));
    else if (name.endsWith(".sources")) texts.push(...deb822Uris(text, name));
  }
  return texts.flatMap((text) =>
    URL.canParse(text) && /^https?:/.test(text) ? [new URL(text.endsWith("/") ? text : `${text}/`)] : [],
  );
}

function oneLineUris(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)/.exec(line.trim())?.[1] ?? []);
}

function deb822Uris(text: string, name: string): readonly string[] {
  try {
    const enabled = parseControl(text, name).filter(
      (fields) => fields.get("enabled") !== "no" && /\bdeb\b/.test(fields.get("types") ?? ""),
    );
    return enabled.flatMap((fields) => (fields.get("uris") ?? "").split(/\s+/).filter((uri) => uri !== ""));
  } catch {
    return []; // apt's file, not ours: what cannot be read is not used
  }
}
