// SPDX-License-Identifier: Apache-2.0
import { posix } from "node:path";
import type { Action, ActionStep } from "./action.js";

/** Enough of a fingerprint that nobody can make another key for it; eight digits are not. */
const KEY_ID = /^(?:0x)?[0-9A-F]{16,64}$/;

/**
 * Actions that Basalt does itself, on the stage's files: most stages of the public catalogue that verify signatures have no
 * program for it (38 of 46), and what an earlier step put there cannot answer for itself.
 */
export const HOST_ACTIONS: Readonly<Record<string, Action>> = {
  "gpg/verify@v1": {
    inputs: { file: "text", signature: "text", keys: "list", "key-filter": "list" },
    needs: [["file"], ["keys"]],
    plan: (inputs, step) => {
      const signers = inputs.list("key-filter").map((id) => id.toUpperCase().replaceAll(/\s+/g, ""));
      for (const id of signers)
        if (!KEY_ID.test(id))
          step.fault("key-filter", `${JSON.stringify(id)} is neither a fingerprint nor a key id of 16 digits`);
      const signature = inputs.text("signature");
      return {
        kind: "verify",
        file: absolute(inputs.text("file"), step),
        ...(signature === undefined ? {} : { signature: absolute(signature, step) }),
        keys: inputs.list("keys").map((key) => absolute(key, step)),
        signers: signers.map((id) => id.replace(/^0X/, "")),
      };
    },
  },
  "sbom@v1": {
    inputs: { prefix: "text", source: "text", "extra-scanners": "list" },
    needs: [["prefix"]],
    plan: (inputs, step) => ({
      kind: "scan",
      prefix: inputs.text("prefix") ?? "",
      source: absolute(inputs.text("source"), step),
      scanners: inputs.list("extra-scanners").flatMap((item) => item.split(/[\s,]+/)),
    }),
  },
  "spdx@v1": { inputs: { name: "text", version: "text", purl: "text", license: "text" }, needs: [["name"]] },
  "mvn/patch@v1": {
    inputs: {
      "mvn-root": "text",
      dependencies: "text",
      "dependencies-key": "text",
      properties: "text",
      downgrade: "flag",
    },
    needs: [["dependencies", "properties"]],
    plan: (inputs, step) => {
      const [dependencies, properties] = [inputs.text("dependencies"), inputs.text("properties")];
      return {
        kind: "pom",
        file: absolute(posix.join(inputs.text("mvn-root") ?? "", "pom.xml"), step),
        ...(dependencies === undefined ? {} : { dependencies: absolute(dependencies, step) }),
        ...(properties === undefined ? {} : { properties: absolute(properties, step) }),
        list: (inputs.text("dependencies-key") ?? "dependencyManagement.dependencies").split("."),
        mayLower: inputs.flag("downgrade") ?? false,
      };
    },
  },
};

function absolute(path: string | undefined, { workDir }: ActionStep): string {
  return posix.resolve("/", workDir, path ?? "");
}
