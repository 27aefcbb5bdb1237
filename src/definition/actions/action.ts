// SPDX-License-Identifier: Apache-2.0
import type { StepWork } from "../model.js";

/**
 * What an input of an action may be: one text or number, a list of them (or one text with several lines), a yes or no, or
 * variables (`NAME: value`, or a list of `NAME=value`).
 */
export type InputKind = "text" | "list" | "flag" | "pairs";

/** A built-in action that this version builds: which inputs it takes, and what is done with them. */
export interface Action {
  readonly inputs: Readonly<Record<string, InputKind>>;
  /** Inputs that it cannot do without; of each list, one. */
  readonly needs?: readonly (readonly string[])[];
  /** It asks the network by itself, whatever the step says. @default false */
  readonly hasNetwork?: true;
  /** Absent where nothing runs. */
  readonly plan?: (inputs: InputValues, step: ActionStep) => StepWork;
}

/** An action whose name belongs to the language and that this version does not build. */
export interface ForeignAction {
  /** Goes on after its name. */
  readonly why: string;
  /** Of each list, one. */
  readonly needs?: readonly (readonly string[])[];
}

/** Where an action stands. */
export interface ActionStep {
  /** Absolute. */
  readonly workDir: string;
  readonly hasNetwork: boolean;
  /** Notes that an input says what cannot be done. */
  readonly fault: (input: string, message: string) => void;
}

/** Inputs whose kinds were checked. */
export interface InputValues {
  /** Undefined where it is not given, or empty. */
  readonly text: (name: string) => string | undefined;
  /** Without empty items. */
  readonly list: (name: string) => readonly string[];
  readonly isList: (name: string) => boolean;
  /** Undefined where it is not given. */
  readonly flag: (name: string) => boolean | undefined;
  readonly pairs: (name: string) => readonly (readonly [name: string, value: string])[];
}

type Raw = Readonly<Record<string, unknown>>;
type Scalar = string | number | boolean;

const FLAGS = new Map<string, boolean>([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
  ["", false],
]);

/** What an input must be, where it is something else. */
export function problemOfInput(kind: InputKind, value: unknown): string | undefined {
  switch (kind) {
    case "text":
      return isScalar(value) ? undefined : "must be text";
    case "list":
      return isScalar(value) || isScalarList(value) ? undefined : "must be a list of texts";
    case "flag":
      return isScalar(value) && FLAGS.has(String(value)) ? undefined : "must be true or false";
    case "pairs":
      return toPairs(value) === undefined ? "must be a map of texts, or a list of NAME=VALUE" : undefined;
  }
}

/** Reads inputs that `problemOfInput` finds nothing wrong with. */
export function inputValues(raw: Raw): InputValues {
  return {
    text: (name) => (isScalar(raw[name]) && raw[name] !== "" ? String(raw[name]) : undefined),
    list: (name) => toList(raw[name]),
    isList: (name) => Array.isArray(raw[name]),
    flag: (name) => (isScalar(raw[name]) ? FLAGS.get(String(raw[name])) : undefined),
    pairs: (name) => toPairs(raw[name]) ?? [],
  };
}

function toList(value: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : isScalar(value) ? String(value).split("\n") : [];
  return items.flatMap((item) => (isScalar(item) && String(item).trim() !== "" ? [String(item).trim()] : []));
}

const PAIR = /^([A-Za-z_][A-Za-z0-9_]*)=([^]*)$/;

function toPairs(value: unknown): readonly (readonly [string, string])[] | undefined {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    const entries = Object.entries(value).map(([name, text]) => (isScalar(text) ? `${name}=${text}` : ""));
    return toPairs(entries);
  }
  if (!isScalar(value) && !isScalarList(value)) return undefined;
  const pairs = toList(value).flatMap((item) => {
    const [, name, text = ""] = PAIR.exec(item) ?? [];
    return name === undefined ? [] : [[name, text] as const];
  });
  return pairs.length === (Array.isArray(value) ? value.length : toList(value).length) ? pairs : undefined;
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function isScalarList(value: unknown): value is readonly Scalar[] {
  return Array.isArray(value) && value.every(isScalar);
}
