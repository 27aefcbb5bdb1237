// SPDX-License-Identifier: Apache-2.0

/** A control character, with what follows it where that might be a colour; or one that turns the direction. */
const CONTROL = /\p{Cc}(?:\[[0-9;]*m)?|[\u202A-\u202E\u2066-\u2069]/gu;
const ESCAPE = "\u001B";

/**
 * Text for a terminal: lines and colours, and nothing that moves the cursor, rings, or turns the direction of what follows. Names and
 * annotations come from whoever pushed an image. Source: ECMA-48, 5.3 and 5.4; Unicode 15, 9.
 */
export function printable(text: string): string {
  return text.replaceAll(CONTROL, (found) => {
    const isColor = found.startsWith(ESCAPE) && found.length > 1;
    return isColor || found.startsWith("\n") || found.startsWith("\t") ? found : `\uFFFD${found.slice(1)}`;
  });
}

/** The same in one line. */
export function printableLine(text: string): string {
  return printable(text.replaceAll(/[\n\t]/g, " "));
}
