// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const UNITS_MS = { h: 60 * 60 * 1000, d: DAY_MS, w: 7 * DAY_MS, y: 365 * DAY_MS } as const;
const UNIT_BYTES = { "": 1, k: 1000, m: 1000 ** 2, g: 1000 ** 3, t: 1000 ** 4 } as const;

/** `12h`, `90d`, `8w`, `1y`, in milliseconds. @throws BasaltError `USAGE` */
export function parseDurationMs(text: string, option: string): number {
  const match = /^([1-9][0-9]{0,3}[hdw]|[1-9][0-9]?y)$/.test(text) ? /^([0-9]+)([hdwy])$/.exec(text) : null;
  if (match === null)
    throw new BasaltError("USAGE", `${option} takes a number with h, d, w or y, not ${JSON.stringify(text)}`);
  return Number(match[1]) * UNITS_MS[match[2] as keyof typeof UNITS_MS];
}

/** `500M`, `10G`, `1.5GB`, `10GiB`, `0`: powers of 1000 as sizes are printed, or of 1024 with an i. @throws BasaltError `USAGE` */
export function parseByteSize(text: string, option: string): number {
  const [, number = "", unit = "", isBinary] = /^([0-9]{1,12}(?:\.[0-9]{1,3})?) ?([kmgt]?)(i)?b?$/i.exec(text) ?? [];
  const step = UNIT_BYTES[unit.toLowerCase() as keyof typeof UNIT_BYTES];
  if (number === "" || (isBinary !== undefined && unit === ""))
    throw new BasaltError("USAGE", `${option} takes a size such as 500M, 10G or 10GiB, not ${JSON.stringify(text)}`);
  const factor = isBinary === undefined ? step : 1024 ** (Math.round(Math.log10(step)) / 3);
  return Math.floor(Number(number) * factor);
}
