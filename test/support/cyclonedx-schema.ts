// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";

const SCHEMAS = join(
  createRequire(import.meta.url).resolve("@cyclonedx/cyclonedx-library/package.json"),
  "../res/schema",
);
let validator: ValidateFunction | undefined;

/** What the schema of CycloneDX 1.6 says against a document; nothing where it takes it. */
export function faultsOfCycloneDx(document: unknown): readonly ErrorObject[] {
  const validate = (validator ??= compile());
  return validate(document) ? [] : (validate.errors ?? []);
}

function compile(): ValidateFunction {
  // Formats say no more than the patterns beside them, and ajv knows few of them.
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  for (const name of ["spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json"])
    ajv.addSchema(read(name), `http://cyclonedx.org/schema/${name}`);
  return ajv.compile(read("bom-1.6.SNAPSHOT.schema.json"));
}

function read(name: string): object {
  return JSON.parse(readFileSync(join(SCHEMAS, name), "utf8")) as object;
}
