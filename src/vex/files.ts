// SPDX-License-Identifier: Apache-2.0
import { basename, dirname, extname, join } from "node:path";
import { BasaltError } from "../errors.js";
import { formatVexDocument, parseVexDocument, type VexDocument, type VexStatement } from "../formats/openvex.js";
import { LOCAL_BUILDER_ID } from "../formats/slsa.js";
import { readBytes, readTextIfAny, statIfAny, writeFileAtomic } from "../host/files.js";

const MAX_FILE_BYTES = 64 * 1024 * 1024; // a feed of a whole distribution has some ten

/** Where `basalt vex add` puts statements about the images of one definition. */
export function vexFileOf(definitionFile: string): string {
  return join(dirname(definitionFile), `${basename(definitionFile, extname(definitionFile))}.vex.json`);
}

/**
 * Statements that lie beside a definition: its own, in NAME.vex.json, and those about all images of its folder or of the one above, in
 * vex.json, as info.yaml. @throws BasaltError `VEX_INVALID`
 */
export async function loadStatedFiles(definitionFile: string): Promise<readonly VexStatement[]> {
  const own = dirname(definitionFile);
  const files = [join(own, "..", "vex.json"), join(own, "vex.json"), vexFileOf(definitionFile)];
  const statements: VexStatement[] = [];
  for (const file of files) {
    const text = await readTextIfAny(file);
    if (text === undefined) continue;
    const { author, statements: own } = parseVexDocument(Buffer.from(text), file);
    statements.push(...own.map((statement) => statedBy(statement, author)));
  }
  return statements;
}

/** A statement in a document of others still says who made it; statements have no member for that. */
export function statedBy(statement: VexStatement, author = ""): VexStatement {
  if (author === "" || author === LOCAL_BUILDER_ID) return statement;
  const notes = [statement.status_notes, `stated by ${author}`].filter((part) => part !== undefined);
  return { ...statement, status_notes: notes.join("; ") };
}

/** A document that somebody names. @throws BasaltError `FILE_NOT_FOUND`, `VEX_INVALID`, `SIZE_LIMIT_EXCEEDED` */
export async function readVexFile(file: string): Promise<VexDocument> {
  const facts = await statIfAny(file);
  if ((facts?.sizeBytes ?? 0) > MAX_FILE_BYTES)
    throw new BasaltError("SIZE_LIMIT_EXCEEDED", `${file} has more than ${MAX_FILE_BYTES} bytes`);
  return parseVexDocument(await readBytes(file), file);
}

/** Adds a statement to a file, in the place of one about the same; what else the file says stays. @throws BasaltError `VEX_INVALID` */
export async function addToVexFile(
  file: string,
  statement: VexStatement,
  maker: { readonly author: string; readonly tooling: string },
): Promise<void> {
  const text = await readTextIfAny(file);
  const before = text === undefined ? undefined : parseVexDocument(Buffer.from(text), file);
  const kept = (before?.statements ?? []).filter((other) => keyOf(other) !== keyOf(statement));
  const author = before?.author ?? maker.author;
  const made = formatVexDocument([...kept, statement], {
    ...maker,
    author,
    ...(before?.role === undefined ? {} : { role: before.role }),
    timestamp: statement.timestamp ?? "",
  });
  const document = { ...made, version: (before?.version ?? 0) + 1 };
  await writeFileAtomic(file, `${JSON.stringify(document, undefined, 2)}\n`, { mode: 0o644 });
}

/** What a statement is about. */
function keyOf({ vulnerability, products }: VexStatement): string {
  return JSON.stringify([vulnerability.name, products]);
}
