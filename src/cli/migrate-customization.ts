// SPDX-License-Identifier: Apache-2.0
import { stringify } from "yaml";
import { readText } from "../host/files.js";
import { customizationText, type Customization } from "../migrate/index.js";
import { findOne } from "./find-definitions.js";

/** The definition of an image that a migrated Dockerfile needs beside those of the catalogue. */
export async function customizationDefinition(customization: Customization): Promise<string> {
  const definition = await findOne(customization.base, "a customization stands on one image");
  const text = await readText(definition.file);
  // What it includes lies beside it, and not beside the Dockerfile
  return customizationText(customization, /^includes:/m.test(text) ? stringify(definition.yaml.value) : text);
}
