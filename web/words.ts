// SPDX-License-Identifier: Apache-2.0

/** Bytes in decimal units, as Docker prints them. */
export function sizeText(sizeBytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = sizeBytes;
  let unit = 0;
  for (; Math.round(value) >= 1000 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? ""}`;
}

/** `1000:1000` as `1000`, root as `root`. */
export function userText(user: string): string {
  const name = user.split(":", 1)[0] ?? "";
  return name === "" || name === "0" ? "root" : name;
}

export function isRoot(user: string): boolean {
  return userText(user) === "root";
}

export function dayText(moment: string | undefined | null): string {
  return moment?.slice(0, 10) ?? "–";
}

export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, 12);
}

/** `languages-and-frameworks` as `Languages and frameworks`. */
export function categoryText(category: string): string {
  const words = category.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What an attestation is about, for people. */
export function predicateText(type: string): string {
  const names: Readonly<Record<string, string>> = {
    "https://spdx.dev/Document": "SBOM (SPDX)",
    "https://slsa.dev/provenance/v1": "Provenance (SLSA v1)",
    "https://cyclonedx.org/bom": "SBOM (CycloneDX)",
    "https://in-toto.io/attestation/test-result/v0.1": "Test results",
    "https://in-toto.io/attestation/vulns/v0.1": "Vulnerability scan",
    "https://openvex.dev/ns": "VEX (OpenVEX)",
    "https://scout.docker.com/secrets/v0.1": "Secrets scan",
    "https://scout.docker.com/virus/v0.1": "Virus scan",
    "https://slsa.dev/verification_summary/v1": "Hardening policy (VSA)",
    "urn:basalt:predicate:changelog:1": "Changelog",
    "urn:basalt:predicate:licenses:1": "Licences",
    "urn:basalt:predicate:lock:1": "Lock and definition",
  };
  return names[type] ?? type;
}

const KINDS: Readonly<Record<string, string>> = { deb: "Debian", apk: "Alpine", npm: "npm", nodejs: "Node.js" };

export function kindText(kind: string): string {
  return KINDS[kind] ?? kind;
}
