// SPDX-License-Identifier: Apache-2.0
import { openApkIndex } from "../../src/formats/apk/packages-index.js";
import { joinUniverse, type ApkUniverse } from "../../src/distro/alpine/universe.js";

/** A package as tests of the solver write it: `name version`, then fields of an index. */
export type ShortPackage = readonly [identity: string, fields?: Readonly<Record<string, string>>];

/** Packages of several repositories, without files; the third one has the tag `@edge`. */
export function apkUniverse(...repositories: readonly (readonly ShortPackage[])[]): ApkUniverse {
  const parts = repositories.map((packages, rank) => {
    const title = `v3.24/${["main", "community", "edge"][rank]}`;
    const text = packages.map(toRecord).join("\n\n");
    const tag = rank === 2 ? { tag: "edge" } : {};
    const place = { repository: "alpine", suite: "v3.24", title, folder: "", rank, ...tag };
    const evidence = {
      repository: "alpine",
      suite: "v3.24",
      component: title,
      architecture: "x86_64",
      releaseSha256: "0".repeat(64),
      releasedAt: "2026-01-01T00:00:00Z",
      indexSha256: "0".repeat(64),
      signedBy: [],
    };
    return { place, index: openApkIndex(text, title), evidence: evidence as never };
  });
  return joinUniverse("v3.24", parts);
}

function toRecord([identity, fields = {}]: ShortPackage): string {
  const [name = "", version = "1.0-r0"] = identity.split(" ");
  const lines = Object.entries(fields).map(([letter, value]) => `${letter}:${value}`);
  return [`C:Q1${"A".repeat(27)}=`, `P:${name}`, `V:${version}`, "A:x86_64", "S:1000", ...lines].join("\n");
}
