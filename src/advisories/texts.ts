// SPDX-License-Identifier: Apache-2.0

/** Checks that fields of a record are text where they are there. @throws TypeError */
export function requireTexts(record: object, names: readonly string[]): void {
  for (const name of names) {
    const value = (record as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined && typeof value !== "string")
      throw new TypeError(`${name} must be text, not ${JSON.stringify(value)}`);
  }
}

/** As `requireTexts`, and they must be there. @throws TypeError */
export function requireAllTexts(record: object, names: readonly string[]): void {
  requireTexts(record, names);
  for (const name of names) if (!(name in record)) throw new TypeError(`${name} is missing`);
}
