// SPDX-License-Identifier: Apache-2.0
import type { CatalogInfo } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import { compareText } from "../formats/canonical-json.js";
import { isTag, parseRepositoryName, type RepositoryName } from "../formats/image-reference.js";
import { isCosignTag } from "../formats/simple-signing.js";
import { resolveManifest, type Store } from "../store/index.js";
import type { CatalogDeps } from "./deps.js";
import type { ImageDetail, ImageSummary, ImageVersion, Origin } from "./models.js";
import { listVersions } from "./versions.js";

export interface ListOptions {
  /** Words that name, title, description, category or tools must have. */
  readonly search?: string;
  readonly category?: string;
}

/** Images of the catalogue, featured ones first, then by name. */
export async function listImages(options: ListOptions, deps: CatalogDeps): Promise<readonly ImageSummary[]> {
  const names = await repositoriesOf(deps);
  const entries = await loadEntries(deps.store);
  const words = (options.search ?? "")
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const found: ImageSummary[] = [];
  for (const name of names) {
    const info = entries.get(name);
    if (options.category !== undefined && info?.categories.includes(options.category) !== true) continue;
    const text = [
      name,
      info?.displayName,
      info?.shortDescription,
      ...(info?.categories ?? []),
      ...(info?.tools ?? []).map((tool) => tool.name),
    ]
      .join(" ")
      .toLowerCase();
    if (!words.every((word) => text.includes(word))) continue;
    const versions = await listVersions(name, deps);
    if (versions.length > 0) found.push(toSummary(name, info, versions));
  }
  return found.toSorted(
    (a, b) =>
      ORDER[a.origin] - ORDER[b.origin] || Number(b.isFeatured) - Number(a.isFeatured) || compareText(a.name, b.name),
  );
}

const ORDER: Readonly<Record<Origin, number>> = { hardened: 0, reference: 1, pushed: 2 };

/** @throws BasaltError `REPOSITORY_UNKNOWN`, `REFERENCE_INVALID` */
export async function getImage(text: string, deps: CatalogDeps): Promise<ImageDetail> {
  const name = parseRepositoryName(text);
  const versions = await listVersions(name, deps);
  if (versions.length === 0 || !deps.mayPull(name))
    throw new BasaltError("REPOSITORY_UNKNOWN", `there is no image ${name}`);
  const info = (await loadEntries(deps.store)).get(name);
  const summary = toSummary(name, info, versions);
  return {
    ...summary,
    ...(info?.homeUrl === undefined ? {} : { homeUrl: info.homeUrl }),
    overview: info?.overview ?? "",
    guides: info?.guides ?? "",
    tools: info?.tools ?? [],
    ...(await replacedBy(summary, deps)),
    pull: summary.latest === undefined ? undefined : pullCommands(name, summary.latest.tag, deps),
    tags: versions,
  };
}

/** The logo of an image as SVG text, if it has one. */
export async function getLogo(text: string, deps: CatalogDeps): Promise<string | undefined> {
  const name = parseRepositoryName(text);
  return deps.mayPull(name) ? (await loadEntries(deps.store)).get(name)?.logo : undefined;
}

async function repositoriesOf({ store, mayPull }: CatalogDeps): Promise<readonly RepositoryName[]> {
  const rows = await store.db.selectFrom("tags").select(["repository", "name"]).execute();
  const names = new Set(rows.filter((row) => !isCosignTag(row.name)).map((row) => row.repository as RepositoryName));
  return [...names].filter((name) => mayPull(name)).toSorted(compareText);
}

async function loadEntries(store: Store): Promise<ReadonlyMap<string, CatalogInfo>> {
  const rows = await store.db.selectFrom("catalog_entries").select(["repository", "entry"]).execute();
  return new Map(rows.map((row) => [row.repository, JSON.parse(row.entry) as CatalogInfo]));
}

function toSummary(
  name: RepositoryName,
  info: CatalogInfo | undefined,
  versions: readonly ImageVersion[],
): ImageSummary {
  const latest = latestOf(versions);
  return {
    name,
    displayName: info?.displayName ?? name,
    shortDescription: info?.shortDescription ?? "Pushed to this registry",
    origin: info === undefined ? "pushed" : name.startsWith("reference/") ? "reference" : "hardened",
    isFeatured: info?.isFeatured ?? false,
    categories: info?.categories ?? [],
    hasLogo: info?.logo !== undefined,
    versions: versions.length,
    ...(latest === undefined
      ? {}
      : {
          latest: {
            tag: latest.tags[0] ?? "",
            digest: latest.digest,
            pushedAt: latest.pushedAt,
            platform: latest.platforms[0],
          },
        }),
  };
}

/** The ordinary image of the same name and tag. */
async function replacedBy(
  { name, latest }: ImageSummary,
  { store, mayPull }: CatalogDeps,
): Promise<{ readonly replaces?: string }> {
  if (latest === undefined || name.startsWith("reference/") || !isTag(latest.tag)) return {};
  const reference = parseRepositoryName(`reference/${name}`);
  const found = mayPull(reference) ? await resolveManifest(store.db, reference, latest.tag) : undefined;
  return found === undefined ? {} : { replaces: `${reference}:${latest.tag}` };
}

/** A runtime before a dev variant; then the one that was pushed last. */
function latestOf(versions: readonly ImageVersion[]): ImageVersion | undefined {
  return versions.toSorted(
    (a, b) => Number(a.variant === "dev") - Number(b.variant === "dev") || compareText(b.pushedAt, a.pushedAt),
  )[0];
}

function pullCommands(
  name: RepositoryName,
  tag: string,
  { publicHost }: CatalogDeps,
): { readonly login: string; readonly command: string } {
  return { login: `docker login ${publicHost()}`, command: `docker pull ${publicHost()}/${name}:${tag}` };
}
