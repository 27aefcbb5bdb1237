// SPDX-License-Identifier: Apache-2.0
import type { Advisories } from "../advisories/index.js";
import { BasaltError } from "../errors.js";
import { parseCertificateIdentity } from "../formats/certificate-identity.js";
import { collect } from "../formats/bytes.js";
import { compareText } from "../formats/canonical-json.js";
import type { Digest } from "../formats/digest.js";
import { isDigest } from "../formats/digest.js";
import { isTag, parseRepositoryName, type RepositoryName } from "../formats/image-reference.js";
import { PREDICATE_TYPE_ANNOTATION, PREDICATE_TYPES } from "../formats/in-toto.js";
import { parseImageConfig, type ImageConfig } from "../formats/oci/config.js";
import { MAX_MANIFEST_BYTES, type ParsedManifest } from "../formats/oci/manifest.js";
import { BUNDLE_PREDICATE_ANNOTATION, SIGNER_ANNOTATION } from "../formats/sigstore-bundle.js";
import { isCosignTag, signatureTag } from "../formats/simple-signing.js";
import { loadInventory, type Inventory } from "../inventory/index.js";
import { countFindings, match, storedVex, type ScanResult } from "../scan/index.js";
import { listReferrers, loadManifest, resolveManifest, type Store } from "../store/index.js";
import { suppressionsBy, vexStamp } from "../vex/index.js";
import type { CatalogDeps } from "./deps.js";
import type { ImageVersion, PlatformContents, PlatformSummary } from "./models.js";

/** A platform's image, read from the store. */
interface PlatformDocuments {
  readonly digest: Digest;
  readonly config: ImageConfig;
  readonly sizeBytes: number;
}

/** The images of a repository with all their tags, runtime variants first, then by what was pushed last. */
export async function listVersions(repository: RepositoryName, deps: CatalogDeps): Promise<readonly ImageVersion[]> {
  const rows = await deps.store.db
    .selectFrom("tags")
    .select(["name", "digest", "updated_at"])
    .where("repository", "=", repository)
    .execute();
  const byDigest = new Map<Digest, { tags: string[]; pushedAt: string }>();
  for (const row of rows) {
    if (isCosignTag(row.name)) continue;
    const group = byDigest.get(row.digest as Digest) ?? { tags: [], pushedAt: row.updated_at };
    group.tags.push(row.name);
    if (row.updated_at > group.pushedAt) group.pushedAt = row.updated_at;
    byDigest.set(row.digest as Digest, group);
  }
  const versions = await Promise.all(
    [...byDigest].map(([digest, group]) => readVersion(repository, digest, group, deps).catch(passOverDamaged)),
  );
  return versions
    .flatMap((version) => version ?? [])
    .toSorted(
      (a, b) =>
        Number(a.variant === "dev") - Number(b.variant === "dev") ||
        compareText(b.pushedAt, a.pushedAt) ||
        compareText(a.digest, b.digest),
    );
}

/** What one client pushed broken must not take the catalogue away from the others. */
function passOverDamaged(error: unknown): undefined {
  if (error instanceof BasaltError) return undefined;
  throw error;
}

/** What is inside an image of one platform. @throws BasaltError `MANIFEST_UNKNOWN`, `REFERENCE_INVALID` */
export async function getContents(
  wanted: { readonly name: string; readonly reference: string; readonly platform?: string },
  deps: CatalogDeps,
): Promise<PlatformContents> {
  const repository = parseRepositoryName(wanted.name);
  const unknown = new BasaltError("MANIFEST_UNKNOWN", `there is no image ${repository}:${wanted.reference}`);
  if (!deps.mayPull(repository) || (!isTag(wanted.reference) && !isDigest(wanted.reference))) throw unknown;
  const root = await resolveManifest(deps.store.db, repository, wanted.reference);
  if (root === undefined) throw unknown;
  const platforms = await readPlatforms(repository, root.digest, deps.store);
  const document =
    wanted.platform === undefined ? platforms[0] : platforms.find((item) => platformOf(item) === wanted.platform);
  if (document === undefined)
    throw new BasaltError(
      "MANIFEST_UNKNOWN",
      `${repository}:${wanted.reference} has no image for ${wanted.platform ?? "any platform"}`,
    );
  const inventory = await loadInventory(deps.store.db, document.digest);
  const result = inventory === undefined ? undefined : await resultOf(repository, document.digest, inventory, deps);
  const run = document.config.config ?? {};
  return {
    ...(await summarise(repository, document, deps)),
    name: repository,
    tag: wanted.reference,
    inventory: (inventory?.packages ?? []).map(({ kind, name, version, source = "", license = "", purl }) => ({
      kind,
      name,
      version,
      source,
      license,
      purl,
    })),
    findings: result?.findings ?? [],
    unknown: result?.unknown ?? [],
    configuration: {
      user: run.User ?? "",
      workingDir: run.WorkingDir ?? "/",
      entrypoint: run.Entrypoint ?? [],
      cmd: run.Cmd ?? [],
      environment: run.Env ?? [],
      ports: Object.keys(run.ExposedPorts ?? {}),
      labels: run.Labels ?? {},
    },
  };
}

async function readVersion(
  repository: RepositoryName,
  digest: Digest,
  group: { readonly tags: readonly string[]; readonly pushedAt: string },
  deps: CatalogDeps,
): Promise<ImageVersion | undefined> {
  const documents = await readPlatforms(repository, digest, deps.store);
  const first = documents[0];
  if (first === undefined) return undefined; // an artifact, not an image
  const platforms = await Promise.all(documents.map((document) => summarise(repository, document, deps)));
  const labels = first.config.config?.Labels ?? {};
  const endOfLife = labels["io.basalt.date.end-of-life"];
  const { created } = first.config;
  return {
    // Short tags first: they are what people type.
    tags: group.tags.toSorted((a, b) => a.length - b.length || compareText(a, b)),
    digest,
    title: labels["org.opencontainers.image.title"] ?? repository,
    variant: labels["io.basalt.variant"] ?? "",
    distro: labels["io.basalt.distro"] ?? "",
    user: first.config.config?.User ?? "",
    shell: labels["io.basalt.shell"] ?? "",
    packageManager: labels["io.basalt.package-manager"] ?? "",
    ...(endOfLife === undefined ? {} : { endOfLife }),
    ...(created === undefined ? {} : { createdAt: created }),
    pushedAt: group.pushedAt,
    platforms,
    ...(await signatureOf(repository, digest, deps.store)),
    attestations: await attestationsOf(repository, first.digest, deps.store),
  };
}

/** Comparing an image with the same advisories again gives the same: the list of all images asks often. */
const summaries = new WeakMap<Advisories, Map<string, PlatformSummary>>();

/** What is known against an image, less what is stated about it. */
async function resultOf(
  repository: RepositoryName,
  digest: Digest,
  inventory: Inventory,
  { advisories, store }: Pick<CatalogDeps, "advisories" | "store">,
): Promise<ScanResult> {
  const lookedAt = { image: { repository, digests: [digest] }, distro: inventory.distro };
  return match(inventory, await advisories(), suppressionsBy(await storedVex(digest, store.db), lookedAt));
}

async function summarise(
  repository: RepositoryName,
  document: PlatformDocuments,
  deps: CatalogDeps,
): Promise<PlatformSummary> {
  const advisories = await deps.advisories();
  const known = summaries.get(advisories) ?? new Map<string, PlatformSummary>();
  summaries.set(advisories, known);
  const key = `${repository} ${document.digest} ${await vexStamp(deps.store.db, document.digest)}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const inventory = await loadInventory(deps.store.db, document.digest);
  const result = inventory === undefined ? undefined : await resultOf(repository, document.digest, inventory, deps);
  const summary = toPlatformSummary(document, inventory, result);
  if (inventory !== undefined) known.set(key, summary);
  return summary;
}

function toPlatformSummary(
  { digest, config, sizeBytes }: PlatformDocuments,
  inventory: Inventory | undefined,
  result: ScanResult | undefined,
): PlatformSummary {
  return {
    platform: `${config.os}/${config.architecture}`,
    digest,
    sizeBytes,
    packages: inventory?.packages.length ?? null,
    vulnerabilities: result === undefined ? null : (countFindings(result) ?? null),
    dataAsOf: result?.dataAsOf ?? null,
  };
}

async function readPlatforms(
  repository: RepositoryName,
  digest: Digest,
  store: Store,
): Promise<readonly PlatformDocuments[]> {
  const root = await loadManifest(store.db, store.blobs, repository, digest);
  const manifests =
    root.kind === "image"
      ? [root]
      : await Promise.all(
          root.value.manifests
            .filter((item) => item.platform?.os !== "unknown")
            .map((item) => loadManifest(store.db, store.blobs, repository, item.digest)),
        );
  const documents = await Promise.all(manifests.map((manifest) => readDocuments(manifest, store)));
  return documents.flatMap((document) => document ?? []);
}

async function readDocuments(manifest: ParsedManifest, store: Store): Promise<PlatformDocuments | undefined> {
  if (manifest.kind !== "image" || !/image\.(?:config\.)?v1\+json$/.test(manifest.value.config.mediaType))
    return undefined;
  const { config, layers } = manifest.value;
  const bytes = await collect(store.blobs.read(config.digest), { maxBytes: MAX_MANIFEST_BYTES, name: config.digest });
  return {
    digest: manifest.digest,
    config: parseImageConfig(bytes),
    sizeBytes: layers.reduce((sum, layer) => sum + layer.size, config.size),
  };
}

/** As cosign 2 keeps signatures, under a tag; or as cosign 3 does, in a bundle, which names its signer. */
async function signatureOf(
  repository: RepositoryName,
  digest: Digest,
  store: Store,
): Promise<Pick<ImageVersion, "isSigned" | "certificate">> {
  const isTagged = (await resolveManifest(store.db, repository, signatureTag(digest))) !== undefined;
  const bundle = (await listReferrers(store.db, repository, digest)).findLast(
    ({ annotations }) => annotations?.[BUNDLE_PREDICATE_ANNOTATION] === PREDICATE_TYPES.cosignSignature,
  );
  const certificate = parseCertificateIdentity(bundle?.annotations?.[SIGNER_ANNOTATION] ?? "");
  return {
    isSigned: isTagged || bundle !== undefined,
    ...(certificate === undefined ? {} : { certificate }),
  };
}

async function attestationsOf(repository: RepositoryName, digest: Digest, store: Store): Promise<readonly string[]> {
  const referrers = await listReferrers(store.db, repository, digest);
  const types = referrers.flatMap((referrer) => referrer.annotations?.[PREDICATE_TYPE_ANNOTATION] ?? []);
  return [...new Set(types)].toSorted(compareText);
}

function platformOf({ config }: PlatformDocuments): string {
  return `${config.os}/${config.architecture}`;
}
