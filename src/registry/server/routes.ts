// SPDX-License-Identifier: Apache-2.0
import type { Action } from "../auth/accounts.js";
import { deleteBlob, getBlob } from "./blobs.js";
import type { Handler } from "./exchange.js";
import { getReferrers, listTags } from "./listings.js";
import { deleteManifest, getManifest, putManifest } from "./manifests.js";
import { abandonUpload, appendUpload, finishUpload, getUpload, startUpload } from "./uploads.js";

/** What a path below `/v2/` leads to. */
export interface Route {
  readonly repository: string;
  readonly reference: string;
  readonly methods: Readonly<Partial<Record<string, Handler>>>;
}

const ROUTES: readonly (readonly [pattern: RegExp, methods: Route["methods"]])[] = [
  [/^(?<name>.+)\/blobs\/uploads\/?$/, { POST: startUpload }],
  [
    /^(?<name>.+)\/blobs\/uploads\/(?<reference>[^/]+)$/,
    { GET: getUpload, PATCH: appendUpload, PUT: finishUpload, DELETE: abandonUpload },
  ],
  [/^(?<name>.+)\/blobs\/(?<reference>[^/]+)$/, { GET: getBlob, HEAD: getBlob, DELETE: deleteBlob }],
  [
    /^(?<name>.+)\/manifests\/(?<reference>[^/]+)$/,
    { GET: getManifest, HEAD: getManifest, PUT: putManifest, DELETE: deleteManifest },
  ],
  [/^(?<name>.+)\/tags\/list$/, { GET: listTags }],
  [/^(?<name>.+)\/referrers\/(?<reference>[^/]+)$/, { GET: getReferrers }],
];

/** Finds the route of a path after `/v2/`. Names may hold slashes, so the end of the path decides. */
export function findRoute(path: string): Route | undefined {
  for (const [pattern, methods] of ROUTES) {
    const groups = pattern.exec(path)?.groups;
    if (groups !== undefined)
      return { repository: groups["name"] ?? "", reference: groups["reference"] ?? "", methods };
  }
  return undefined;
}

/** The right that a method needs. Giving up one's own upload is part of pushing. */
export function actionOf(method: string, path: string): Action {
  if (method === "GET" || method === "HEAD") return path.includes("/blobs/uploads/") ? "push" : "pull";
  return method === "DELETE" && !path.includes("/blobs/uploads/") ? "delete" : "push";
}
