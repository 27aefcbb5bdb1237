// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { parseControl, requireField, type ControlFields } from "./control.js";
import { parseDependencies, type Alternative, type Dependency } from "./dependency.js";
import { parseSha256, type Sha256 } from "../digest.js";
import { isPathBelow } from "../repository-path.js";

/** One binary package as an index describes it. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly source: string;
  readonly sourceVersion: string;
  readonly preDepends: readonly Dependency[];
  readonly depends: readonly Dependency[];
  readonly recommends: readonly Dependency[];
  readonly conflicts: readonly Dependency[];
  readonly breaks: readonly Dependency[];
  readonly provides: readonly Alternative[];
  readonly isEssential: boolean;
  /** Wanted by every system that boots. Source: deb-control(5), Protected; apt reads the older name Important as well. */
  readonly isImportant: boolean;
  readonly multiArch: "no" | "same" | "foreign" | "allowed";
  readonly priority: string;
  /** Path below the repository's root. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: Sha256;
}

/** Reads one stanza of a Packages file. @throws BasaltError `CONTROL_INVALID`, `DIGEST_INVALID` */
export function parsePackageStanza(text: string, name: string): DebianPackage {
  const fields = parseControl(text, name)[0];
  if (fields === undefined) throw new BasaltError("CONTROL_INVALID", `${name} has an empty stanza`);
  const label = `${name}: ${fields.get("package") ?? "?"}`;
  const size = requireField(fields, "Size", label);
  if (!/^[0-9]{1,15}$/.test(size))
    throw new BasaltError("CONTROL_INVALID", `${label} has Size ${JSON.stringify(size)}`);
  return {
    ...identityOf(fields, label),
    preDepends: parseDependencies(fields.get("pre-depends"), label),
    depends: parseDependencies(fields.get("depends"), label),
    recommends: parseDependencies(fields.get("recommends"), label),
    conflicts: parseDependencies(fields.get("conflicts"), label),
    breaks: parseDependencies(fields.get("breaks"), label),
    provides: parseDependencies(fields.get("provides"), label).flat(),
    isEssential: fields.get("essential") === "yes",
    isImportant: fields.get("important") === "yes" || fields.get("protected") === "yes",
    multiArch: multiArchOf(fields.get("multi-arch")),
    priority: fields.get("priority") ?? "optional",
    path: safePath(requireField(fields, "Filename", label), label),
    sizeBytes: Number(size),
    sha256: parseSha256(requireField(fields, "SHA256", label)),
  };
}

/** Who a package is, from an index or from the package's own control file. */
export interface PackageIdentity {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly source: string;
  readonly sourceVersion: string;
}

export function identityOf(fields: ControlFields, label: string): PackageIdentity {
  const packageName = requireField(fields, "Package", label);
  const version = requireField(fields, "Version", label);
  if (!/^[a-z0-9][a-z0-9+.-]+$/.test(packageName))
    throw new BasaltError("CONTROL_INVALID", `${label} has the package name ${JSON.stringify(packageName)}`);
  if (!/^[A-Za-z0-9.+~:-]+$/.test(version))
    throw new BasaltError("CONTROL_INVALID", `${label} has the version ${JSON.stringify(version)}`);
  const architecture = requireField(fields, "Architecture", label);
  if (!/^[a-z0-9-]+$/.test(architecture))
    throw new BasaltError("CONTROL_INVALID", `${label} has the architecture ${JSON.stringify(architecture)}`);
  const source = /^(\S+)(?:\s+\(([^)]+)\))?$/.exec(fields.get("source") ?? packageName);
  return {
    name: packageName,
    version,
    architecture,
    source: source?.[1] ?? packageName,
    sourceVersion: source?.[2] ?? version,
  };
}

function multiArchOf(text: string | undefined): DebianPackage["multiArch"] {
  return text === "same" || text === "foreign" || text === "allowed" ? text : "no";
}

/** A path from an index, which becomes part of a URL. */
function safePath(path: string, label: string): string {
  const clean = path.replace(/^\.\//, "");
  if (!isPathBelow(clean)) {
    throw new BasaltError("CONTROL_INVALID", `${label} has the Filename ${JSON.stringify(path)}`);
  }
  return clean;
}
