// SPDX-License-Identifier: Apache-2.0
import { PackageURL } from "packageurl-js";
import semver from "semver";
import { asBuffer } from "../formats/bytes.js";
import type { Ecosystem, Scanner } from "./contract.js";

/** The program names itself in its inspector: `node.js/v22.1.0`. Source: node, src/inspector_agent.cc. */
const MARK = Buffer.from("node.js/v");
const VERSION_BYTES = 40;
const OVERLAP_BYTES = MARK.length + VERSION_BYTES;
const PROGRAM = /(?:^|\/)bin\/node(?:js)?$/;

/** Node.js itself, wherever its program came from; advisories are those of the Node.js core list. */
export const nodejs: Ecosystem = {
  id: "nodejs",
  title: "Node.js",
  interest: (path) => (PROGRAM.test(path) ? { kind: "scan", start: createScanner } : undefined),
  find: (files) =>
    [...files]
      .filter(([path, version]) => PROGRAM.test(path) && semver.valid(version) !== null)
      .map(([path, version]) => ({
        name: "node",
        version,
        purl: new PackageURL("generic", undefined, "node", version, undefined, undefined).toString(),
        license: "MIT",
        paths: [path],
      })),
  compareVersions: (a, b) => semver.compare(a, b),
  satisfies: (version, range) => {
    const parsed = semver.parse(version);
    // A pre-release of a line is as vulnerable as the line.
    return parsed === null || semver.validRange(range) === null
      ? undefined
      : semver.satisfies(parsed, range, { includePrerelease: true });
  },
};

function createScanner(): Scanner {
  let carried: Buffer = Buffer.alloc(0);
  let found: string | undefined;
  return {
    update: (chunk) => {
      if (found !== undefined) return;
      // Programs are large: only the bytes around the seam of two chunks are copied.
      found = versionIn(Buffer.concat([carried, chunk.subarray(0, OVERLAP_BYTES)])) ?? versionIn(asBuffer(chunk));
      carried =
        chunk.byteLength >= OVERLAP_BYTES
          ? Buffer.from(chunk.subarray(chunk.byteLength - OVERLAP_BYTES))
          : Buffer.concat([carried, chunk]).subarray(-OVERLAP_BYTES);
    },
    result: () => found ?? versionIn(carried, true),
  };
}

/** A version near the end of a window may be cut off, so it counts only where more bytes follow. */
function versionIn(window: Buffer, isLast = false): string | undefined {
  for (let at = window.indexOf(MARK); at !== -1; at = window.indexOf(MARK, at + 1)) {
    const start = at + MARK.length;
    if (!isLast && start + VERSION_BYTES > window.length) return undefined;
    const match = /^[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.]+)?/.exec(
      window.toString("latin1", start, start + VERSION_BYTES),
    );
    if (match !== null) return match[0].replace(/Protocol.*$/, "");
  }
  return undefined;
}
