// SPDX-License-Identifier: Apache-2.0
import { openAdvisories } from "./advisories/index.js";
import { artifactWorks } from "./artifact/index.js";
import { assemble } from "./assemble/index.js";
import { loadCatalogInfo, type Definition } from "./definition/index.js";
import {
  describeImage,
  describeIndex,
  describeInIndex,
  describeKnown,
  describeKnownOfAll,
  type Description,
} from "./describe/index.js";
import { fetchLocked } from "./fetch/index.js";
import type { Digest } from "./formats/digest.js";
import { parseTag, type RepositoryName, type Tag } from "./formats/image-reference.js";
import type { InputMapping } from "./formats/input-mapping.js";
import type { Lock } from "./formats/lock.js";
import type { Platform } from "./formats/platform.js";
import type { Host } from "./host/host.js";
import { testImage, type TestedImage } from "./image-tests/index.js";
import { judgeImages } from "./judge.js";
import type { Policy } from "./policy/index.js";
import { describeAllChanges } from "./previous.js";
import { publish, toIndex, withEntries, type IndexDocument } from "./publish/index.js";
import {
  applyLock,
  compressorOf,
  lockedPlatform,
  mappedImage,
  requireLockFits,
  resolve,
  type BuildStage,
  type EventSink,
} from "./resolve/index.js";
import { signDescriptions, type Signer } from "./sign/index.js";
import { stageWorks, type StageRunner } from "./stage/index.js";
import { openLease, type Lease, type Store } from "./store/index.js";
import { loadStated, loadStatedFiles } from "./vex/index.js";

export type { StageRunner } from "./stage/index.js";

export interface BuildOptions {
  /** @default all platforms of the definition */
  readonly platforms?: readonly Platform[];
  /** Builds from this lock instead of resolving. */
  readonly lock?: Lock;
  /** What takes the place of inputs that cannot be had; a lock brings its own. */
  readonly mapping?: InputMapping;
  /** Values for steps of build stages that name them, by id. */
  readonly secrets?: ReadonlyMap<string, string>;
  /** What runs the programs of build stages. @default bubblewrap */
  readonly runner?: StageRunner;
  /** What images are judged by. @default the hardening policy */
  readonly policy?: Policy;
  /** Publishes only what keeps it. @default false: what it says is attested, and told */
  readonly enforcesPolicy?: boolean;
  /** Puts SBOM and provenance into the index as well, as BuildKit does. @default false: other tools list them as images */
  readonly attestsInIndex?: boolean;
  /** Leaves out the definition's tests. @default false */
  readonly skipTests?: boolean;
  /** `HOST[:PORT][/PREFIX]` of registries that have what is built here, for statements about it. @default none */
  readonly registries?: readonly string[];
  /** Who builds, for the provenance: a URI. */
  readonly builderId: string;
  /** Version of Basalt. */
  readonly version: string;
  readonly onEvent: EventSink;
  readonly signal?: AbortSignal;
}

export interface BuildDeps {
  readonly host: Host;
  readonly store: Store;
  readonly signer: Signer;
}

export interface BuiltImage {
  readonly repository: RepositoryName;
  readonly tags: readonly Tag[];
  /** Of the index. */
  readonly digest: Digest;
  readonly lock: Lock;
}

/** The whole flow: definition → resolve → fetch → assemble → test → describe → scan → judge → sign → publish. */
export async function build(definition: Definition, options: BuildOptions, deps: BuildDeps): Promise<BuiltImage> {
  const { host, store } = deps;
  const { image: repository, file } = definition;
  const begin = (stage: BuildStage): void => options.onEvent({ kind: "stage", stage });
  const startedAt = host.now();
  const lease = await openLease(store.db, `build ${file}`, host.now);
  try {
    const { lock, images, index: bare } = await make(definition, options, { ...deps, lease });
    begin("describe");
    const facts = { definition, lock, host, startedAt, builderId: options.builderId, version: options.version };
    const described = images.map((image) => describeImage(image, facts));
    const inIndex = options.attestsInIndex === true ? describeInIndex(described) : [];
    const index = withEntries(
      bare,
      inIndex.map(({ entry }) => entry),
    );
    begin("scan");
    const whole = describeIndex(index.descriptor, images, facts);
    const known = await describeAllKnown(described, whole, { definition, options }, deps);
    begin("judge");
    const judged = await judgeImages(images, known, { ...options, repository }, deps);
    const descriptions = await describeAllChanges(images, judged, repository, deps);
    begin("sign");
    const signed = await signDescriptions(descriptions, { repository, signer: deps.signer, store });
    const evidence = { ...signed, artifacts: [...inIndex, ...signed.artifacts] };
    begin("publish");
    const tags = (images[0]?.image.tags ?? []).map(parseTag);
    await publish(
      { repository, tags, index, images, descriptions, evidence, catalog: await loadCatalogInfo(file) },
      lease,
      store,
    );
    for (const tag of tags)
      options.onEvent({ kind: "published", reference: `${repository}:${tag}`, digest: index.descriptor.digest });
    return { repository, tags, digest: index.descriptor.digest, lock };
  } finally {
    await lease.release();
  }
}

/** Adds what is stated and known about the vulnerabilities of each image, by the advisories that are on this machine. */
async function describeAllKnown(
  images: readonly Description[],
  index: Description,
  { definition, options }: { readonly definition: Definition; readonly options: BuildOptions },
  { host, store }: BuildDeps,
): Promise<readonly Description[]> {
  const { image: repository, file } = definition;
  const stated = await loadStatedFiles(file);
  const added = await loadStated(store.db, repository);
  const advisories = await openAdvisories(host.home.advisories);
  try {
    const { builderId, version, registries = [] } = options;
    const of = { repository, registries, index: index.subject.digest, builderId, version };
    const facts = { ...of, advisories, stated, added, now: host.now };
    const known = images.map((image) => describeKnown(image, facts));
    return [...known, describeKnownOfAll(index, known, facts)];
  } finally {
    advisories.close();
  }
}

/** What a definition makes: its blobs are in the store, nothing is visible yet. */
export interface MadeImage {
  readonly lock: Lock;
  /** By platform, in the order of the index. */
  readonly images: readonly TestedImage[];
  readonly index: IndexDocument;
}

export interface MakeDeps extends Pick<BuildDeps, "host" | "store"> {
  readonly lease: Lease;
}

/** The first half of the flow: definition → resolve → fetch → assemble → test. */
export async function make(definition: Definition, options: BuildOptions, deps: MakeDeps): Promise<MadeImage> {
  const { host, lease } = deps;
  const platforms = options.platforms ?? definition.platforms;
  options.onEvent({ kind: "image", image: definition.image, file: definition.file });
  options.onEvent({ kind: "stage", stage: "resolve" });
  const lock =
    options.lock === undefined
      ? await resolve(definition, { platforms, ...mappingOf(options), ...cancellation(options) }, host)
      : requireLockFits(options.lock, definition, platforms);
  const images: TestedImage[] = [];
  for (const platform of platforms)
    images.push(await makePlatform({ definition, lock, platform, lease }, options, deps));
  return { lock, images, index: toIndex(images) };
}

interface PlatformBuild {
  readonly definition: Definition;
  readonly lock: Lock;
  readonly platform: Platform;
  readonly lease: Lease;
}

/** @throws BasaltError `TEST_FAILED` and what else stages throw: an image that fails its tests goes no further */
async function makePlatform(
  work: PlatformBuild,
  options: BuildOptions,
  { host, store }: MakeDeps,
): Promise<TestedImage> {
  const { definition, lock, platform, lease } = work;
  const { onEvent } = options;
  const locked = lockedPlatform(lock, platform);
  const image = applyLock(mappedImage(definition, platform, lock), locked);
  onEvent({ kind: "stage", stage: "fetch", platform });
  const { indexes } = lock.evidence;
  const sources = { distro: image.osRelease.id, indexes };
  const files = await fetchLocked(locked, { ...sources, onEvent, ...cancellation(options) }, host);
  onEvent({ kind: "stage", stage: "assemble", platform });
  const assembly = { compressor: compressorOf(lock), onEvent, ...cancellation(options) };
  const deps = { host, store, blobs: store.blobs, pin: lease.pin };
  const stageOptions = {
    ...assembly,
    indexes,
    secrets: options.secrets ?? new Map<string, string>(),
    runner: options.runner ?? "bubblewrap",
  };
  const works = [...artifactWorks(image, assembly, deps), ...stageWorks(image, locked, stageOptions, deps)];
  const assembled = await assemble(image, { locked, files, works }, assembly, deps);
  if (image.tests.length === 0 || options.skipTests === true) return assembled;
  onEvent({ kind: "stage", stage: "test", platform });
  return testImage(assembled, { version: options.version, onEvent, ...cancellation(options) }, deps);
}

function mappingOf({ mapping }: BuildOptions): { readonly mapping?: InputMapping } {
  return mapping === undefined ? {} : { mapping };
}

function cancellation({ signal }: BuildOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
