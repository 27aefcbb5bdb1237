// SPDX-License-Identifier: Apache-2.0
import type { SolveRequest } from "../../src/distro/debian/candidates.js";
import type { OfferedPackage, PackageUniverse } from "../../src/distro/debian/package-index.js";
import { parsePackageStanza } from "../../src/formats/debian/packages-index.js";
import { controlText } from "./deb.js";

/** `name version [suite]`, and fields of the stanza; version 1.0-1 and trixie where nothing is said. */
export type Offer = readonly [identity: string, fields?: Readonly<Record<string, string>>];

/** The packages of a release, without an index. */
export function universe(offers: readonly Offer[]): PackageUniverse {
  const packages = offers.map(([identity, fields = {}]): OfferedPackage => {
    const [name = "", version = "1.0-1", suite = "trixie"] = identity.split(" ");
    const text = `${controlText({ name, version, fields })}Filename: pool/${name}.deb\nSize: 1\nSHA256: ${"0".repeat(64)}\n`;
    const repository = suite.endsWith("-security") ? "debian-security" : "debian";
    return { ...parsePackageStanza(text, "test"), repository, suite, suitePriority: 500 };
  });
  return {
    release: "trixie",
    architecture: "amd64",
    names: () => packages.map((item) => item.name),
    versionsOf: (name) => packages.filter((item) => item.name === name),
    providersOf: (name) => [
      ...new Set(
        packages.filter((item) => item.provides.some((provided) => provided.name === name)).map((item) => item.name),
      ),
    ],
    evidence: [],
    close: () => undefined,
  };
}

/** `aa bb=1.0-1 cc/bare !dd`: packages, pins, packages without what they depend on, and masks. */
export function solveRequest(text: string): SolveRequest {
  const words = text.split(" ").filter((word) => word !== "");
  return {
    packages: words
      .filter((word) => !word.startsWith("!"))
      .map((word) => {
        const [name = "", version] = word.replace("/bare", "").split("=");
        const isBare = word.endsWith("/bare") ? { isBare: true } : {};
        return { name, ...(version === undefined ? {} : { version }), ...isBare };
      }),
    masks: words.filter((word) => word.startsWith("!")).map((word) => word.slice(1)),
  };
}
