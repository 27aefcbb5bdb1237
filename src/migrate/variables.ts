// SPDX-License-Identifier: Apache-2.0

/** Values of ARG and ENV; a name without a value was declared, and its value is not known. */
export type Variables = ReadonlyMap<string, string | undefined>;

/**
 * Puts in the values of `$name` and `${name}`, with `:-` and `:+` as BuildKit knows them; undefined when a value is not known.
 * Source: docs.docker.com/reference/dockerfile, "Environment replacement".
 */
export function expandVariables(text: string, variables: Variables): string | undefined {
  let isKnown = true;
  const expanded = text.replaceAll(
    /\\([\s\S])|\$\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+])([^{}]*))?\}|\$([A-Za-z_][A-Za-z0-9_]*)/g,
    (whole, escaped?: string, braced?: string, operator?: string, word?: string, bare?: string) => {
      if (escaped !== undefined) return escaped === "$" ? "$" : whole;
      const value = variables.get(braced ?? bare ?? "");
      if (operator?.endsWith("-") === true && (value === undefined || value === "")) return word ?? "";
      if (operator?.endsWith("+") === true) return value === undefined || value === "" ? "" : (word ?? "");
      if (value === undefined) isKnown = false;
      return value ?? "";
    },
  );
  return isKnown && !/\$\{/.test(expanded) ? expanded : undefined;
}

/** Whether a value depends on a variable. */
export function hasVariable(text: string): boolean {
  return /(?:^|[^\\])\$(?:\{|[A-Za-z_])/.test(text);
}

/** Whether a text puts in the value of a variable. */
export function usesVariable(text: string, name: string): boolean {
  return [...text.matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)/g)].some(([, used]) => used === name);
}
