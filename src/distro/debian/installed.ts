// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { compareText } from "../../formats/canonical-json.js";
import { parseDependencies, type Dependency } from "../../formats/debian/dependency.js";
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
  const found = new Map<string, Listed>();
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
      const maintainer = fields.get("maintainer");
      found.set(`${installed.name} ${installed.architecture} ${installed.version}`, {
        installed: { ...installed, ...(maintainer === undefined ? {} : { maintainer }) },
        needs: ["pre-depends", "depends"].flatMap((field) => dependenciesIn(fields.get(field), installed.name)),
        provides: dependenciesIn(fields.get("provides"), installed.name).flat(),
      });
    }
  }
  return withDependencies([...found.values()]).toSorted(
    (a, b) => compareText(a.name, b.name) || compareText(a.architecture, b.architecture),
  );
}

interface Listed {
  readonly installed: InstalledPackage;
  readonly needs: readonly Dependency[];
  readonly provides: Dependency;
}

/** What somebody's database has there need not be readable. */
function dependenciesIn(text: string | undefined, name: string): readonly Dependency[] {
  try {
    return parseDependencies(text, name);
  } catch {
    return [];
  }
}

function withDependencies(all: readonly Listed[]): readonly InstalledPackage[] {
  const providers = new Map<string, Set<string>>();
  const add = (name: string, by: string): void => void providers.set(name, (providers.get(name) ?? new Set()).add(by));
  for (const { installed, provides } of all) for (const { name } of provides) add(name, installed.name);
  const names = new Set(all.map(({ installed }) => installed.name));
  return all.map(({ installed, needs }) => {
    const met = needs.flatMap((alternatives) => {
      const own = alternatives.find(({ name }) => names.has(name));
      return own === undefined ? alternatives.flatMap(({ name }) => [...(providers.get(name) ?? [])]) : [own.name];
    });
    const dependsOn = [...new Set(met)].filter((name) => name !== installed.name).toSorted(compareText);
    return dependsOn.length === 0 ? installed : { ...installed, dependsOn };
  });
}
