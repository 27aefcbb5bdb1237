// SPDX-License-Identifier: Apache-2.0
import { stringify } from "yaml";
import { parseDefinition, type Definition } from "../../src/definition/index.js";

/** A definition's text: a small runtime image whose parts can be replaced. */
export function definitionText(parts: Readonly<Record<string, unknown>> = {}): string {
  return stringify({
    name: "Test image",
    image: "test",
    variant: "runtime",
    tags: ["1"],
    contents: { packages: ["base-files"] },
    accounts: {
      "run-as": "nonroot",
      users: [{ name: "nonroot", uid: 65532, gid: 65532 }],
      groups: [{ name: "nonroot", gid: 65532 }],
    },
    "os-release": { name: "Test", id: "debian", "version-id": "13", "version-codename": "trixie" },
    ...parts,
  });
}

export function testDefinition(parts: Readonly<Record<string, unknown>> = {}): Promise<Definition> {
  return parseDefinition(definitionText(parts), "test.yaml");
}
