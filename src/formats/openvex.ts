// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { BasaltError } from "../errors.js";
import { canonicalJson } from "./canonical-json.js";
import { parseStrictJson } from "./strict-json.js";

export const VEX_STATUSES = ["not_affected", "affected", "fixed", "under_investigation"] as const;
export type VexStatus = (typeof VEX_STATUSES)[number];

export const VEX_JUSTIFICATIONS = [
  "component_not_present",
  "vulnerable_code_not_present",
  "vulnerable_code_not_in_execute_path",
  "vulnerable_code_cannot_be_controlled_by_adversary",
  "inline_mitigations_already_exist",
] as const;
export type VexJustification = (typeof VEX_JUSTIFICATIONS)[number];

/** What a statement is about. Its names are in any of the members; most have a purl as `@id`. */
export interface VexComponent {
  readonly "@id"?: string;
  readonly identifiers?: Readonly<Record<string, string>>;
  readonly hashes?: Readonly<Record<string, string>>;
}

export interface VexProduct extends VexComponent {
  readonly subcomponents?: readonly VexComponent[];
}

export interface VexStatement {
  readonly vulnerability: { readonly "@id"?: string; readonly name: string; readonly aliases?: readonly string[] };
  /** RFC 3339; one without has that of its document. */
  readonly timestamp?: string;
  readonly products: readonly VexProduct[];
  readonly status: VexStatus;
  readonly status_notes?: string;
  readonly justification?: VexJustification;
  readonly impact_statement?: string;
  readonly action_statement?: string;
}

/** Source: openvex/spec, OPENVEX-SPEC.md, version 0.2.0. */
export interface VexDocument {
  readonly "@context": string;
  readonly "@id": string;
  readonly author: string;
  readonly role?: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly version: number;
  readonly tooling?: string;
  readonly statements: readonly VexStatement[];
}

export const OPENVEX_CONTEXT = "https://openvex.dev/ns/v0.2.0";
const CONTEXT = /^https:\/\/openvex\.dev\/ns(?:\/|$)/;
const MAX_STATEMENTS = 100_000; // a feed of all distributions has some ten thousand
const MAX_NAMES = 100_000; // of one statement
const MAX_TEXT = 64 * 1024; // characters

/** Makes a document; equal statements make equal documents. */
export function formatVexDocument(
  statements: readonly VexStatement[],
  { author, role, tooling, timestamp }: Pick<VexDocument, "author" | "role" | "tooling" | "timestamp">,
): VexDocument {
  const hash = createHash("sha256").update(canonicalJson(statements)).digest("hex");
  return {
    "@context": OPENVEX_CONTEXT,
    "@id": `urn:basalt:vex:${hash}`,
    author,
    ...(role === undefined ? {} : { role }),
    timestamp,
    version: 1,
    ...(tooling === undefined ? {} : { tooling }),
    statements,
  };
}

/**
 * Reads an OpenVEX document of any version since 0.0.1. Members that the specification does not have are passed over; what would change
 * the meaning of a statement if it were misread is refused. @throws BasaltError `VEX_INVALID`
 */
export function parseVexDocument(bytes: Buffer, name: string): VexDocument {
  return readVexDocument(parseStrictJson(bytes, { name, code: "VEX_INVALID" }), name);
}

/** As `parseVexDocument`, of a value that was JSON. @throws BasaltError `VEX_INVALID` */
export function readVexDocument(value: unknown, name: string): VexDocument {
  const fail = (why: string): BasaltError => new BasaltError("VEX_INVALID", `${name}: ${why}`);
  const fields = fieldsOf(value);
  if (fields === undefined) throw fail("it is no object");
  const { "@context": context, "@id": id = "", author = "", role, timestamp, statements, version = 1 } = fields;
  if (typeof context !== "string" || !CONTEXT.test(context)) throw fail("@context is not that of OpenVEX");
  if (typeof id !== "string" || typeof author !== "string") throw fail("@id and author are texts");
  if (!isMoment(timestamp)) throw fail("timestamp is no date with time");
  if (!Array.isArray(statements) || statements.length > MAX_STATEMENTS)
    throw fail("statements is no list, or too long");
  return {
    "@context": context,
    "@id": id,
    author,
    ...(typeof role === "string" ? { role } : {}),
    timestamp,
    version: typeof version === "number" ? version : 1,
    statements: statements.map((statement: unknown, index) => {
      const read = readStatement(statement, timestamp);
      if (typeof read === "string") throw fail(`statement ${index + 1}: ${read}`);
      return read;
    }),
  };
}

/** A statement, or what is wrong with it. */
function readStatement(value: unknown, inherited: string): VexStatement | string {
  const fields = fieldsOf(value);
  if (fields === undefined) return "it is no object";
  const { timestamp = inherited, status, justification } = fields;
  const vulnerability = readVulnerability(fields["vulnerability"]);
  if (typeof vulnerability === "string") return vulnerability;
  const products = readProducts(fields["products"] ?? []);
  if (typeof products === "string") return products;
  if (!isOneOf(VEX_STATUSES, status)) return `status is one of ${VEX_STATUSES.join(", ")}`;
  if (!isMoment(timestamp)) return "timestamp is no date with time";
  if (justification !== undefined && justification !== "" && !isOneOf(VEX_JUSTIFICATIONS, justification))
    return `justification is one of ${VEX_JUSTIFICATIONS.join(", ")}`;
  const notes: Record<string, string> = {};
  for (const key of ["status_notes", "impact_statement", "action_statement"] as const) {
    const text = fields[key] ?? "";
    if (typeof text !== "string" || text.length > MAX_TEXT) return `${key} is no text, or too long`;
    if (text !== "") notes[key] = text;
  }
  const isExplained = isOneOf(VEX_JUSTIFICATIONS, justification) || notes["impact_statement"] !== undefined;
  if (status === "not_affected" && !isExplained) return "not_affected needs a justification or an impact_statement";
  return {
    vulnerability,
    timestamp,
    products,
    status,
    ...(isOneOf(VEX_JUSTIFICATIONS, justification) ? { justification } : {}),
    ...notes,
  };
}

/** Version 0.0.1 has a name in place of the object. */
function readVulnerability(value: unknown): VexStatement["vulnerability"] | string {
  if (typeof value === "string" && value !== "") return { name: value };
  const { name, "@id": id, aliases = [] } = fieldsOf(value) ?? {};
  if (typeof name !== "string" || name === "") return "vulnerability has no name";
  if (!isTexts(aliases)) return "aliases is no list of texts";
  return {
    ...(typeof id === "string" ? { "@id": id } : {}),
    name,
    ...(aliases.length === 0 ? {} : { aliases }),
  };
}

function readProducts(value: unknown): readonly VexProduct[] | string {
  if (!Array.isArray(value) || value.length > MAX_NAMES) return "products is no list, or too long";
  const products: VexProduct[] = [];
  for (const item of value as readonly unknown[]) {
    const product = readComponent(item);
    if (product === undefined) return "a product has no @id, no identifiers and no hashes";
    const parts = fieldsOf(item)?.["subcomponents"] ?? [];
    if (!Array.isArray(parts) || parts.length > MAX_NAMES) return "subcomponents is no list, or too long";
    const subcomponents = (parts as readonly unknown[]).map(readComponent);
    if (!subcomponents.every((part) => part !== undefined)) return "a subcomponent has no name";
    products.push(subcomponents.length === 0 ? product : { ...product, subcomponents });
  }
  return products;
}

/** Version 0.0.1 has a name in place of the object. */
function readComponent(value: unknown): VexComponent | undefined {
  if (typeof value === "string") return value === "" ? undefined : { "@id": value };
  const { "@id": id, identifiers, hashes } = fieldsOf(value) ?? {};
  const component = {
    ...(typeof id === "string" && id !== "" ? { "@id": id } : {}),
    ...(isTextRecord(identifiers) ? { identifiers } : {}),
    ...(isTextRecord(hashes) ? { hashes } : {}),
  };
  return Object.keys(component).length === 0 ? undefined : component;
}

/** All names of a component. */
export function namesOf({ "@id": id, identifiers = {}, hashes = {} }: VexComponent): readonly string[] {
  return [...(id === undefined ? [] : [id]), ...Object.values(identifiers), ...Object.values(hashes)];
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= MAX_NAMES && value.every((each) => typeof each === "string");
}

function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  const fields = fieldsOf(value);
  return (
    fields !== undefined &&
    Object.keys(fields).length > 0 &&
    Object.values(fields).every((each) => typeof each === "string" && each !== "")
  );
}

function isOneOf<T extends string>(known: readonly T[], value: unknown): value is T {
  return (known as readonly unknown[]).includes(value);
}

/** Source: RFC 3339, section 5.6. */
function isMoment(value: unknown): value is string {
  return (
    typeof value === "string" &&
    /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}
