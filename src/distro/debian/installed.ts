// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { compareText } from "../../formats/canonical-json.js";
import { parseControl } from "../../formats/debian/control.js";
import { identityOf } from "../../formats/debian/packages-index.js";
import type { GeneratedEntry, ImageView, InstalledPackage, Profile } from "../contract.js";
import { formatAlternatives } from "./alternatives.js";
import { formatTriggers } from "./triggers.js";

const STATUS = "var/lib/dpkg/status";
const STATUS_FOLDER = "var/lib/dpkg/status.d/";
const INFO_FORMAT = "var/lib/dpkg/info/format";

export const DPKG_DATABASE_PATHS = [STATUS, STATUS_FOLDER] as const;

/**
 * `/var/lib/dpkg/status` for all packages of an image, by name. Dev images have all that dpkg works on: `info/`, whose format 1
 * says that its files may have an architecture in their names, alternatives, and triggers. Source: dpkg, lib/dpkg/db-ctrl-format.c.
 */
export function formatDpkgDatabase(
  { packages, exists }: Omit<ImageView, "release">,
  profile: Profile,
): readonly GeneratedEntry[] {
  const paragraphs = packages.toSorted((a, b) => compareText(a.name, b.name)).map((facts) => facts.statusParagraph);
  return [
    { kind: "file", path: STATUS, mode: 0o644, content: paragraphs.join("\n") },
    ...(profile !== "dev"
      ? []
      : [
          { kind: "file", path: INFO_FORMAT, mode: 0o644, content: "1\n" } as const,
          ...formatAlternatives(packages, exists),
          ...formatTriggers(packages),
        ]),
  ];
}

/**
 * Packages that `status` and `status.d` list, each once; those that were removed are left out.
 * Source: dpkg(1), "PACKAGE STATES". @throws BasaltError `CONTROL_INVALID`
 */
export function parseDpkgDatabase(files: ReadonlyMap<string, Buffer>): readonly InstalledPackage[] {
  const found = new Map<string, InstalledPackage>();
  for (const [path, bytes] of files) {
    const isFragment = path.startsWith(STATUS_FOLDER);
    if ((path !== STATUS && !isFragment) || path.endsWith(".md5sums")) continue;
    for (const fields of parseControl(bytes.toString("utf8"), path)) {
      const status = fields.get("status");
      if (isFragment ? status?.includes("deinstall") === true : status?.split(" ").at(-1) !== "installed") continue;
      if (!fields.has("version"))
        throw new BasaltError(
          "CONTROL_INVALID",
          `${path} lists ${fields.get("package") ?? "a package"} without a version`,
        );
      const installed = identityOf(fields, path);
      found.set(`${installed.name} ${installed.architecture} ${installed.version}`, installed);
    }
  }
  return [...found.values()].toSorted(
    (a, b) => compareText(a.name, b.name) || compareText(a.architecture, b.architecture),
  );
}
