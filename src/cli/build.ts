// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from "node:util";
import type { Definition } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import { isNoMapping, type InputMapping } from "../formats/input-mapping.js";
import { parseLock, type Lock } from "../formats/lock.js";
import { parsePlatforms } from "../formats/platform.js";
import { LOCAL_BUILDER_ID } from "../formats/slsa.js";
import { readText } from "../host/files.js";
import { build, type BuildOptions, type BuiltImage, type StageRunner } from "../pipeline.js";
import type { EventSink } from "../resolve/index.js";
import { openSigner } from "../sign/index.js";
import type { Store } from "../store/index.js";
import { withStore, type CommandContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit.js";
import { deliver, parseOutput, type Delivery } from "./deliver.js";
import { findAll } from "./find-definitions.js";
import { parseMapping, type MappingFlags } from "./mapping-flags.js";
import { loadPolicy } from "./policy.js";
import { createProgress } from "./progress.js";
import { registriesOf } from "./public-url.js";
import { readSecrets } from "./secret-flags.js";

export interface BuildFlags extends MappingFlags {
  readonly platform?: string;
  readonly lock?: string;
  readonly secret?: readonly string[];
  readonly runner?: string;
  readonly output?: string;
  readonly load?: boolean;
  readonly push?: string;
  readonly policy?: readonly string[];
  readonly enforcePolicy?: boolean;
  readonly attestInIndex?: boolean;
  readonly json?: boolean;
}

/** `basalt build`: prints one line a tag. */
export async function runBuild(
  targets: readonly string[],
  flags: BuildFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const definitions = await findAll(targets);
  const lock = flags.lock === undefined ? undefined : parseLock(await readText(flags.lock), flags.lock);
  if (lock !== undefined && definitions.length !== 1) {
    throw new BasaltError("USAGE", `--lock is for one definition, and ${definitions.length} are named`);
  }
  const mapping = parseMapping(flags);
  if (lock !== undefined && !isNoMapping(mapping) && !isDeepStrictEqual(mapping, lock.mapping))
    throw new BasaltError(
      "USAGE",
      `${flags.lock} was made with another mapping; a build from a lock needs no --map options`,
    );
  const work = { definitions, lock, flags, delivery: toDelivery(flags), mapping };
  const built = await withStore(context, (store) => buildAll(work, store, context));
  context.console.print(flags.json === true ? toJson(built) : built.flatMap(toLines).join(""));
  return EXIT.ok;
}

interface BuildWork {
  readonly definitions: readonly Definition[];
  readonly lock: Lock | undefined;
  readonly flags: BuildFlags;
  readonly delivery: readonly Delivery[];
  readonly mapping: InputMapping;
}

async function buildAll(work: BuildWork, store: Store, context: CommandContext): Promise<readonly BuiltImage[]> {
  const { host } = context;
  const signer = await openSigner(host);
  const progress = createProgress(context.console, host.now);
  const options = {
    ...buildOptions(context, progress.onEvent),
    ...(work.flags.platform === undefined ? {} : { platforms: parsePlatforms(work.flags.platform) }),
    ...(work.lock === undefined ? {} : { lock: work.lock }),
    mapping: work.mapping,
    policy: await loadPolicy(work.flags.policy),
    enforcesPolicy: work.flags.enforcePolicy === true,
    attestsInIndex: work.flags.attestInIndex === true,
    secrets: await readSecrets(work.flags.secret ?? [], host.env),
    runner: toRunner(work.flags.runner),
  };
  const built: BuiltImage[] = [];
  try {
    for (const definition of work.definitions) built.push(await build(definition, options, { host, store, signer }));
  } finally {
    progress.end();
  }
  for (const image of built) for (const delivery of work.delivery) await deliver(image, delivery, store, context);
  return built;
}

/** @throws BasaltError `USAGE` */
export function toRunner(text = "bubblewrap"): StageRunner {
  if (text === "bubblewrap" || text === "docker") return text;
  throw new BasaltError("USAGE", `--runner takes bubblewrap or docker, not ${JSON.stringify(text)}`);
}

function toDelivery(flags: BuildFlags): readonly Delivery[] {
  return [
    ...(flags.output === undefined ? [] : [parseOutput(flags.output)]),
    ...(flags.load === true ? [{ kind: "engine" } as const] : []),
    ...(flags.push === undefined ? [] : [{ kind: "registry", to: flags.push } as const]),
  ];
}

/** What every build of this program says about itself. */
export function buildOptions({ host, signal, version }: CommandContext, onEvent: EventSink): BuildOptions {
  return { builderId: builderId(host.env), version, registries: registriesOf(host), signal, onEvent };
}

/** Who builds, for the provenance; an operator with several builders tells them apart by BASALT_BUILDER_ID. */
export function builderId(env: Readonly<Record<string, string | undefined>>): string {
  return env["BASALT_BUILDER_ID"] || LOCAL_BUILDER_ID;
}

function toLines(image: BuiltImage): readonly string[] {
  return image.tags.map((tag) => `${image.repository}:${tag} ${image.digest}\n`);
}

function toJson(built: readonly BuiltImage[]): string {
  const images = built.map(({ repository, tags, digest }) => ({ repository, tags, digest }));
  return `${JSON.stringify({ images }, undefined, 2)}\n`;
}
