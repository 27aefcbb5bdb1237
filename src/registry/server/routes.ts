// SPDX-License-Identifier: Apache-2.0
import type { Action } from "../auth/accounts.js";
import { deleteBlob, getBlob } from "./blobs.js";
import type { Handler, Method } from "./exchange.js";
import { getReferrers, listTags } from "./listings.js";
import { deleteManifest, getManifest, putManifest } from "./manifests.js";
import { abandonUpload, appendUpload, finishUpload, getUpload, startUpload } from "./uploads.js";

/** What a method does at a path, and the right that it needs. */
export interface Operation {
  readonly action: Action;
  readonly handler: Handler;
}

/** What can be done at a path; others are not possible there. */
export type Operations = Readonly<Partial<Record<Method, Operation>>>;

/** What a path below `/v2/` leads to. */
export interface Route {
  readonly repository: string;
  readonly reference: string;
  readonly methods: Operations;
}

const ROUTES: readonly (readonly [pattern: RegExp, methods: Operations])[] = [
  [/^(?<name>.+)\/blobs\/uploads\/?$/, { POST: { action: "push", handler: startUpload } }],
  [
    /^(?<name>.+)\/blobs\/uploads\/(?<reference>[^/]+)$/,
    {
      ...reading("push", getUpload),
      PATCH: { action: "push", handler: appendUpload },
      PUT: { action: "push", handler: finishUpload },
      DELETE: { action: "push", handler: abandonUpload }, // giving up one's own upload is part of pushing
    },
  ],
  [
    /^(?<name>.+)\/blobs\/(?<reference>[^/]+)$/,
    { ...reading("pull", getBlob), DELETE: { action: "delete", handler: deleteBlob } },
  ],
  [
    /^(?<name>.+)\/manifests\/(?<reference>[^/]+)$/,
    {
      ...reading("pull", getManifest),
      PUT: { action: "push", handler: putManifest },
      DELETE: { action: "delete", handler: deleteManifest },
    },
  ],
  [/^(?<name>.+)\/tags\/list$/, reading("pull", listTags)],
  [/^(?<name>.+)\/referrers\/(?<reference>[^/]+)$/, reading("pull", getReferrers)],
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

/** What can be read can be asked for its headers only. Source: RFC 9110, 9.1. */
function reading(action: Action, handler: Handler): Operations {
  return { GET: { action, handler }, HEAD: { action, handler } };
}
