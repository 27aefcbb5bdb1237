// SPDX-License-Identifier: Apache-2.0
import { createRequire } from "node:module";

type PackageUrlModule = typeof import("packageurl-js");

export interface Purl {
  readonly type: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly qualifiers: Readonly<Record<string, string>>;
}

/** The library is loaded for the first one: most commands compare none. Source: ECMA-427. */
function library(): PackageUrlModule["PackageURL"] {
  return (createRequire(import.meta.url)("packageurl-js") as PackageUrlModule).PackageURL;
}

const MAX_PURL = 4096; // characters; more is no name of anything

/** Undefined where it is no purl. */
export function parsePurl(text: string): Purl | undefined {
  if (!text.startsWith("pkg:") || text.length > MAX_PURL) return undefined;
  try {
    const { type, namespace, name, version, qualifiers } = library().fromString(text);
    if (type === undefined || name === undefined) return undefined;
    return { type, namespace: namespace ?? "", name, version: version ?? "", qualifiers: { ...qualifiers } };
  } catch {
    return undefined;
  }
}

export function formatPurl({ type, namespace, name, version, qualifiers }: Purl): string {
  const none = Object.keys(qualifiers).length === 0;
  const parts = [namespace || undefined, name, version || undefined, none ? undefined : qualifiers] as const;
  return new (library())(type, ...parts, undefined).toString();
}

/**
 * Whether what a statement names is this: type, namespace and name are equal; a version, and each qualifier, that the statement has is
 * that of the target, which may have more of them. Source: openvex/go-vex, pkg/vex, "PurlMatches"; so do Trivy and Grype.
 */
export function purlMatches(stated: Purl, target: Purl): boolean {
  return (
    stated.type === target.type &&
    stated.namespace === target.namespace &&
    stated.name === target.name &&
    (stated.version === "" || stated.version === target.version) &&
    Object.entries(stated.qualifiers).every(([key, value]) => target.qualifiers[key] === value)
  );
}
