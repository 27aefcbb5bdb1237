// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { basename, join, resolve } from "node:path";
import { BasaltError } from "../errors.js";
import { wordsOf } from "../formats/dockerfile/grammar.js";
import { parseDockerfile } from "../formats/dockerfile/parse.js";
import { parseImageReference } from "../formats/image-reference.js";
import { findContainerEngine, type ContainerEngine } from "../host/container-engine.js";
import { copyFileIfAny, makeDirectory, removeTree, writeFileAtomic } from "../host/files.js";
import { createHttpClient, HTTP_LIMITS } from "../host/http.js";
import { ownPlatform } from "../host/machine.js";
import {
  compareTrials,
  customizationFile,
  tryDockerfile,
  type Customization,
  type Migration,
  type Probe,
  type Trial,
  type Verification,
} from "../migrate/index.js";
import { build } from "../pipeline.js";
import type { ImageScan } from "../scan/index.js";
import { openSigner } from "../sign/index.js";
import { resolveManifest, type Store } from "../store/index.js";
import { buildOptions } from "./build.js";
import { withStore, type CommandContext } from "./context.js";
import { deliver, type StoredImage } from "./deliver.js";
import { findOne } from "./find-definitions.js";
import { customizationDefinition } from "./migrate-customization.js";
import { withScanner } from "./scan.js";
import { createSteps, type Steps } from "./steps.js";

export interface VerifyFlags {
  readonly probe?: string;
  readonly probeArgs?: string;
  readonly env?: readonly string[];
  readonly buildArg?: readonly string[];
}

/** A Dockerfile that was migrated, and where it was found. */
export interface MigratedFile {
  /** As the user gave it. */
  readonly file: string;
  readonly text: string;
  readonly context: string;
  readonly registry: string;
  readonly migration: Migration;
}

/** One side: what it did, and what is in it where it could be built. */
export interface VerifiedSide {
  readonly trial: Trial;
  readonly scan?: ImageScan;
}

export interface Verified {
  readonly before: VerifiedSide;
  readonly after: VerifiedSide;
  readonly verification: Verification;
}

const REQUEST_MS = 5_000; // silence of a program that is being tried

/** Builds and starts a Dockerfile as it was and as it is now. Both images stay in the engine. @throws BasaltError `ENGINE_UNAVAILABLE`, `ENGINE_FAILED`, `CANCELLED` */
export async function verifyMigration(
  migrated: MigratedFile,
  flags: VerifyFlags,
  context: CommandContext,
): Promise<Verified> {
  const { host, signal } = context;
  const probe = probeOf(flags);
  const steps = createSteps(context.console, host.now);
  const engine = await findContainerEngine(host.env, signal);
  const folder = join(host.home.temporary, `verify-${randomUUID()}`);
  const limits = { ...HTTP_LIMITS, idleTimeoutMs: REQUEST_MS };
  const deps = { engine, http: createHttpClient({ isDirect: true, limits }), now: host.now, signal };
  await makeDirectory(folder);
  try {
    await withStore(context, async (store) => prepareImages(migrated, { engine, folder, steps, store }, context));
    const name = imageName(migrated.context);
    const attempt = async (side: "before" | "after", text: string): Promise<Trial> => {
      const dockerfile = await writeDockerfile(join(folder, side), text, migrated.file);
      const options = {
        dockerfile,
        context: migrated.context,
        image: `basalt-verify/${name}:${side}`,
        buildArgs: flags.buildArg ?? [],
        env: flags.env ?? [],
        ...(probe === undefined ? {} : { probe }),
      };
      return steps.run(
        `build and start the ${side === "before" ? "original" : "migrated"} Dockerfile`,
        () => tryDockerfile(options, deps),
        toOutcome,
      );
    };
    const before = await attempt("before", migrated.text);
    const after = await attempt("after", migrated.migration.text);
    const [original = { trial: before }, migratedSide = { trial: after }] = await scanBoth(
      [before, after],
      { engine, folder, steps },
      context,
    );
    return { before: original, after: migratedSide, verification: compareTrials(before, after) };
  } finally {
    await removeTree(folder);
  }
}

/** @throws BasaltError `USAGE` */
function probeOf({ probe, probeArgs }: VerifyFlags): Probe | undefined {
  if (probe !== undefined && probeArgs !== undefined)
    throw new BasaltError("USAGE", "--probe asks a server, --probe-args runs a command: one of them is enough");
  if (probeArgs !== undefined) return { kind: "command", args: probeArgs.split(/\s+/).filter((word) => word !== "") };
  if (probe === undefined) return undefined;
  const [, port, path] = /^(?::([0-9]{1,5}))?(\/[^\s]*)$/.exec(probe) ?? [];
  if (path === undefined || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535)
    throw new BasaltError("USAGE", `--probe is [:PORT]/PATH, as /health or :8080/health, not ${JSON.stringify(probe)}`);
  return { kind: "http", path, ...(port === undefined ? {} : { port: Number(port) }) };
}

function imageName(context: string): string {
  const name = basename(resolve(context))
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  return name === "" ? "app" : name;
}

/** With the ignore file that the Dockerfile may have of its own. Source: docs.docker.com/build/concepts/context, "Filename and location". */
async function writeDockerfile(folder: string, text: string, original: string): Promise<string> {
  const path = join(folder, "Dockerfile");
  await makeDirectory(folder);
  await writeFileAtomic(path, text);
  if (original !== "-") await copyFileIfAny(`${original}.dockerignore`, `${path}.dockerignore`);
  return path;
}

function toOutcome({ buildFailure, buildSeconds, behaviour }: Trial): string {
  if (buildFailure !== undefined) return "it cannot be built";
  const { answer, end } = behaviour ?? {};
  const did =
    answer !== undefined ? `answers with ${answer.status}` : end !== undefined ? `ended with ${end.exitCode}` : "runs";
  return `built in ${buildSeconds} s, ${did}`;
}

interface Workshop {
  readonly engine: ContainerEngine;
  readonly folder: string;
  readonly steps: Steps;
}

/** Hardened images that the engine lacks come from the store, and customizations are built; all others the engine pulls. */
async function prepareImages(
  { migration, registry }: MigratedFile,
  { engine, folder, steps, store }: Workshop & { readonly store: Store },
  context: CommandContext,
): Promise<void> {
  for (const name of hardenedImages(migration.text, registry)) {
    const full = `${registry}/${name}`;
    if (await engine.hasImage(full)) continue;
    const customization = migration.customizations.find(({ image }) => image === name);
    const stored =
      (await findStored(name, store)) ??
      (customization === undefined
        ? undefined
        : await steps.run(
            `build ${name}`,
            () => buildCustomization(customization, folder, store, context),
            ({ digest }) => digest.slice(0, 19),
          ));
    if (stored === undefined) continue;
    const load = async (): Promise<void> => {
      const path = join(folder, `${randomUUID()}.tar`);
      await deliver(stored, { kind: "archive", path, name: full }, store, context);
      await engine.load(path);
    };
    await steps.run(`load ${full} into the engine`, load, () => "");
  }
}

/** `python:3.13`, of images from our registry that stages stand on. */
function hardenedImages(text: string, registry: string): readonly string[] {
  const bases = parseDockerfile(text).instructions.flatMap((each) =>
    each.keyword === "FROM" ? wordsOf(each).slice(0, 1) : [],
  );
  const ours = bases.filter((base) => base.startsWith(`${registry}/`) && /:[\w.-]+$/.test(base));
  return [...new Set(ours.map((base) => base.slice(registry.length + 1)))];
}

async function findStored(name: string, store: Store): Promise<StoredImage | undefined> {
  const { repository, tag } = parseImageReference(name);
  const found = tag === undefined ? undefined : await resolveManifest(store.db, repository, tag);
  return found === undefined || tag === undefined ? undefined : { repository, tags: [tag], digest: found.digest };
}

async function buildCustomization(
  customization: Customization,
  folder: string,
  store: Store,
  context: CommandContext,
): Promise<StoredImage> {
  const path = join(folder, customizationFile(customization));
  await writeFileAtomic(path, await customizationDefinition(customization));
  const definition = await findOne(path, "a customization is one definition");
  const options = { ...buildOptions(context, () => undefined), platforms: [ownPlatform()] };
  return build(definition, options, { host: context.host, store, signer: await openSigner(context.host) });
}

/** What is in the images, for those that were built. */
async function scanBoth(
  trials: readonly Trial[],
  { engine, folder, steps }: Workshop,
  context: CommandContext,
): Promise<readonly VerifiedSide[]> {
  return withScanner(context, {}, async (scan) => {
    const look = async (image: string): Promise<ImageScan> => {
      const file = join(folder, `${randomUUID()}.tar`);
      await engine.save(image, file);
      return { ...(await scan(`archive://${file}`)), reference: image };
    };
    const sides: VerifiedSide[] = [];
    for (const trial of trials)
      sides.push(
        trial.built === undefined
          ? { trial }
          : { trial, scan: await steps.run(`look into ${trial.image}`, () => look(trial.image), packagesText) },
      );
    return sides;
  });
}

function packagesText({ inventory }: ImageScan): string {
  return `${inventory.packages.length} packages`;
}
