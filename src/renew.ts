// SPDX-License-Identifier: Apache-2.0
import { openAdvisories } from "./advisories/index.js";
import { describeKnown, describeKnownOfAll, type Description, type KnownFacts } from "./describe/index.js";
import type { Digest } from "./formats/digest.js";
import type { RepositoryName } from "./formats/image-reference.js";
import type { Descriptor } from "./formats/oci/manifest.js";
import type { VexStatement } from "./formats/openvex.js";
import { isCosignTag } from "./formats/simple-signing.js";
import type { Host } from "./host/host.js";
import { loadInventory } from "./inventory/index.js";
import { publishEvidence } from "./publish/index.js";
import { signDescriptions, type Evidence, type Signer } from "./sign/index.js";
import { loadManifest, openLease, type Store } from "./store/index.js";
import { loadStated, loadVex, saveStated } from "./vex/index.js";

export interface RenewOptions {
  /** Statements that are new; they are kept with the repository. @default none */
  readonly stated?: readonly VexStatement[];
  /** `HOST[:PORT][/PREFIX]` of registries that have the repository. */
  readonly registries: readonly string[];
  readonly builderId: string;
  /** Version of Basalt. */
  readonly version: string;
}

export interface RenewDeps {
  readonly host: Host;
  readonly store: Store;
  readonly signer: Signer;
}

/**
 * Says anew what is stated and known about the images of a repository that have tags, by the data that are here now: scan → sign → publish,
 * without a build. What changed becomes visible together. Images that nobody has looked into are passed over. Answers how many images of
 * platforms there were.
 */
export async function renewStatements(
  repository: RepositoryName,
  options: RenewOptions,
  deps: RenewDeps,
): Promise<number> {
  const { host, store, signer } = deps;
  const lease = await openLease(store.db, `statements about ${repository}`, host.now);
  const advisories = await openAdvisories(host.home.advisories);
  try {
    const { registries, builderId, version, stated = [] } = options;
    const shared = { repository, registries, builderId, version, advisories, now: host.now };
    const added = [...(await loadStated(store.db, repository)), ...stated];
    const descriptions = new Map<Digest, Description>();
    for (const root of await taggedManifests(repository, store))
      for (const description of await describeRoot(root, { ...shared, added }, store))
        descriptions.set(description.subject.digest, description);
    const publication = {
      repository,
      descriptions: [...descriptions.values()],
      evidence: await signAll([...descriptions.values()], { repository, signer, store }),
    };
    await publishEvidence(publication, lease, store, async (transaction) => {
      for (const statement of stated) await saveStated(transaction, repository, statement, store.now());
    });
    return publication.descriptions.filter(({ inventory }) => inventory !== undefined).length;
  } finally {
    advisories.close();
    await lease.release();
  }
}

/** Statements are about images that others may have pushed: those stay as they are, signed or not. */
async function signAll(
  descriptions: readonly Description[],
  options: { readonly repository: RepositoryName; readonly signer: Signer; readonly store: Store },
): Promise<Evidence> {
  return signDescriptions(descriptions, { ...options, signsImages: false });
}

async function taggedManifests(repository: RepositoryName, { db }: Store): Promise<readonly Digest[]> {
  const rows = await db.selectFrom("tags").select(["name", "digest"]).where("repository", "=", repository).execute();
  return [...new Set(rows.filter(({ name }) => !isCosignTag(name)).map(({ digest }) => digest as Digest))];
}

/** Descriptions of an image's platforms, and of the index over them where there is one. */
async function describeRoot(
  digest: Digest,
  facts: Omit<KnownFacts, "index" | "stated">,
  store: Store,
): Promise<readonly Description[]> {
  const { repository } = facts;
  const root = await loadManifest(store.db, store.blobs, repository, digest);
  const self: Descriptor = { mediaType: root.mediaType, digest, size: root.bytes.length };
  const images = root.kind === "image" ? [self] : root.value.manifests;
  const described: Description[] = [];
  for (const { mediaType, digest: image, size } of images) {
    const inventory = await loadInventory(store.db, image);
    if (inventory === undefined) continue;
    const subject = { mediaType, digest: image, size };
    const own = { ...facts, index: digest, stated: await statedOf(image, repository, store) };
    described.push(describeKnown({ subject, statements: [], inventory }, own));
  }
  if (root.kind === "image" || described.length === 0) return described;
  const whole = { ...facts, stated: await statedOf(digest, repository, store) };
  return [...described, describeKnownOfAll({ subject: self, statements: [] }, described, whole)];
}

/** Statements of the files beside its definition, when it was built. */
async function statedOf(digest: Digest, repository: RepositoryName, { db }: Store): Promise<readonly VexStatement[]> {
  return (await loadVex(db, repository, digest))?.stated ?? [];
}
