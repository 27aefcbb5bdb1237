// SPDX-License-Identifier: Apache-2.0
import { createRequire } from "node:module";
import { join, sep } from "node:path";
import type { ErrorObject, ValidateFunction } from "ajv";
import { editDistance } from "../formats/near-names.js";
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
  return withoutFollowing(wanted).map((error) => toProblem(document, error));
}

function compile(schema: SchemaName): Promise<ValidateFunction> {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const work = isBuilt() ? loadPrepared(schema) : compileSchema(schema);
  compiled.set(schema, work);
  return work;
}

/** Whether this is the built program, as against its sources, for which nothing is prepared. */
function isBuilt(): boolean {
  return import.meta.dirname.startsWith(join(packageRoot(), "dist") + sep);
}

/** What `prepareSchema` made. Read by `require`: `import` would first search it for names to export. */
async function loadPrepared(schema: SchemaName): Promise<ValidateFunction> {
  const require = createRequire(import.meta.url);
  return require(join(packageRoot(), "dist", "schema", `${schema}.validate.cjs`)) as ValidateFunction;
}

/** The schemas are our own; that they are valid ones is a matter of their test. */
const OPTIONS = {
  allErrors: true,
  allowUnionTypes: true,
  verbose: true,
  validateSchema: false,
  meta: false,
  discriminator: true,
  // A document is checked once: compiling faster counts, not checking faster. Measured: 110 ms become 35.
  inlineRefs: false,
} as const;

async function compileSchema(schema: SchemaName): Promise<ValidateFunction> {
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  return new Ajv2020({ ...OPTIONS, code: { optimize: false } }).compile(await readSchema(schema));
}

/** A module in CommonJS that checks documents against a schema: loading it takes a tenth of compiling the schema. */
export async function prepareSchema(schema: SchemaName): Promise<string> {
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  const { default: standalone } = await import("ajv/dist/standalone/index.js");
  const ajv = new Ajv2020({ ...OPTIONS, code: { source: true } });
  return standalone.default(ajv, ajv.compile(await readSchema(schema)));
}

async function readSchema(schema: SchemaName): Promise<object> {
  return JSON.parse(await readText(join(packageRoot(), "schema", `${schema}.schema.json`))) as object;
}

/** A failed `$ref` repeats what the schema it points to says, a discriminator what the list of its values says. */
function isUseful(error: ErrorObject): boolean {
  return error.keyword !== "if" && error.keyword !== "$ref" && error.keyword !== "discriminator";
}

/** What a value of another type lacks besides, and keys that are missing since they are misspelt, are no problems of their own. */
function withoutFollowing(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const mistyped = new Set(errors.filter(({ keyword }) => keyword === "type").map(({ instancePath }) => instancePath));
  const misspelt = new Set(errors.flatMap((error) => nearKeys(error).map((key) => `${error.instancePath}/${key}`)));
  return errors.filter(({ keyword, instancePath, params }) => {
    if (keyword === "required") return !misspelt.has(`${instancePath}/${String(params["missingProperty"])}`);
    return keyword === "type" || !mistyped.has(instancePath);
  });
}

const NEAR = 2; // letters

/** Keys that an unknown one may have been meant as. */
function nearKeys({ keyword, params, parentSchema }: ErrorObject): readonly string[] {
  if (keyword !== "additionalProperties") return [];
  const unknown = String(params["additionalProperty"]).toLowerCase().replaceAll("_", "-");
  const most = unknown.length <= 3 ? 1 : NEAR;
  const known = Object.keys((parentSchema?.["properties"] as object | undefined) ?? {});
  return known
    .map((key) => ({
      key,
      distance: Math.abs(key.length - unknown.length) > most ? Infinity : editDistance(key, unknown),
    }))
    .filter(({ distance }) => distance <= most)
    .toSorted((a, b) => a.distance - b.distance)
    .map(({ key }) => key);
}

function toProblem(document: LocatedYaml, error: ErrorObject): Problem {
  const path = error.instancePath.split("/").slice(1).map(unescapePointer);
  const unknown = error.keyword === "additionalProperties" ? String(error.params["additionalProperty"]) : undefined;
  const repeated = error.keyword === "uniqueItems" ? String(error.params["i"]) : undefined;
  const where = path.length === 0 ? "the document" : path.join(".");
  const hint = hintOf(error);
  return {
    file: document.file,
    ...document.locate([...path, ...[unknown, repeated].filter((step) => step !== undefined)]),
    severity: "error",
    code: `SCHEMA_${error.keyword.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
    message: unknown === undefined ? `${where} ${explain(error)}` : `${where} has no key ${JSON.stringify(unknown)}`,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** What types are called by people who write YAML. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "text",
  integer: "a whole number",
  array: "a list",
  object: "a map",
  boolean: "true or false",
};

function explain(error: ErrorObject): string {
  switch (error.keyword) {
    case "enum":
      return `must be one of ${(error.params["allowedValues"] as readonly unknown[]).join(", ")}; it is ${shown(error.data)}`;
    case "required":
      return `lacks the key ${JSON.stringify(error.params["missingProperty"])}`;
    case "type": {
      const types = [error.params["type"] as string | readonly string[]].flat();
      return `must be ${types.map((type) => TYPE_NAMES[type] ?? type).join(" or ")}; it is ${shown(error.data)}`;
    }
    case "pattern":
      return `is malformed: ${shown(error.data)}`;
    case "minLength":
    case "minItems":
      return "is empty";
    case "uniqueItems":
      return "has an item twice";
    default:
      return error.message ?? "is not allowed";
  }
}

const MAX_SHOWN = 200; // characters

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** What to do: what the schema says of the form, where that was missed. */
function hintOf(error: ErrorObject): string | undefined {
  const [near] = nearKeys(error);
  if (near !== undefined) return `did you mean ${near}?`;
  const { keyword, params, data, parentSchema } = error;
  if (keyword === "pattern") return parentSchema?.["description"] as string | undefined;
  const isText = keyword === "type" && [params["type"] as string | readonly string[]].flat().includes("string");
  return isText && (typeof data === "number" || typeof data === "boolean") ? "put it in quotes" : undefined;
}

function unescapePointer(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}
