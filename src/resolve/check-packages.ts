// SPDX-License-Identifier: Apache-2.0
import {
  expandWithObstacles,
  problemAt,
  type Definition,
  type ImageDefinition,
  type Problem,
} from "../definition/index.js";
import { distroOf } from "../distro/index.js";
import { BasaltError } from "../errors.js";
import { isDebianRepository, parseAptSource } from "../formats/debian/apt-source.js";
import { NO_MAPPING, type InputMapping } from "../formats/input-mapping.js";
import type { Platform } from "../formats/platform.js";
import type { Host } from "../host/host.js";
import { applyMapping } from "./mapping.js";
import { packageRequest } from "./request.js";

export interface CheckOptions {
  readonly mapping?: InputMapping;
  readonly signal?: AbortSignal;
}

/**
 * What is wrong with the packages that a definition asks for, by today's indexes: names that do not exist, pins and dependencies that
 * cannot be met. A definition with repositories of others that are not mapped, or of a distribution that is not read, is passed over: what they have is not known.
 * @throws BasaltError as `resolve`, for mirrors and signatures
 */
export async function checkPackages(
  definition: Definition,
  platform: Platform,
  options: CheckOptions,
  host: Host,
): Promise<readonly Problem[]> {
  const { mapping = NO_MAPPING } = options;
  let image: ImageDefinition;
  try {
    image = applyMapping(expandWithObstacles(definition, platform).image, mapping);
    distroOf(image.osRelease.id);
    const lines = [image, ...image.stages].flatMap(({ repositories = [] }) => repositories);
    if (lines.some((line) => !isDebianRepository(parseAptSource(line).url))) return [];
  } catch (error) {
    if (error instanceof BasaltError) return []; // lint says what is wrong, or it cannot be known
    throw error;
  }
  const lists = [
    { inputs: image, at: ["contents", "packages"] },
    ...image.stages.map((inputs, index) => ({ inputs, at: ["contents", "builds", index, "contents", "packages"] })),
  ];
  const problems: Problem[] = [];
  for (const { inputs, at } of lists) {
    const { packages, masks, repositories = [] } = inputs;
    const request = { ...packageRequest(image, options), packages, masks, repositories };
    try {
      await distroOf(image.osRelease.id).resolve(request, host);
    } catch (error) {
      if (!(error instanceof BasaltError) || !error.code.startsWith("PACKAGE_")) throw error;
      problems.push(...problemsOf(error, { definition, at }));
    }
  }
  return problems;
}

/** One for each line of the error, at the request that it names. */
function problemsOf(
  error: BasaltError,
  { definition, at }: { readonly definition: Definition; readonly at: readonly (string | number)[] },
): readonly Problem[] {
  const lines = error.message.split("\n");
  return lines.map((message) => {
    const index = requestIn(message, definition, at);
    const place = index === undefined ? at : [...at, index];
    const hint = lines.length === 1 && error.action !== "" ? { hint: error.action } : {};
    return problemAt(definition, place, { code: error.code, message, ...hint });
  });
}

/** The first request that a message names as a whole word. */
function requestIn(message: string, { yaml }: Definition, at: readonly (string | number)[]): number | undefined {
  let list: unknown = yaml.value;
  for (const step of at) list = (list as Readonly<Record<string, unknown>> | undefined)?.[step];
  if (!Array.isArray(list)) return undefined;
  const words = message.split(/[^A-Za-z0-9.+-]+/).map((word) => word.replace(/\.$/, ""));
  const places = list.map((entry) => words.indexOf(String(entry).replace(/=.*$/, "")));
  const known = places.flatMap((place, index) => (place === -1 ? [] : [{ place, index }]));
  return known.toSorted((a, b) => a.place - b.place)[0]?.index;
}
