// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import type { ErrorObject, ValidateFunction } from "ajv";
import { readText } from "../host/files.js";
import { packageRoot } from "../host/paths.js";
import type { LocatedYaml } from "./located-yaml.js";
import type { Problem } from "./problem.js";

export type SchemaName = "definition" | "info";

const compiled = new Map<SchemaName, Promise<ValidateFunction>>();

/** Checks a document against one of the schemas under `schema/`; every violation is a problem at its place. */
export async function validateSchema(
  document: LocatedYaml,
  schema: SchemaName,
  options: {
    /** A part of a document, which may lack any of its keys. @default false */
    readonly isFragment?: boolean;
  } = {},
): Promise<readonly Problem[]> {
  const validate = await compile(schema);
  if (validate(document.value)) return [];
  const errors = (validate.errors ?? []).filter(isUseful);
  const wanted = errors.filter(
    (error) => options.isFragment !== true || error.keyword !== "required" || error.instancePath !== "",
  );
  return wanted.map((error) => toProblem(document, error));
}

function compile(schema: SchemaName): Promise<ValidateFunction> {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const work = (async () => {
    const { Ajv2020 } = await import("ajv/dist/2020.js");
    const text = await readText(join(packageRoot(), "schema", `${schema}.schema.json`));
    // The schemas are our own; that they are valid ones is a matter of their test.
    const options = {
      allErrors: true,
      allowUnionTypes: true,
      verbose: true,
      validateSchema: false,
      meta: false,
      discriminator: true,
      // A document is checked once: compiling faster counts, not checking faster. Measured: 110 ms become 35.
      inlineRefs: false,
      code: { optimize: false },
    };
    return new Ajv2020(options).compile(JSON.parse(text) as object);
  })();
  compiled.set(schema, work);
  return work;
}

/** A failed `$ref` repeats what the schema it points to says, a discriminator what the list of its values says. */
function isUseful(error: ErrorObject): boolean {
  return error.keyword !== "if" && error.keyword !== "$ref" && error.keyword !== "discriminator";
}

function toProblem(document: LocatedYaml, error: ErrorObject): Problem {
  const path = error.instancePath.split("/").slice(1).map(unescapePointer);
  const unknown = error.keyword === "additionalProperties" ? String(error.params["additionalProperty"]) : undefined;
  const where = path.length === 0 ? "the document" : path.join(".");
  return {
    file: document.file,
    ...document.locate(unknown === undefined ? path : [...path, unknown]),
    severity: "error",
    code: `SCHEMA_${error.keyword.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
    message: unknown === undefined ? `${where} ${explain(error)}` : `${where} has no key ${JSON.stringify(unknown)}`,
  };
}

function explain(error: ErrorObject): string {
  switch (error.keyword) {
    case "enum":
      return `must be one of ${(error.params["allowedValues"] as readonly unknown[]).join(", ")}; it is ${JSON.stringify(error.data)}`;
    case "required":
      return `lacks the key ${JSON.stringify(error.params["missingProperty"])}`;
    case "type":
      return `must be ${String(error.params["type"])}; it is ${JSON.stringify(error.data)}`;
    case "pattern":
      return `is malformed: ${JSON.stringify(error.data)}`;
    default:
      return error.message ?? "is not allowed";
  }
}

function unescapePointer(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}
