// SPDX-License-Identifier: Apache-2.0
import { openDatabase, type Db } from "../database/index.js";
import type { Host } from "../host/host.js";
import type { BlobStore } from "./blob-store.js";
import { createDiskBlobStore } from "./disk-blob-store.js";

/** Basalt's own store: images and their metadata. Several processes may have it open at once. */
export interface Store {
  readonly db: Db;
  readonly blobs: BlobStore;
  readonly now: () => Date;
  readonly close: () => Promise<void>;
}

export async function openStore(host: Host): Promise<Store> {
  const db = await openDatabase(host.home.database);
  return {
    db,
    blobs: createDiskBlobStore(host.home.blobs, host.home.temporary),
    now: host.now,
    close: () => db.destroy(),
  };
}
