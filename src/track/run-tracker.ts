// SPDX-License-Identifier: Apache-2.0
import type { RawTracker } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import type { Platform } from "../formats/platform.js";
import { changeDraft, viewDraft, type Change, type Draft, type DraftView, type SourceOf } from "./draft.js";
import { find, type SourceTracker } from "./find.js";
import { invalid, unreadable, type Candidate, type Finding, type FoundValue, type TrackContext } from "./finding.js";

/** What one tracker does to a definition. */
export interface Step {
  readonly draft: Draft;
  readonly changes: readonly Change[];
  /** What was not changed, and why that is no failure. */
  readonly notes: readonly string[];
}

const MAX_VALUE = 500; // characters; the longest in use is a sha512 checksum with 95

/** Asks a tracker's source on every platform, and sets what it finds: what all platforms have, all variables or none. */
export async function runTracker(index: number, draft: Draft, context: Omit<TrackContext, "image">): Promise<Step> {
  const found = new Map<Platform, PlatformFinding>();
  for (const platform of draft.definition.platforms) {
    const view = viewDraft(draft, platform);
    const tracker = view.trackers[index];
    if (tracker === undefined) throw new Error(`internal: ${draft.definition.file} lost a tracker`);
    if (!isSource(tracker)) throw new Error(`internal: ${tracker.type} asks nobody`);
    found.set(platform, { view, finding: await find(tracker, { ...context, image: view.image }) });
  }
  const source = [...new Set([...found.values()].map(({ finding }) => finding.source))].join(", ");
  const wanted = await newestOf(found, source);
  const older = wanted.find(({ kind, platforms }) => kind === "version" && platforms.some(({ order }) => order > 0));
  if (older !== undefined) {
    const { variable, platforms } = older;
    const [{ from, to } = { from: "", to: "" }] = platforms.filter(({ order }) => order > 0);
    const note = `${variable} stays ${from}: ${source} has nothing newer than ${to}`;
    return { draft, changes: [], notes: [note] };
  }
  const sourceOf = (platform?: Platform): string =>
    (platform === undefined ? undefined : found.get(platform)?.finding.source) ?? source;
  requireSameContent(wanted, sourceOf);
  const values = new Map(
    wanted.map(({ variable, platforms }) => [variable, new Map(platforms.map(({ platform, to }) => [platform, to]))]),
  );
  return { ...(await changeDraft(draft, values, sourceOf)), notes: [] };
}

interface PlatformFinding {
  readonly view: DraftView;
  readonly finding: Finding;
}

/** What a variable is on each platform, and would be. */
interface Wanted {
  readonly variable: string;
  readonly kind: FoundValue["kind"];
  readonly platforms: readonly {
    readonly platform: Platform;
    readonly from: string;
    readonly to: string;
    /** Above 0 where it would become older. */
    readonly order: number;
  }[];
}

export function isSource(tracker: RawTracker): tracker is SourceTracker {
  return tracker.type !== "var_increment" && tracker.type !== "alpine_package";
}

async function newestOf(found: ReadonlyMap<Platform, PlatformFinding>, source: string): Promise<readonly Wanted[]> {
  const others = [...found.values()].map(
    ({ finding }) => new Map(finding.candidates.map((candidate) => [candidate.version, candidate])),
  );
  const [first] = found.values();
  const newest = first?.finding.candidates.find(({ version }) => others.every((other) => other.has(version)));
  if (newest === undefined) throw new BasaltError("TRACK_NOTHING", `${source} has nothing that fits on every platform`);
  const wanted = new Map<string, Wanted>();
  let nth = 0;
  for (const [platform, { view, finding }] of found) {
    const candidate: Candidate | undefined = others[nth]?.get(newest.version);
    nth += 1;
    for (const { variable, value, kind } of (await candidate?.values()) ?? []) {
      if (value === "" || value.length > MAX_VALUE)
        throw unreadable(`${source} has a value of ${value.length} characters for ${variable}`);
      const from = view.valueOf(variable);
      const known = wanted.get(variable)?.platforms ?? [];
      if (known.some((one) => one.platform === platform)) throw invalid(`${variable} is set twice by one tracker`);
      const one = { platform, from, to: value, order: finding.compare(from, value) };
      wanted.set(variable, { variable, kind, platforms: [...known, one] });
    }
  }
  return [...wanted.values()];
}

/** A version that was published has one content for ever; empty values are filled in. @throws BasaltError `TRACK_CONTRADICTION` */
function requireSameContent(wanted: readonly Wanted[], sourceOf: SourceOf): void {
  const versions = wanted.filter(({ kind }) => kind === "version");
  const isSameVersion = versions.every(({ platforms }) => platforms.every(({ from, to }) => from === to));
  if (versions.length === 0 || !isSameVersion) return;
  for (const { variable, kind, platforms } of wanted) {
    const other = platforms.find(({ from, to }) => from !== "" && from !== to);
    if (kind !== "content" || other === undefined) continue;
    const version = versions[0]?.platforms[0]?.to ?? "";
    throw new BasaltError(
      "TRACK_CONTRADICTION",
      `${sourceOf(other.platform)}: ${version} is pinned with ${variable} ${other.from}, and the source now has ${other.to}`,
    );
  }
}
