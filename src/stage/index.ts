// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { artifactWorks, readArtifact, type ArtifactDeps } from "../artifact/index.js";
import { assemble, unpackLayers, type LayerStatement, type LayerWork } from "../assemble/index.js";
import type { ImageDefinition, Stage } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import { fetchLocked } from "../fetch/index.js";
import type { LayerCompressor } from "../formats/archive/layer-compressor.js";
import { ASSEMBLY_RULES } from "../formats/assembly-rules.js";
import type { IndexEvidence, LockedInputs, LockedPlatform } from "../formats/lock.js";
import { removeTree } from "../host/files.js";
import { ownPlatform } from "../host/machine.js";
import { RootFolder } from "../host/root-folder.js";
import type { ContentItem } from "../distro/index.js";
import type { EventSink } from "../resolve/index.js";
import { readAttestations, readOutputs, takeSnapshot } from "./outputs.js";
import { runSteps, type StageRunner } from "./steps.js";

export type { StageRunner } from "./steps.js";

export interface StageOptions {
  readonly compressor: LayerCompressor;
  readonly onEvent: EventSink;
  readonly signal?: AbortSignal;
  /** Values for steps that name them, by id. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly runner: StageRunner;
  /** What the lock knows of the indexes that packages were found in. */
  readonly indexes?: readonly IndexEvidence[];
}

/** What a stage gives besides its layer's content. */
interface Remarks {
  readonly removals: string[];
  readonly statements: LayerStatement[];
}

/**
 * A layer for each build stage of an image: what its outputs take out of a tree of files in which its steps ran. Its recipe is the stage
 * and the hashes of its inputs, so that a stage whose layer is there does not run again.
 */
export function stageWorks(
  image: ImageDefinition,
  locked: LockedPlatform,
  options: StageOptions,
  deps: ArtifactDeps,
): readonly LayerWork[] {
  return image.stages.map((stage) => {
    const inputs = locked.stages?.[stage.name];
    if (inputs === undefined) throw new Error(`internal: the lock has nothing for the stage ${stage.name}`);
    return {
      title: `build stage ${stage.name}`,
      recipe: {
        kind: "stage",
        compressor: options.compressor,
        rules: ASSEMBLY_RULES,
        platform: image.platform,
        stage,
        osRelease: image.osRelease,
        packages: inputs.packages.map((item) => item.sha256),
        artifacts: inputs.artifacts.map((item) => item.sha256),
        ...(inputs.keyrings === undefined ? {} : { keyrings: inputs.keyrings }),
      },
      open: () => {
        const remarks: Remarks = { removals: [], statements: [] };
        return {
          sources: [{ items: runStage({ stage, image, inputs, remarks }, options, deps) }],
          packages: () => [],
          remarks: () => remarks,
          files: [],
        };
      },
    };
  });
}

interface StageWork {
  readonly stage: Stage;
  readonly image: ImageDefinition;
  readonly inputs: LockedInputs;
  readonly remarks: Remarks;
}

/** Makes the tree, runs the steps in it, and gives what the outputs name. @throws BasaltError `STAGE_PLATFORM`, `STAGE_SECRET`, `STAGE_USER`, `STAGE_FAILED`, `STAGE_LIMIT`, `STAGE_OUTPUT`, `SANDBOX_UNAVAILABLE` */
async function* runStage(work: StageWork, options: StageOptions, deps: ArtifactDeps): AsyncGenerator<ContentItem> {
  const { stage, image, remarks } = work;
  const { host } = deps;
  requireSecrets(work, options);
  if (image.platform !== ownPlatform())
    throw new BasaltError(
      "STAGE_PLATFORM",
      `${image.title}: the stage ${stage.name} is for ${image.platform}, and this machine is ${ownPlatform()}`,
    );
  const name = `stage-${randomUUID()}`;
  const folder = join(host.home.temporary, name);
  try {
    const root = await RootFolder.open(folder);
    const epochSeconds = await fill(root, work, options, deps);
    const isCompared = [...stage.outputs, ...stage.attestations].some(({ isDiff }) => isDiff);
    const before = isCompared ? await takeSnapshot(root) : new Map<string, string>();
    await runSteps(stage, { name, root, epochSeconds, image, ...options }, host);
    const outputs = { stage, image, root, before, epochSeconds };
    remarks.statements.push(...(await readAttestations(outputs)));
    yield* readOutputs(outputs, remarks.removals);
  } finally {
    await removeTree(folder);
  }
}

/** @throws BasaltError `STAGE_SECRET`, before anything runs */
function requireSecrets({ stage, image }: StageWork, { secrets }: StageOptions): void {
  for (const step of stage.steps) {
    for (const { id, isOptional } of step.kind === "run" ? step.secrets : []) {
      if (isOptional || secrets.has(id)) continue;
      const where = `${image.title}: the step ${JSON.stringify(step.title)} of the stage ${stage.name}`;
      throw new BasaltError("STAGE_SECRET", `${where} needs the secret ${id}, which was not given`);
    }
  }
}

/** Unpacks what an image of the stage's contents would hold. Answers when the newest of it was made, in seconds since 1970. */
async function fill(
  root: RootFolder,
  { stage, image, inputs }: StageWork,
  options: StageOptions,
  deps: ArtifactDeps,
): Promise<number> {
  const cancellation = options.signal === undefined ? {} : { signal: options.signal };
  const quiet = { onEvent: () => undefined, ...cancellation };
  const { indexes = [] } = options;
  const files = await fetchLocked(inputs, { distro: image.osRelease.id, indexes, ...quiet }, deps.host);
  const assembly = { compressor: options.compressor, ...quiet };
  const contents = stageImage(stage, image);
  const works = artifactWorks(contents, options, deps);
  const assembled = await assemble(contents, { locked: inputs, files, works }, assembly, deps);
  await unpackLayers(assembled.layers, root, deps.blobs);
  // What the image that it starts from has comes last: its accounts and its package database are those of the stage.
  if (stage.base !== undefined)
    for await (const { entry, content } of readArtifact(stage.base, image, deps)) await root.write(entry, content);
  return Math.floor(assembled.createdAt.getTime() / 1000);
}

/** A dev image of what the stage asks for, in which everything belongs to root. */
function stageImage(
  { name, packages, masks, repositories = [], repositoryKeys = {}, files, artifacts, accounts, paths }: Stage,
  image: ImageDefinition,
): ImageDefinition {
  return {
    title: `${image.title}, stage ${name}`,
    image: image.image,
    variant: "dev",
    output: "layered",
    tags: image.tags,
    platform: image.platform,
    dates: {},
    osRelease: image.osRelease,
    repositories,
    repositoryKeys,
    keyring: image.keyring,
    packages,
    masks,
    files,
    artifacts,
    stages: [],
    tests: [],
    accounts: { ...accounts, hasRoot: true, runAs: { uid: 0, gid: 0 } },
    environment: {},
    // Packages lose what they have in it, and the public catalogue's stages for locales put a link there.
    paths: [{ kind: "directory", path: "usr/share/locale", uid: 0, gid: 0, mode: 0o755 }, ...paths],
    annotations: {},
    labels: {},
    entrypoint: [],
    cmd: [],
    ports: [],
    volumes: [],
    mappings: {},
  };
}
