// SPDX-License-Identifier: Apache-2.0
import type { Db } from "../database/index.js";
import { compareText } from "../formats/canonical-json.js";
import { isCosignTag } from "../formats/simple-signing.js";
import type { VexDocument } from "../formats/openvex.js";
import { mergeVexDocuments } from "./document.js";
import { formatPurl } from "./purl.js";

/** What is stated about all images of a store that have tags, repository by repository. */
export interface VexFeed {
  /** RFC 3339; of the document that changed last. */
  readonly updatedAt: string;
  /** By name of the repository, in the order of names. */
  readonly documents: ReadonlyMap<string, VexDocument>;
}

/** Reads the feed: what was published, of the repositories that whoever asks may see. */
export async function vexFeed(db: Db, maySee: (repository: string) => boolean): Promise<VexFeed> {
  const rows = await db
    .selectFrom("vex_documents")
    .innerJoin("tags", (join) =>
      join
        .onRef("tags.repository", "=", "vex_documents.repository")
        .onRef("tags.digest", "=", "vex_documents.manifest_digest"),
    )
    .select(["vex_documents.repository", "tags.name", "manifest_digest", "document", "vex_documents.updated_at"])
    .execute();
  const byRepository = new Map<string, Map<string, VexDocument>>();
  let updatedAt = new Date(0).toISOString();
  for (const { repository, name, manifest_digest: digest, document, updated_at: at } of rows) {
    if (document === null || isCosignTag(name) || !maySee(repository)) continue;
    const documents = byRepository.get(repository) ?? new Map<string, VexDocument>();
    byRepository.set(repository, documents.set(digest, JSON.parse(document) as VexDocument));
    if (at > updatedAt) updatedAt = at;
  }
  const merged = [...byRepository]
    .toSorted(([a], [b]) => compareText(a, b))
    .flatMap(([repository, documents]) => {
      const document = mergeVexDocuments(
        [...documents].toSorted(([a], [b]) => compareText(a, b)).map(([, one]) => one),
      );
      return document === undefined ? [] : [[repository, document] as const];
    });
  return { updatedAt, documents: new Map(merged) };
}

/** Where a repository's document is, below the folder of the feed. */
export function feedPath(repository: string): string {
  return `oci/${repository}.vex.json`;
}

/**
 * The index by which tools find the document of an image. They compare its name as a text, and libraries write the colon of a port in two
 * ways. Source: aquasecurity/vex-repo-spec, 3.2; Trivy, pkg/vex/repo.go.
 */
export function feedIndex({ updatedAt, documents }: VexFeed, registries: readonly string[]): object {
  const packages = [...documents.keys()].flatMap((repository) => {
    const name = repository.slice(repository.lastIndexOf("/") + 1);
    const plain = { type: "oci", namespace: "", name, version: "" };
    const ids = registries.map((registry) =>
      formatPurl({ ...plain, qualifiers: { repository_url: `${registry}/${repository}` } }),
    );
    const spellings = new Set(ids.flatMap((id) => [id, id.replaceAll("%3A", ":")]));
    return [...spellings].map((id) => ({ id, location: feedPath(repository), format: "openvex" }));
  });
  return { updated_at: updatedAt, packages };
}
