// SPDX-License-Identifier: Apache-2.0
import { statIfAny } from "../host/files.js";
import { openAdvisories, type Advisories } from "./read.js";

/** The advisory database for a process that runs long: opened again when another one has taken its place. */
export interface AdvisoriesProvider {
  readonly current: () => Promise<Advisories>;
  readonly close: () => Promise<void>;
}

export function createAdvisoriesProvider(path: string): AdvisoriesProvider {
  let opened: { readonly stamp: string; readonly advisories: Promise<Advisories> } | undefined;
  return {
    current: async () => {
      const facts = await statIfAny(path);
      const stamp = facts === undefined ? "" : `${facts.modifiedAt.getTime()} ${facts.sizeBytes}`;
      if (opened?.stamp !== stamp) {
        // Requests that still use the old one end within seconds; its file stays readable until then.
        const old = opened;
        setTimeout(
          () => void old?.advisories.then((advisories) => advisories.close()).catch(() => undefined),
          CLOSE_AFTER_MS,
        ).unref();
        opened = { stamp, advisories: openAdvisories(path) };
      }
      return opened.advisories;
    },
    close: async () => (await opened?.advisories)?.close(),
  };
}

const CLOSE_AFTER_MS = 60_000;
