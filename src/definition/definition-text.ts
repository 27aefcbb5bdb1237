// SPDX-License-Identifier: Apache-2.0
import { readBytes, statIfAny } from "../host/files.js";
import { definitionError } from "./problem.js";

const MAX_BYTES = 512 * 1024; // the largest definition of the public catalogue has 120 KiB
/** Source: YAML 1.2.2, section 5.1: what a document may not hold. */
// oxlint-disable-next-line no-control-regex -- control characters are what the specification excludes
const UNPRINTABLE = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

/** The text of a definition, or of what belongs to it. @throws BasaltError `DEFINITION_INVALID`, `FILE_NOT_FOUND` */
export async function readDefinitionText(file: string): Promise<string> {
  const facts = await statIfAny(file);
  if (facts !== undefined && facts.kind !== "file") throw fault(file, "YAML_FILE", "it is no file");
  if (facts !== undefined && facts.sizeBytes > MAX_BYTES)
    throw fault(file, "YAML_SIZE", `the file has ${facts.sizeBytes} bytes, more than ${MAX_BYTES}`);
  const bytes = await readBytes(file);
  const text = bytes.toString("utf8");
  if (!Buffer.from(text).equals(bytes)) {
    const read = Buffer.from(text);
    const offset = bytes.findIndex((byte, index) => byte !== read[index]);
    throw fault(file, "YAML_ENCODING", "the file is not UTF-8 here", bytes.subarray(0, offset).toString("utf8"));
  }
  const unprintable = UNPRINTABLE.exec(text);
  if (unprintable !== null) {
    const name = `U+${unprintable[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
    throw fault(file, "YAML_ENCODING", `the character ${name} may not stand in YAML`, text.slice(0, unprintable.index));
  }
  return text;
}

function fault(file: string, code: string, message: string, before = ""): Error {
  const lines = before.split("\n");
  const column = (lines.at(-1)?.length ?? 0) + 1;
  return definitionError([{ file, line: lines.length, column, severity: "error", code, message }]);
}
