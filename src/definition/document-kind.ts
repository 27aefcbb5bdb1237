// SPDX-License-Identifier: Apache-2.0
import { parseLocatedYaml } from "./located-yaml.js";

/** A comment that names who builds the file, or a key that hardly anything but a definition has. */
const MARK = /^(?:#\s*syntax=|\{|(?:contents|accounts|os-release|tags|variant|image)\s*:)/m;

/**
 * Whether a YAML file that nobody named is one of another kind, such as a configuration that an image copies: readable, and without
 * anything that definitions have.
 */
export function isOtherYaml(text: string, file: string): boolean {
  if (text.trim() === "" || MARK.test(text)) return false;
  const { problems } = parseLocatedYaml(text, file);
  return problems.every(({ code }) => code === "YAML_MULTIPLE_DOCS");
}

/**
 * Whether a definition is one of a package or of a chart. The public catalogue has them in the same language; they have no users and,
 * being nothing that is run, need no name.
 */
export function isOfPackageOrChart(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { image, variant } = value as Readonly<Record<string, unknown>>;
  return (
    variant === "helm" || (typeof image === "string" && /(?:^|\/)pkg-[^/]*$/.test(image) && !("accounts" in value))
  );
}
