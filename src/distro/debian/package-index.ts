// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { createHash } from "node:crypto";
import { BasaltError } from "../../errors.js";
import { limited } from "../../formats/bytes.js";
import { scanPackagesIndex } from "../../formats/debian/index-scan.js";
import { IndexTable } from "../../formats/debian/index-table.js";
import { parsePackageStanza, type DebianPackage } from "../../formats/debian/packages-index.js";
import { parseIntegrity } from "../../formats/integrity.js";
import type { IndexEvidence } from "../../formats/lock.js";
import type { Architecture } from "../../formats/platform.js";
import { decompress } from "../../host/decompress.js";
import { download } from "../../host/download.js";
import {
  createTemporaryFile,
  moveFile,
  readBytes,
  readBytesIfAny,
  statIfAny,
  streamFile,
  writeFileAtomic,
} from "../../host/files.js";
import type { Host } from "../../host/host.js";
import { openRandomAccess, type RandomAccessFile } from "../../host/random-access.js";
import { indexFilesOf, type IndexFile } from "./index-files.js";
import { priorityOf } from "./suite-choice.js";
import { suiteFolder, type VerifiedSuite } from "./suite.js";

/** A package and the suite that offers it. */
export interface OfferedPackage extends DebianPackage {
  readonly repository: string;
  readonly suite: string;
  /** How much its suite counts. Source: apt_preferences(5), "APT's Default Priority Assignments". */
  readonly suitePriority: number;
}

/** The packages of several suites as one. Lookups read only the stanzas asked for. */
export interface PackageUniverse {
  /** Name of the release, for messages: `trixie`. */
  readonly release: string;
  /** Of the image; packages have it or `all`. */
  readonly architecture: Architecture;
  /** The names of all packages, for messages: a look at all of them. */
  readonly names: () => Iterable<string>;
  /** All versions of a package, in suite order. */
  readonly versionsOf: (name: string) => readonly OfferedPackage[];
  /** Names of packages of which some version provides `name`, in the order in which apt prefers them where all else is equal. */
  readonly providersOf: (name: string) => readonly string[];
  readonly evidence: readonly IndexEvidence[];
  readonly close: () => void;
}

/** Beside the text of an index: what stands where in it. */
const TABLE = "table";

const MAX_INDEX_BYTES = 300 * 1024 * 1024; // apko's limit for the same thing (pkg/options/options.go, SizeLimits)

/** Opens the indexes of verified suites; each is downloaded and scanned once. */
export async function openUniverse(
  suites: readonly VerifiedSuite[],
  architecture: Architecture,
  host: Host,
  signal?: AbortSignal,
): Promise<PackageUniverse> {
  const contexts = suites.flatMap((suite) =>
    indexFilesOf(suite, architecture).map((file) => ({ suite, file, host, ...(signal && { signal }) })),
  );
  const tables = await Promise.all(contexts.map(recallTable));
  const parts: OpenIndex[] = [];
  try {
    // One after the other: scanning takes memory for the whole text.
    for (const [index, context] of contexts.entries()) parts.push(await openIndex(context, tables[index]));
  } catch (error) {
    for (const part of parts) part.file.close();
    throw error;
  }
  const parsed = new Map<string, readonly OfferedPackage[]>();
  const providers = new Map<string, readonly string[]>();
  return {
    release: suites[0]?.source.suite ?? "",
    architecture,
    names: () => new Set(parts.flatMap((part) => [...part.table.names()])),
    versionsOf: (name) => {
      const known = parsed.get(name);
      if (known !== undefined) return known;
      const versions = parts.flatMap((part) => readVersions(part, name));
      parsed.set(name, versions);
      return versions;
    },
    providersOf: (name) => {
      const known = providers.get(name);
      if (known !== undefined) return known;
      const found = lastNamedFirst([...new Set(parts.flatMap((part) => part.table.providersOf(name)))], parts);
      providers.set(name, found);
      return found;
    },
    evidence: parts.map((part) => part.evidence),
    close: () => {
      for (const part of parts) part.file.close();
    },
  };
}

interface OpenIndex {
  readonly file: RandomAccessFile;
  readonly table: IndexTable;
  readonly suite: VerifiedSuite;
  readonly evidence: IndexEvidence;
}

interface IndexContext {
  readonly suite: VerifiedSuite;
  readonly file: IndexFile;
  readonly host: Host;
  readonly signal?: AbortSignal;
}

/**
 * apt numbers names as it meets them, index after index, and takes the highest number. Source: apt, `CompareProviders` in
 * depcache.cc ("unable to decide"), and docs/oracle.md.
 */
function lastNamedFirst(names: readonly string[], parts: readonly OpenIndex[]): readonly string[] {
  if (names.length < 2) return names;
  const places = new Map(
    names.map((name) => {
      const part = parts.findIndex(({ table }) => table.mentionOf(name) !== undefined);
      return [name, { part, mention: parts[part]?.table.mentionOf(name) ?? 0 }] as const;
    }),
  );
  const unknown = { part: 0, mention: 0 };
  return names.toSorted((a, b) => {
    const [left, right] = [places.get(a) ?? unknown, places.get(b) ?? unknown];
    return right.part - left.part || right.mention - left.mention;
  });
}

function readVersions(part: OpenIndex, name: string): readonly OfferedPackage[] {
  const { repository, suite } = part.suite.source;
  const suitePriority = priorityOf(part.suite.release);
  const offsets = part.table.stanzasOf(name);
  const versions: OfferedPackage[] = [];
  for (let index = 0; index < offsets.length; index += 2) {
    const text = part.file.read(offsets[index] ?? 0, offsets[index + 1] ?? 0).toString("utf8");
    versions.push({ ...parsePackageStanza(text, `${repository} ${suite}`), repository, suite, suitePriority });
  }
  return versions;
}

async function openIndex(context: IndexContext, known: IndexTable | undefined): Promise<OpenIndex> {
  const { suite, file } = context;
  const folder = indexFolder(context);
  const table = known ?? (await fetchIndex(context, { ...file, folder }));
  const evidence: IndexEvidence = {
    repository: suite.source.repository,
    suite: suite.source.suite,
    component: file.component,
    architecture: file.architecture,
    releaseSha256: suite.releaseSha256,
    releasedAt: suite.release.publishedAt.toISOString(),
    indexSha256: file.plain.sha256,
    signedBy: suite.signedBy,
  };
  return { file: openRandomAccess(join(folder, "Packages")), table, suite, evidence };
}

type StoredIndex = IndexFile & { readonly folder: string };

/** Downloads, verifies and scans an index, and keeps both the text and the table of it under the hash of the text. */
async function fetchIndex(context: IndexContext, index: StoredIndex): Promise<IndexTable> {
  const { suite, host } = context;
  const name = `${index.path}${index.packed.suffix} of ${suite.source.suite}`;
  const base = suiteFolder(suite.source, suite.mirror);
  const byHash = new URL(`${index.path.replace(/[^/]+$/, "")}by-hash/SHA256/${index.packed.sha256}`, base);
  const urls = [...(suite.release.acquireByHash ? [byHash] : []), new URL(`${index.path}${index.packed.suffix}`, base)];
  const expected = {
    urls,
    integrity: parseIntegrity(`sha256:${index.packed.sha256}`),
    sizeBytes: index.packed.sizeBytes,
    name,
  };
  const file = await download(expected, {
    http: host.http,
    cache: host.cache,
    retry: host.retry,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
  const target = join(index.folder, "Packages");
  await unpackIndex(file.path, target, index, name);
  const table = IndexTable.from(scanPackagesIndex(await readBytes(target), name));
  await writeFileAtomic(join(index.folder, TABLE), table.bytes);
  return table;
}

async function unpackIndex(from: string, to: string, index: StoredIndex, name: string): Promise<void> {
  const temporary = await createTemporaryFile(index.folder);
  const hash = createHash("sha256");
  try {
    for await (const chunk of limited(decompress(streamFile(from), index.packed.compression, name), {
      maxBytes: Math.min(MAX_INDEX_BYTES, index.plain.sizeBytes),
      name,
    })) {
      hash.update(chunk);
      await temporary.write(chunk);
    }
    if (hash.digest("hex") !== index.plain.sha256)
      throw new BasaltError(
        "FETCH_DIGEST_MISMATCH",
        `${name} does not unpack to the index that its Release file names`,
      );
    await temporary.close();
    await moveFile(temporary.path, to);
  } finally {
    await temporary.discard();
  }
}

function indexFolder({ file, host }: IndexContext): string {
  return join(host.home.cache, "indexes", file.plain.sha256);
}

/** A table that is damaged, or of another form, is made again. */
async function recallTable(context: IndexContext): Promise<IndexTable | undefined> {
  const folder = indexFolder(context);
  await context.host.cache.use(join(folder, "Packages"));
  const facts = await statIfAny(join(folder, "Packages"));
  const bytes = await readBytesIfAny(join(folder, TABLE));
  return bytes === undefined || facts?.sizeBytes !== context.file.plain.sizeBytes ? undefined : IndexTable.open(bytes);
}
