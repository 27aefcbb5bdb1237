// SPDX-License-Identifier: Apache-2.0
import { expandWithObstacles, type Definition, type ImageDefinition } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import type { TrustedKeys } from "../host/host.js";
import { parsePlatforms, type Platform } from "../formats/platform.js";
import { suitesOf } from "../resolve/index.js";
import { findOne } from "./find-definitions.js";
import type { Console } from "./console.js";
import type { CommandContext } from "./context.js";
import { ruleEffects } from "./explain-rules.js";
import { SECTIONS, type Explained, type Section } from "./explain-sections.js";
import { EXIT, type ExitCode } from "./exit.js";
import { formatParagraph, listWords } from "./paragraph.js";

export interface ExplainFlags {
  readonly platform?: string;
  readonly json?: boolean;
}

/** `basalt explain`: what a definition means on its platforms. It needs neither network nor store. */
export async function runExplain(target: string, flags: ExplainFlags, context: CommandContext): Promise<ExitCode> {
  const definition = await findOne(target, "explain is for one");
  const platforms = flags.platform === undefined ? definition.platforms : parsePlatforms(flags.platform);
  const { trust } = context.host;
  const explained = new Map(
    platforms.map((platform) => {
      const { image, obstacles } = expandWithObstacles(definition, platform);
      return [platform, { image, obstacles, suites: suitesIfAny(image, obstacles, trust) }] as const;
    }),
  );
  const { print, colors } = context.console;
  print(flags.json === true ? toJson(definition, explained) : formatExplanation(definition, explained, colors));
  return EXIT.ok;
}

/** Of a distribution that packages can be taken from; the obstacles name one of which they cannot. */
function suitesIfAny(
  image: ImageDefinition,
  obstacles: Explained["obstacles"],
  trust: TrustedKeys,
): Explained["suites"] {
  try {
    return suitesOf(image, trust);
  } catch (error) {
    if (error instanceof BasaltError && error.code === "DISTRO_UNKNOWN" && obstacles.length > 0) return [];
    throw error;
  }
}

type ByPlatform = ReadonlyMap<Platform, Explained>;

/** Blocks that some platforms have and others do not. */
interface Told {
  readonly platforms: readonly Platform[];
  readonly text: string;
}

function formatExplanation(definition: Definition, explained: ByPlatform, colors: Console["colors"]): string {
  const platforms = [...explained.keys()];
  const parts = SECTIONS.map((section) => ({ title: section.title, told: tell(section, explained) }));
  const different = parts.filter(({ told }) => told.some((one) => one.platforms.length < platforms.length));
  const titles = different.map(({ title }) => title.toLowerCase());
  const alike = titles.length === 0 ? "; they are alike" : `; they differ in: ${listWords(titles)}`;
  const head = `${definition.file} on ${listWords(platforms)}${platforms.length < 2 ? "" : alike}`;
  const body = parts.map(({ title, told }) => {
    if (told.length === 0) return "";
    const blocks = told.map(({ platforms: some, text }) =>
      some.length === platforms.length ? text : `${colors.bold(`  on ${listWords(some)}:`)}\n${text}`,
    );
    return `\n${colors.bold(title)}\n${blocks.join("")}`;
  });
  return `${formatParagraph(head, { first: "", rest: "  " })}${body.join("")}`;
}

/** A part's blocks by the platforms that have them: first what all have, then what only some have. */
function tell(section: Section, explained: ByPlatform): readonly Told[] {
  const platformsOf = new Map<string, Platform[]>();
  for (const [platform, one] of explained) {
    for (const block of new Set(section.blocks(one)))
      platformsOf.set(block, [...(platformsOf.get(block) ?? []), platform]);
  }
  const groups = new Map<string, { readonly platforms: readonly Platform[]; text: string }>();
  for (const [block, platforms] of platformsOf) {
    if (block === "") continue;
    const key = platforms.join(" ");
    const group = groups.get(key) ?? { platforms, text: "" };
    groups.set(key, { platforms, text: group.text + block });
  }
  return [...groups.values()].toSorted((a, b) => b.platforms.length - a.platforms.length);
}

function toJson(definition: Definition, explained: ByPlatform): string {
  const platforms = Object.fromEntries(
    [...explained].map(([platform, { image, suites, obstacles }]) => [
      platform,
      { ...image, suites, rules: ruleEffects(image), obstacles },
    ]),
  );
  const { file, sha256, image } = definition;
  return `${JSON.stringify({ definition: file, sha256, image, platforms }, undefined, 2)}\n`;
}
