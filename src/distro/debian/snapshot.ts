// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import type { IndexEvidence, LockedPackage } from "../../formats/lock.js";
import type { Host } from "../../host/host.js";

const DEFAULT_SNAPSHOT = "https://snapshot.debian.org/";
const NONE = "none";

/**
 * How long after a Release file the snapshot archive has surely seen it, in hours: it looks about every six; files that were
 * superseded stay in the pool for a day and a half. Source: snapshot.debian.org, "Usage"; dak, `StayOfExecution`.
 */
const HOURS_LATER = [6, 24] as const;

/**
 * Where a package of Debian's own repositories lies once its mirrors no longer have it: in a snapshot from when the index that named it
 * was new. @throws BasaltError `MIRROR_INVALID`
 */
export function snapshotUrls(
  locked: LockedPackage,
  indexes: readonly IndexEvidence[],
  host: Pick<Host, "env">,
): readonly URL[] {
  const root = snapshotRoot(host.env["BASALT_SNAPSHOT_MIRROR"]);
  const index = indexes.find(({ repository, suite }) => repository === locked.repository && suite === locked.suite);
  const releasedAt = index === undefined ? Number.NaN : Date.parse(index.releasedAt);
  if (root === undefined || Number.isNaN(releasedAt)) return [];
  return HOURS_LATER.map((hours) => {
    const at = new Date(releasedAt + hours * 3_600_000).toISOString().replace(/[-:]|\.[0-9]+/g, "");
    return new URL(`archive/${locked.repository}/${at}/${locked.path}`, root);
  });
}

function snapshotRoot(configured: string | undefined): URL | undefined {
  if (configured === NONE) return undefined;
  const text = configured === undefined || configured === "" ? DEFAULT_SNAPSHOT : configured;
  const root = text.endsWith("/") ? text : `${text}/`;
  if (!URL.canParse(root) || !/^https?:$/.test(new URL(root).protocol))
    throw new BasaltError("MIRROR_INVALID", `BASALT_SNAPSHOT_MIRROR is not a mirror: ${JSON.stringify(text)}`, {
      action: "set it to the http or https parent of archive/, or to none",
    });
  return new URL(root);
}
