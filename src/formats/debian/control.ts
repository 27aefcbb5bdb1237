// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";

/** Fields of one paragraph, by name in lower case; a value keeps its continuation lines, leading space removed. */
export type ControlFields = ReadonlyMap<string, string>;

const FIELD = /^([!-9;-~]+):[ \t]*([^\r]*)$/;
const BLANK = /^[ \t]*$/;

/** Paragraphs of a control file. Source: Debian Policy, 5.1; deb822(5). @throws BasaltError `CONTROL_INVALID` */
export function parseControl(text: string, name: string): readonly ControlFields[] {
  const paragraphs: ControlFields[] = [];
  let fields = new Map<string, string>();
  let current: string | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    if (BLANK.test(line)) {
      if (fields.size > 0) paragraphs.push(fields);
      fields = new Map();
      current = undefined;
    } else if (line.startsWith("#")) {
      continue;
    } else if (line.startsWith(" ") || line.startsWith("\t")) {
      if (current === undefined)
        throw new BasaltError("CONTROL_INVALID", `${name}:${index + 1}: a continuation line without a field`);
      fields.set(current, `${fields.get(current) ?? ""}\n${line.slice(1)}`);
    } else {
      const match = FIELD.exec(line);
      const key = match?.[1]?.toLowerCase();
      if (match === null || key === undefined)
        throw new BasaltError(
          "CONTROL_INVALID",
          `${name}:${index + 1}: not a field: ${JSON.stringify(line.slice(0, 60))}`,
        );
      if (fields.has(key)) throw new BasaltError("CONTROL_INVALID", `${name}:${index + 1}: field ${key} stands twice`);
      fields.set(key, match[2] ?? "");
      current = key;
    }
  }
  if (fields.size > 0) paragraphs.push(fields);
  return paragraphs;
}

/** The value of a field. @throws BasaltError `CONTROL_INVALID` */
export function requireField(fields: ControlFields, field: string, name: string): string {
  const value = fields.get(field.toLowerCase());
  if (value === undefined || value === "") throw new BasaltError("CONTROL_INVALID", `${name} has no field ${field}`);
  return value;
}
