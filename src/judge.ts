// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { describeJudged, type Description, type Judged } from "./describe/index.js";
import { BasaltError } from "./errors.js";
import { canonicalJson } from "./formats/canonical-json.js";
import { sha256Hex } from "./formats/digest.js";
import type { RepositoryName } from "./formats/image-reference.js";
import { parseManifest } from "./formats/oci/manifest.js";
import { readTextIfAny, writeFileAtomic } from "./host/files.js";
import type { Host } from "./host/host.js";
import { scanForViruses, type TestedImage } from "./image-tests/index.js";
import {
  HARDENING_POLICY,
  judge,
  readSurface,
  toBuildFacts,
  violations,
  type Judgement,
  type Policy,
  type Surface,
} from "./policy/index.js";
import type { EventSink } from "./resolve/index.js";
import type { BlobStore, Store } from "./store/index.js";

export interface JudgeOptions {
  readonly repository: RepositoryName;
  /** @default the hardening policy */
  readonly policy?: Policy;
  /** Stops at the first image that does not keep it. @default false */
  readonly enforcesPolicy?: boolean;
  readonly builderId: string;
  readonly version: string;
  readonly onEvent: EventSink;
  readonly signal?: AbortSignal;
}

/** Adds what the policy says of each image and of all of them, and what a virus scanner does. @throws BasaltError `POLICY_VIOLATED`, `VIRUS_FOUND` */
export async function judgeImages(
  images: readonly TestedImage[],
  descriptions: readonly Description[],
  options: JudgeOptions,
  { host, store }: { readonly host: Host; readonly store: Store },
): Promise<readonly Description[]> {
  const { policy = HARDENING_POLICY, repository, builderId, version, onEvent } = options;
  const facts = { repository, policy, builderId, version, now: host.now };
  const judged: Description[] = [];
  const all: Judgement[] = [];
  for (const [index, assembled] of images.entries()) {
    const description = descriptions[index];
    if (description === undefined) continue;
    const deps = { host, blobs: store.blobs };
    const found = await judgeImage(assembled, description, policy, deps);
    const virusReport = await scanForViruses(assembled, options, deps);
    const { judgements } = found;
    const { platform, image } = assembled.image;
    if (options.enforcesPolicy === true) requireKept(image, platform, violations(judgements));
    const broken = judgements.filter(({ outcome }) => outcome.kind === "violated").map(({ id }) => id);
    if (broken.length > 0) onEvent({ kind: "note", text: `${platform}: not as the policy says: ${broken.join(", ")}` });
    judged.push(
      describeJudged(description, { ...found, ...(virusReport === undefined ? {} : { virusReport }) }, facts),
    );
    all.push(...judgements.map((each) => ({ ...each, id: `${platform} ${each.id}` })));
  }
  return [
    ...judged,
    ...descriptions.slice(images.length).map((each) => describeJudged(each, { judgements: all }, facts)),
  ];
}

/** Format of the remembered surfaces; another number looks through every image anew. */
const MEMORY_VERSION = 1;

/** Judges an image that is made and not published yet: its evidence is what will be published with it. */
async function judgeImage(
  assembled: TestedImage,
  { inventory, scan }: Pick<Description, "inventory" | "scan">,
  policy: Policy,
  deps: { readonly host: Host; readonly blobs: BlobStore },
): Promise<Judged> {
  if (inventory === undefined || scan === undefined) throw new Error("internal: an image that was not scanned");
  const surface = await surfaceOf(assembled, deps);
  const { config, testReport } = assembled;
  const facts = toBuildFacts({ config, inventory, scan, surface, testReport, now: deps.host.now() });
  return { judgements: judge(facts, policy), surface };
}

/** An image that was looked through on this machine is not looked through again. */
async function surfaceOf(
  { manifest, manifestBytes, config, image }: TestedImage,
  { host, blobs }: { readonly host: Host; readonly blobs: BlobStore },
): Promise<Surface> {
  const key = sha256Hex(canonicalJson({ memory: MEMORY_VERSION, digest: manifest.digest }));
  const memory = join(host.home.cache, "surfaces", key.slice(0, 2), `${key}.json`);
  await host.cache.use(memory);
  const known = parseSurface(await readTextIfAny(memory));
  if (known !== undefined) return known;
  const parsed = parseManifest(manifestBytes);
  if (parsed.kind !== "image") throw new Error("internal: a platform's manifest is one of an image");
  const reader = { name: image.image, readBlob: ({ digest }: typeof manifest) => blobs.read(digest) };
  const surface = await readSurface(reader, { manifest: parsed, config });
  await writeFileAtomic(memory, JSON.stringify(surface));
  return surface;
}

const LISTS = ["shells", "packageManagers", "setuid", "worldWritable", "secrets"] as const;

/** Undefined where it is damaged: then it is made again. */
function parseSurface(text: string | undefined): Surface | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Surface | null;
    return value !== null && LISTS.every((list) => Array.isArray(value[list])) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** @throws BasaltError `POLICY_VIOLATED` with the rules and why */
function requireKept(image: string, platform: string, violated: readonly Judgement[]): void {
  if (violated.length === 0) return;
  const why = violated.map(({ id, outcome }) => `${id}: ${outcome.why}`).join("; ");
  throw new BasaltError("POLICY_VIOLATED", `${image} for ${platform} does not keep the policy: ${why}`);
}
