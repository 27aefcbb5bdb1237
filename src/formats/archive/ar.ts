// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { ByteReader, type ByteStream } from "../bytes.js";

/** One member of an ar archive. `content` must be read, or skipped, before the next member is asked for. */
export interface ArMember {
  readonly name: string;
  readonly sizeBytes: number;
  readonly content: AsyncGenerator<Buffer>;
}

const MAGIC = "!<arch>\n";
const HEADER_BYTES = 60;

/**
 * Members of a common ar archive with short names, as dpkg-deb writes them. Source: deb(5), ar(5).
 * @throws BasaltError `AR_INVALID`
 */
export async function* readAr(source: ByteStream, name: string): AsyncGenerator<ArMember> {
  const reader = new ByteReader(source, { code: "AR_INVALID", name });
  try {
    const magic = await reader.require(MAGIC.length);
    if (magic.toString("latin1") !== MAGIC) throw new BasaltError("AR_INVALID", `${name} is not an ar archive`);
    for (;;) {
      const header = await reader.read(HEADER_BYTES);
      if (header === undefined) return;
      const member = parseHeader(header, name);
      const end = reader.position + member.sizeBytes;
      yield { ...member, content: reader.take(member.sizeBytes) };
      await reader.skip(end - reader.position);
      if (member.sizeBytes % 2 === 1) await reader.read(1);
    }
  } finally {
    await reader.close();
  }
}

function parseHeader(header: Buffer, archive: string): { readonly name: string; readonly sizeBytes: number } {
  const text = header.toString("latin1");
  const name = text.slice(0, 16).trimEnd().replace(/\/$/, "");
  const size = text.slice(48, 58).trimEnd();
  if (text.slice(58) !== "`\n" || !/^[0-9]{1,10}$/.test(size) || !/^[\x21-\x7e]+$/.test(name)) {
    throw new BasaltError("AR_INVALID", `${archive} has a broken ar header`);
  }
  return { name, sizeBytes: Number(size) };
}
