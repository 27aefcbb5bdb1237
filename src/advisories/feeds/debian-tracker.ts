// SPDX-License-Identifier: Apache-2.0
import { severityOfWord } from "../../formats/severity.js";
import { debianEcosystem } from "../../formats/debian/releases.js";
import { requireTexts } from "../texts.js";
import { createFeed, type Advisory, type Coverage, type Feed } from "../feed.js";

/** The tracker's JSON: source package → vulnerability → release. Source: Debian security tracker, `data/json`. */
export type DebianTracker = Readonly<Record<string, Readonly<Record<string, TrackerEntry>>>>;

interface TrackerEntry {
  readonly releases: Readonly<Record<string, TrackerRelease>>;
}

interface TrackerRelease {
  readonly status: string;
  readonly fixed_version?: string;
  readonly urgency?: string;
  readonly nodsa?: string;
  readonly nodsa_reason?: string;
  /** Not in the tracker itself; some extracts have them. */
  readonly severity?: string;
  readonly as_of?: string;
}

const STATE_TEXTS = ["status", "fixed_version", "urgency", "nodsa", "nodsa_reason", "severity", "as_of"] as const;

/** Whether a document has the tracker's shape; looks at one entry only. */
export function isDebianTracker(value: unknown): value is DebianTracker {
  const [source] = Object.values(asRecord(value) ?? {});
  const [entry] = Object.values(asRecord(source) ?? {});
  return asRecord(asRecord(entry)?.["releases"]) !== undefined;
}

/** `isComplete`: the document is the whole tracker, so what it lacks has no known vulnerability. */
export function readDebianTracker(tracker: DebianTracker, options: { readonly isComplete: boolean }): Feed {
  const entries = Object.entries(tracker);
  const releases = new Set<string>();
  let asOf: string | undefined;
  for (const [, vulnerabilities] of entries) {
    for (const { releases: found } of Object.values(vulnerabilities)) {
      for (const [release, state] of Object.entries(found)) {
        requireTexts(state, STATE_TEXTS);
        releases.add(release);
        if (state.as_of !== undefined && (asOf === undefined || state.as_of > asOf)) asOf = state.as_of;
      }
    }
  }
  const packages: Coverage["packages"] = options.isComplete ? "all" : entries.map(([source]) => source);
  return createFeed({
    kind: "debian-tracker",
    title: "Debian security tracker",
    ...(asOf === undefined ? {} : { asOf }),
    coverage: [...releases].map((release) => ({ ecosystem: debianEcosystem(release), packages })),
    advisories: toAdvisories(entries),
  });
}

function* toAdvisories(entries: readonly (readonly [string, DebianTracker[string]])[]): Generator<Advisory> {
  for (const [source, vulnerabilities] of entries) {
    for (const [id, { releases }] of Object.entries(vulnerabilities)) {
      for (const [release, state] of Object.entries(releases)) {
        // The tracker marks urgencies that its own rules derived with stars.
        const urgency = state.urgency?.replace(/\*+$/, "");
        const severity = severityOfWord(urgency);
        const reported = severityOfWord(state.severity);
        const note = [state.nodsa_reason, state.nodsa].find((text) => text !== undefined && text !== "");
        yield {
          ecosystem: debianEcosystem(release),
          package: source,
          vulnerability: id,
          ...toState(state),
          ...(severity === undefined ? {} : { severity }),
          ...(reported === undefined ? {} : { reportedSeverity: reported }),
          isUnimportant: urgency === "unimportant",
          ...(note === undefined ? {} : { note }),
        };
      }
    }
  }
}

/** A fixed version of 0 says that the release never had the vulnerability. Source: Debian security tracker, "fixed_version". */
function toState(state: TrackerRelease): Pick<Advisory, "state" | "fixedVersion"> {
  if (state.status === "open") return { state: "open" };
  if (state.status !== "resolved") return { state: "undetermined" };
  const version = state.fixed_version;
  if (version === undefined || version === "0" || version === "") return { state: "not-affected" };
  return { state: "fixed", fixedVersion: version };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}
