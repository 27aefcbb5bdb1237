// SPDX-License-Identifier: Apache-2.0
import { compareText } from "../formats/canonical-json.js";
import { sha256Hex } from "../formats/digest.js";
import type { LockedPackage } from "../formats/lock.js";

/** Packages that share a layer. */
export interface PackageGroup {
  readonly members: readonly LockedPackage[];
}

/**
 * Most layers that packages may take. Engines stop at 125 layers, and whoever builds on an image needs some of them;
 * pulling also gets slower with many small ones.
 */
export const MAX_PACKAGE_LAYERS = 60;
/** Docker refuses to make more of them (moby, layer/layer_store.go, maxLayerDepth); others go a little further. */
export const MAX_LAYERS = 125;
/** Left free for whoever builds on an image, unless its own layers need them. */
const SPARE_LAYERS = 25;
/** Groups that all packages beyond the largest share when there are too many. */
const SHARED_GROUPS = 24;
/** Packages that are never grouped: a fix of theirs must not make anything else new. An image has two of them at most. */
const ALONE = new Set(["libc6", "base-files", "musl", "alpine-baselayout"]);
const MOST_ALONE = 2;

/**
 * Splits packages into layers; depends on the set of packages only. One layer a package while there is room. Beyond that,
 * packages of one source share a layer, as they change together; then the largest sources keep a layer of their own and the
 * others fall into a fixed number of groups by the hash of their source's name, so that a package meets the same neighbours in
 * most images. An image with many other layers leaves packages less room, but no less than the groups and a few more.
 */
export function planLayers(packages: readonly LockedPackage[], otherLayers = 0): readonly PackageGroup[] {
  const room = MAX_LAYERS - SPARE_LAYERS - otherLayers;
  const limit = Math.min(MAX_PACKAGE_LAYERS, Math.max(room, SHARED_GROUPS + MOST_ALONE));
  const sorted = packages.toSorted((a, b) => rank(a) - rank(b) || compareText(a.name, b.name));
  if (sorted.length <= limit) return sorted.map((item) => ({ members: [item] }));
  const bySource = groupBy(sorted, (item) => (ALONE.has(item.name) ? `=${item.name}` : item.source));
  if (bySource.size <= limit) return [...bySource.values()].map((members) => ({ members }));
  const alone = [...bySource].filter(([key]) => key.startsWith("="));
  const others = [...bySource]
    .filter(([key]) => !key.startsWith("="))
    .toSorted(([a, left], [b, right]) => sizeOf(right) - sizeOf(left) || compareText(a, b));
  const large = others.slice(0, limit - SHARED_GROUPS - alone.length);
  const small = others.slice(large.length);
  const buckets = groupBy(
    small.flatMap(([, members]) => members),
    bucketOf,
  );
  const groups = [
    ...alone.map(([, members]) => members),
    ...large.map(([, members]) => members),
    ...[...buckets].toSorted(([a], [b]) => compareText(a, b)).map(([, members]) => members),
  ];
  return groups.map((members) => ({ members: members.toSorted((a, b) => compareText(a.name, b.name)) }));
}

/** base-files or alpine-baselayout first: they make the folders and the links of the merged /usr. */
function rank(item: LockedPackage): number {
  if (item.name === "base-files" || item.name === "alpine-baselayout") return 0;
  return item.name === "libc6" || item.name === "musl" ? 1 : 2;
}

function bucketOf(item: LockedPackage): string {
  return String(Number.parseInt(sha256Hex(item.source).slice(0, 8), 16) % SHARED_GROUPS).padStart(2, "0");
}

function sizeOf(members: readonly LockedPackage[]): number {
  return members.reduce((sum, item) => sum + item.sizeBytes, 0);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
