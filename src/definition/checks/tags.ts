// SPDX-License-Identifier: Apache-2.0
import type { RawDefinition } from "../raw.js";
import type { CheckContext } from "./check.js";

/** Set in `vars` where tags are made by hand. */
const BY_HAND = "DHI_TAGS_OVERWRITE";
const RULE = { severity: "warning", hint: "VERSION[-DISTRO[RELEASE]][-FLAVOR][-dev]" } as const;

/**
 * The tag rule: `VERSION[-DISTRO[RELEASE]][-FLAVOR][-dev]`. Whoever reads a tag relies on what it says about the distribution, and whether
 * there is a shell. Source: research into the public catalogue, which follows it in 2,560 of 2,582 definitions.
 */
export function checkTags({ raw, definition, report }: CheckContext): void {
  const written = raw.tags.map((tag) => `${tag}${raw.suffix ?? ""}`);
  const seen = new Set<string>();
  for (const [index, tag] of written.entries()) {
    if (seen.has(tag))
      report(["tags", index], "DEFINITION_TAG_TWICE", `the tag ${tag} stands twice`, { severity: "warning" });
    seen.add(tag);
  }
  const { vars = {} } = definition.yaml.value as RawDefinition;
  if (vars[BY_HAND] !== undefined) return;
  const violations = written.flatMap((tag, index) => {
    const violation = violationOf(tag, raw);
    return violation === undefined ? [] : [{ tag, index, ...violation }];
  });
  for (const kind of ["variant", "distro", "release"] as const) {
    const found = violations.filter((violation) => violation.kind === kind);
    const isEvery = found.length > 1 && found.length === written.filter((tag) => says(tag, kind)).length;
    if (isEvery)
      report(PLACES[kind], "DEFINITION_TAG_RULE", `no tag agrees with it: ${found[0]?.tag} ${found[0]?.why}`, RULE);
    else
      for (const { tag, index, why } of found)
        report(["tags", index], "DEFINITION_TAG_RULE", `the tag ${tag} ${why}`, RULE);
  }
}

/** Where it is the definition that is wrong rather than each of its tags. */
const PLACES = { variant: ["variant"], distro: ["os-release", "id"], release: ["os-release", "version-id"] } as const;

type Kind = keyof typeof PLACES;

const DISTRO = /^(debian|alpine)([0-9.]*)$/;

/** Whether a tag says anything of this kind: every tag says whether there is a shell. */
function says(tag: string, kind: Kind): boolean {
  if (kind === "variant") return true;
  const named = distroOf(tag);
  return named !== undefined && (kind === "distro" || named.release !== "");
}

/** What a tag says of the distribution. */
function distroOf(tag: string): { readonly id: string; readonly release: string } | undefined {
  const match = tag
    .split("-")
    .map((part) => DISTRO.exec(part))
    .find((found) => found !== null);
  return match === undefined ? undefined : { id: match[1] ?? "", release: match[2] ?? "" };
}

interface Violation {
  readonly kind: Kind;
  readonly why: string;
}

function violationOf(tag: string, raw: RawDefinition): Violation | undefined {
  const isDev = raw.variant === "dev";
  if (isDev !== /(?:^|-)dev$/.test(tag))
    return { kind: "variant", why: isDev ? "of a dev variant does not end in -dev" : "ends in -dev" };
  const { id, "version-id": release } = raw["os-release"];
  const named = distroOf(tag);
  if (named === undefined) return undefined;
  if (named.id !== id) return { kind: "distro", why: `names ${named.id}, the image is of ${id}` };
  const isOfOther = release !== named.release && !release.startsWith(`${named.release}.`);
  if (named.release !== "" && !release.includes("${") && isOfOther)
    return { kind: "release", why: `names ${id} ${named.release}, the image is of ${release}` };
  return undefined;
}
