// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";

/** Where hardened images come from, without a slash at the end. @throws BasaltError `USAGE` */
export function parseRegistry(text: string, name: string): string {
  if (text.length > 255 || !/^[a-z0-9.-]+(?::[0-9]+)?(?:\/[a-z0-9._/-]+)?$/i.test(text))
    throw new BasaltError("USAGE", `${name} is HOST[:PORT][/PATH], not ${JSON.stringify(text)}`);
  return text.replace(/\/$/, "");
}
