// SPDX-License-Identifier: Apache-2.0
import { isSeq, parseDocument } from "yaml";
import type { ChosenTarget } from "./final-plan.js";
import type { Customization } from "./model.js";

const MAX_NAMED = 3;

/** Named by what it holds, so that two projects with the same needs share it. */
export function customizationOf({ target, tag }: ChosenTarget, packages: readonly string[]): Customization {
  const words = packages.map((name) => name.replaceAll(/[^a-z0-9.-]/g, "-"));
  const rest = words.length - MAX_NAMED;
  const name = [
    ...words.slice(0, MAX_NAMED),
    ...(rest > 0 ? [`${rest}-more-${checksum(packages.join(" "))}`] : []),
  ].join("-");
  return { base: `${target.name}:${tag}`, image: `${target.name}:${tag}_${name}`, packages };
}

/** A short name for a list; not for security. FNV-1a, 32 bits. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}

/** The name of the file that a customization is written to. */
export function customizationFile({ image }: Customization): string {
  return `${image.replaceAll(/[:/]/g, "-")}.basalt.yaml`;
}

/** The definition of a customization: that of its base, with its packages and its own tag. `definition` is the base's, with what it includes. */
export function customizationText({ base, image, packages }: Customization, definition: string): string {
  const document = parseDocument(definition);
  const tag = image.slice(image.indexOf(":") + 1);
  document.set("name", `${String(document.get("name"))} with ${packages.join(", ")}`);
  document.set("tags", [tag]);
  const list = document.getIn(["contents", "packages"]);
  const before = isSeq(list) ? list.items.map(String) : [];
  // What is asked for is not kept out
  const kept = before.filter((name) => !(name.startsWith("!") && packages.includes(name.slice(1))));
  document.setIn(["contents", "packages"], [...new Set([...kept, ...packages])].toSorted());
  // Its base has tests for what it is without these packages
  document.delete("tests");
  document.delete("includes");
  document.commentBefore = ` ${base} with the packages that the program needs at run time, made by basalt migrate. Build it with basalt build.`;
  return document.toString({ lineWidth: 0 });
}
