// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import type { Sha256 } from "../../formats/digest.js";
import type { Architecture } from "../../formats/platform.js";
import type { Compression } from "../../host/decompress.js";
import { isDebianId } from "./repositories.js";
import { isFlat, type VerifiedSuite } from "./suite.js";

interface FileFacts {
  readonly sha256: Sha256;
  readonly sizeBytes: number;
}

/** An index of packages that a Release file vouches for. */
export interface IndexFile {
  /** `.` for the one of a flat repository. */
  readonly component: string;
  /** `all` for packages of all architectures that stand in an index of their own. */
  readonly architecture: Architecture | "all";
  /** Below the suite's folder, without the suffix of its compression. */
  readonly path: string;
  readonly plain: FileFacts;
  /** The form that is transferred. */
  readonly packed: FileFacts & { readonly suffix: string; readonly compression: Compression };
}

/** Forms in which an index may be had, smallest first. Source: Debian wiki, "DebianRepository/Format", "Compression of indices". */
const FORMS: readonly { readonly suffix: string; readonly compression: Compression }[] = [
  { suffix: ".xz", compression: "xz" },
  { suffix: ".zst", compression: "zstd" },
  { suffix: ".gz", compression: "gzip" },
  { suffix: "", compression: "none" }, // Debian's Release files name it as well, and its servers do not have it
];

/**
 * The indexes of a suite for an architecture, packages for all architectures included. A repository of others that does not have the
 * architecture has none, as for apt. @throws BasaltError `RELEASE_MISMATCH`
 */
export function indexFilesOf(suite: VerifiedSuite, architecture: Architecture): readonly IndexFile[] {
  const { source, release } = suite;
  if (isFlat(source)) return [fileAt(suite, { component: ".", architecture, path: "Packages" })];
  const isMissing = release.architectures !== undefined && !release.architectures.includes(architecture);
  const own = isMissing && !isDebianId(source.repository) ? [] : [architecture];
  const architectures = [...own, ...(release.hasIndexOfAll ? (["all"] as const) : [])];
  return source.components.flatMap((component) =>
    architectures.map((name) =>
      fileAt(suite, { component, architecture: name, path: `${component}/binary-${name}/Packages` }),
    ),
  );
}

function fileAt(
  { source, release }: VerifiedSuite,
  place: Pick<IndexFile, "component" | "architecture" | "path">,
): IndexFile {
  const { path } = place;
  const plain = release.files.get(path);
  const packed = FORMS.flatMap(({ suffix, compression }) => {
    const file = release.files.get(`${path}${suffix}`);
    return file === undefined ? [] : [{ suffix, compression, ...file }];
  })[0];
  if (plain === undefined || packed === undefined)
    throw new BasaltError("RELEASE_MISMATCH", `${source.repository} ${source.suite} has no index ${path}`);
  return { ...place, plain, packed };
}
