// SPDX-License-Identifier: Apache-2.0
import type { FileRequest, ImageDefinition } from "../definition/index.js";
import { distroOf, type Distro } from "../distro/index.js";
import { BasaltError } from "../errors.js";
import type { FetchedFiles } from "../fetch/index.js";
import type { LayerCompressor } from "../formats/archive/layer-compressor.js";
import { ruleVersions, type AssemblyRule } from "../formats/assembly-rules.js";
import type { LockedPlatform } from "../formats/lock.js";
import type { CachedFile, ContentCache } from "../host/content-cache.js";
import { readFileRequest } from "./file-layer.js";
import type { Layer } from "./layer.js";
import { planLayers, type PackageGroup } from "./layer-plan.js";
import type { LayerWork } from "./make-layer.js";

/** What layers are made from. */
export interface LayerInputs {
  readonly locked: LockedPlatform;
  readonly files: FetchedFiles;
  readonly compressor: LayerCompressor;
  readonly cache: ContentCache;
  /** Layers above those of packages and downloads. */
  readonly upperLayers: number;
}

/** Rules that shape the content of packages, and what is noted of them. */
const CONTENT_RULES: Readonly<Record<Distro["id"], readonly AssemblyRule[]>> = {
  alpine: ["alpine-content", "alpine-database", "layers", "tar"],
  debian: ["alternatives", "debian-content", "debian-database", "file-capabilities", "layers", "merged-usr", "tar"],
};

/** The layers of an image below its own: packages first, then downloads in the definition's order. */
export function planWorks(image: ImageDefinition, inputs: LayerInputs): readonly LayerWork[] {
  return [
    ...planLayers(inputs.locked.packages, image.files.length + inputs.upperLayers).map((group) =>
      packageWork(group, image, inputs),
    ),
    ...image.files.map((request) => fileWork(request, image, inputs)),
  ];
}

/** A layer of packages: its recipe names their hashes and the rules that shape their content. */
function packageWork(
  group: PackageGroup,
  image: ImageDefinition,
  { files, compressor, cache }: LayerInputs,
): LayerWork {
  const distro = distroOf(image.osRelease.id);
  const { variant: profile } = image;
  return {
    title: titleOf(group),
    recipe: {
      kind: "packages",
      compressor,
      profile,
      distro: distro.id,
      members: group.members.map((item) => item.sha256),
      // What is noted of a package with its layer depends on how its scripts are read.
      rules: ruleVersions(CONTENT_RULES[distro.id]),
    },
    open: () => {
      const contents = group.members.map((item) => {
        const file = requireFile(files.packages, item.name);
        return { owner: item.name, file, content: distro.readPackage(cache.read(file), item, profile) };
      });
      return {
        files: contents.map(({ file }) => file),
        sources: contents.map(({ owner, content }) => ({ owner, items: content.items })),
        packages: () => contents.map(({ content }) => content.facts()),
      };
    },
    check: (layer) => requireMembers(layer, group),
  };
}

/** A layer is found by hashes, so a lock with the right hash under a wrong name would find it, too. */
function requireMembers(layer: Layer, { members }: PackageGroup): void {
  const found = layer.packages.map((facts) => `${facts.name} ${facts.version}`).join(", ");
  const wanted = members.map((item) => `${item.name} ${item.version}`).join(", ");
  if (found !== wanted)
    throw new BasaltError("LOCK_MISMATCH", `the lock names ${wanted}, and the packages with those hashes are ${found}`);
}

function titleOf(group: PackageGroup): string {
  const names = group.members.map((item) => `${item.name} ${item.version}`);
  return names.length <= 3 ? names.join(", ") : `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;
}

function fileWork(
  request: FileRequest,
  image: ImageDefinition,
  { locked, files, compressor, cache }: LayerInputs,
): LayerWork {
  const artifact = locked.artifacts.find((candidate) => candidate.url === request.url);
  const {
    software: _software,
    pin: _pin,
    ...content
  } = {
    ...request,
    path: distroOf(image.osRelease.id).imagePath(request.path),
  };
  return {
    title: `${request.url} in /${request.path}`,
    recipe: {
      kind: "file",
      compressor,
      request: { ...content, integrity: artifact?.integrity },
      sha256: artifact?.sha256,
      rules: ruleVersions(["files", "layers", "merged-usr", "tar"]),
    },
    open: () => {
      const file = requireFile(files.artifacts, request.url);
      const download = { sizeBytes: file.sizeBytes, open: () => cache.read(file) };
      return {
        files: [file],
        sources: [{ items: readFileRequest(download, { ...request, path: content.path }) }],
        packages: () => [],
      };
    },
  };
}

function requireFile(files: ReadonlyMap<string, CachedFile>, name: string): CachedFile {
  const file = files.get(name);
  if (file === undefined) throw new Error(`internal: ${name} was not fetched`);
  return file;
}
