// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";

/** Records of a PAX extended header. Values stay bytes, since extended attributes are not text. */
export type PaxRecords = ReadonlyMap<string, Buffer>;

/** Source: POSIX.1-2017, pax, "pax Extended Header". @throws BasaltError `TAR_INVALID` */
export function parsePax(body: Buffer, archive: string): PaxRecords {
  const records = new Map<string, Buffer>();
  for (let offset = 0; offset < body.length;) {
    const space = body.indexOf(0x20, offset);
    const lengthText = space === -1 ? "" : body.toString("latin1", offset, space);
    const length = /^[1-9][0-9]{0,9}$/.test(lengthText) ? Number(lengthText) : 0;
    const end = offset + length;
    const equals = body.indexOf(0x3d, space);
    if (length === 0 || end > body.length || body[end - 1] !== 0x0a || equals === -1 || equals >= end) {
      throw new BasaltError("TAR_INVALID", `${archive} has a broken PAX record at byte ${offset} of its header`);
    }
    records.set(body.toString("utf8", space + 1, equals), body.subarray(equals + 1, end - 1));
    offset = end;
  }
  return records;
}

/** Records in the order given; each length counts its own digits. */
export function formatPax(records: Iterable<readonly [string, Buffer]>): Buffer {
  return Buffer.concat([...records].map(([key, value]) => formatRecord(key, value)));
}

function formatRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from("\n")]);
  let length = rest.length + String(rest.length).length;
  if (rest.length + String(length).length > length) length += 1;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}
