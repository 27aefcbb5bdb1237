// SPDX-License-Identifier: Apache-2.0

/**
 * Compiles a glob over paths without a leading slash: `*` and `?` stay within one component, `**` spans components, and a
 * name without wildcards matches itself and all below it. The match takes time linear in the path for each wildcard.
 */
export function compileGlob(pattern: string): (path: string) => boolean {
  const parts = pattern.split("/").filter((part) => part !== "" && part !== ".");
  const segments = parts.filter((part, index) => part !== "**" || parts[index - 1] !== "**").map(compileSegment);
  return (path) => matches(segments, path.split("/"));
}

/** Whether a path is wanted: matched by some include (none means all), and by no exclude. */
export function compileSelection(includes: readonly string[], excludes: readonly string[]): (path: string) => boolean {
  const wanted = includes.map(compileGlob);
  const unwanted = excludes.map(compileGlob);
  return (path) => (wanted.length === 0 || wanted.some((glob) => glob(path))) && !unwanted.some((glob) => glob(path));
}

type Segment = { readonly kind: "any" } | { readonly kind: "text"; readonly test: (text: string) => boolean };

function compileSegment(part: string): Segment {
  if (part === "**") return { kind: "any" };
  if (!/[*?]/.test(part)) return { kind: "text", test: (text) => text === part };
  return { kind: "text", test: (text) => matchesWildcards(part, text) };
}

/** Dynamic programming over both lists: a pattern such as a star repeated many times cannot explode. */
function matches(segments: readonly Segment[], path: readonly string[]): boolean {
  let reachable = new Set([0]);
  for (const component of path) {
    // All segments matched before the path ended: what is left lies below a matched name.
    if (reachable.has(segments.length)) return true;
    const next = new Set<number>();
    for (const at of withSkippedAny(segments, reachable)) {
      const segment = segments[at];
      if (segment?.kind === "any") next.add(at);
      else if (segment?.test(component) === true) next.add(at + 1);
    }
    reachable = next;
  }
  return withSkippedAny(segments, reachable).has(segments.length);
}

/** `**` may match nothing. */
function withSkippedAny(segments: readonly Segment[], reachable: ReadonlySet<number>): ReadonlySet<number> {
  const all = new Set(reachable);
  for (const at of all) if (segments[at]?.kind === "any") all.add(at + 1);
  return all;
}

function matchesWildcards(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let index = 0; index < text.length;) {
    if (at < pattern.length && (pattern[at] === "?" || (pattern[at] === text[index] && pattern[at] !== "*"))) {
      at += 1;
      index += 1;
    } else if (pattern[at] === "*") {
      star = at;
      resume = index;
      at += 1;
    } else if (star !== -1) {
      at = star + 1;
      resume += 1;
      index = resume;
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}
