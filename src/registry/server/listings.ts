// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { parseDigest } from "../../formats/digest.js";
import type { ImageIndex } from "../../formats/oci/manifest.js";
import { MEDIA_TYPES } from "../../formats/oci/media-types.js";
import { listReferrers } from "../../store/index.js";
import type { Visitor } from "../auth/access.js";
import type { RegistryDeps, RegistryRequest, RegistryResponse } from "./exchange.js";

const MAX_PAGE = 10_000;

/** GET of a repository's tags, sorted. Source: OCI distribution-spec, "Listing Tags". */
export async function listTags(request: RegistryRequest, { store }: RegistryDeps): Promise<RegistryResponse> {
  const { repository } = request;
  const rows = await store.db.selectFrom("tags").select("name").where("repository", "=", repository).execute();
  if (rows.length === 0) {
    const manifest = await store.db
      .selectFrom("manifests")
      .select("digest")
      .where("repository", "=", repository)
      .executeTakeFirst();
    if (manifest === undefined) throw new BasaltError("REPOSITORY_UNKNOWN", `there is no repository ${repository}`);
  }
  const page = paginate(
    rows.map((row) => row.name),
    request.query,
    `/v2/${repository}/tags/list`,
  );
  return json({ name: repository, tags: page.names }, page.link);
}

/** GET of all repositories that the visitor may pull from. Source: distribution, docs/spec/api.md, "Listing Repositories". */
export async function listRepositories(
  visitor: Visitor,
  query: URLSearchParams,
  { store }: RegistryDeps,
): Promise<RegistryResponse> {
  const rows = await store.db.selectFrom("manifests").select("repository").distinct().execute();
  const names: string[] = [];
  for (const row of rows) if (await visitor.couldHave(row.repository, "pull")) names.push(row.repository);
  const page = paginate(names, query, "/v2/_catalog");
  return json({ repositories: page.names }, page.link);
}

/** GET of what refers to a manifest. Source: OCI distribution-spec, "Listing Referrers". */
export async function getReferrers(request: RegistryRequest, { store }: RegistryDeps): Promise<RegistryResponse> {
  const subject = parseDigest(request.reference);
  const wanted = request.query.get("artifactType");
  const all = await listReferrers(store.db, request.repository, subject);
  const manifests = wanted === null || wanted === "" ? all : all.filter((referrer) => referrer.artifactType === wanted);
  const index: ImageIndex = { schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests };
  const filters: Readonly<Record<string, string>> = manifests === all ? {} : { "oci-filters-applied": "artifactType" };
  return { ...json(index), headers: { "content-type": MEDIA_TYPES.index, ...filters } };
}

function paginate(
  names: readonly string[],
  query: URLSearchParams,
  path: string,
): { readonly names: readonly string[]; readonly link?: string } {
  const text = query.get("n");
  if (text !== null && !/^[0-9]{1,9}$/.test(text))
    throw new BasaltError("REFERENCE_INVALID", `n must be a number, not ${JSON.stringify(text)}`);
  const limit = Math.min(text === null ? MAX_PAGE : Number(text), MAX_PAGE);
  const last = query.get("last") ?? "";
  const rest = names.toSorted().filter((name) => last === "" || name > last);
  const page = rest.slice(0, limit);
  const next = page.at(-1);
  if (rest.length <= limit || next === undefined) return { names: page };
  return { names: page, link: `<${path}?n=${limit}&last=${encodeURIComponent(next)}>; rel="next"` };
}

function json(value: unknown, link?: string): RegistryResponse {
  const headers = { "content-type": "application/json", ...(link === undefined ? {} : { link }) };
  return { status: 200, headers, body: Buffer.from(JSON.stringify(value)) };
}
