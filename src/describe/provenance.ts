// SPDX-License-Identifier: Apache-2.0
import type { Definition, ImageDefinition } from "../definition/index.js";
import { distroOf } from "../distro/index.js";
import type { AssembledImage } from "../assemble/index.js";
import { sha256Hex, splitDigest } from "../formats/digest.js";
import { integrityAlgorithm, integrityHex } from "../formats/integrity.js";
import { gitLocation } from "../formats/git-location.js";
import type { Lock, LockedArtifact, LockedInputs } from "../formats/lock.js";
import type { Host } from "../host/host.js";
import { BASALT_BUILD_TYPE, type ResourceDescriptor, type SlsaProvenance } from "../formats/slsa.js";

/** What is said about a build that its images cannot say themselves. */
export interface BuildFacts {
  readonly definition: Definition;
  readonly lock: Lock;
  readonly builderId: string;
  /** Version of Basalt. */
  readonly version: string;
  readonly host: Pick<Host, "env" | "nodeVersion" | "now">;
  readonly startedAt: Date;
}

/** Provenance of the images of some platforms: one for a platform's manifest, all of them for the index. */
export function toProvenance(images: readonly AssembledImage[], facts: BuildFacts): SlsaProvenance {
  const { definition, lock } = facts;
  return {
    buildDefinition: {
      buildType: BASALT_BUILD_TYPE,
      externalParameters: {
        definition: { path: lock.definition.path, digest: { sha256: definition.sha256 } },
        platforms: images.map((assembled) => assembled.image.platform),
        ...(lock.mapping === undefined ? {} : { mapping: lock.mapping }),
      },
      internalParameters: { rules: lock.rules, compressor: lock.compressor, lockVersion: lock.lockVersion },
      resolvedDependencies: [
        { name: "definition", uri: `file:${lock.definition.path}`, digest: { sha256: definition.sha256 } },
        ...images.flatMap(dependenciesOf),
        ...lock.evidence.indexes.map((index) => ({
          name: `index ${index.repository} ${index.suite} ${index.component} ${index.architecture}`,
          digest: { sha256: index.indexSha256 },
          annotations: { releaseSha256: index.releaseSha256, releasedAt: index.releasedAt, signedBy: index.signedBy },
        })),
      ],
    },
    runDetails: {
      builder: { id: facts.builderId, version: { basalt: facts.version, node: facts.host.nodeVersion } },
      metadata: { startedOn: facts.startedAt.toISOString(), finishedOn: facts.host.now().toISOString() },
    },
  };
}

/** What an image was made from, its build stages included. */
function dependenciesOf({ image, locked }: AssembledImage): readonly ResourceDescriptor[] {
  const stages = Object.entries(locked.stages ?? {});
  return [
    ...dependenciesIn(locked, image, {}),
    ...imagesOf(image).map(({ host, repository, digest }) => {
      const name = `${host === undefined ? "" : `${host}/`}${repository}@${digest}`;
      const { algorithm, hex } = splitDigest(digest);
      const annotations = { trust: "digest pinned in the definition" };
      return { name, uri: `oci:${name}`, digest: { [algorithm]: hex }, annotations };
    }),
    ...stages.flatMap(([stage, inputs]) => dependenciesIn(inputs, image, { stage })),
  ];
}

/** Images that files were taken from, by the image and by its stages. */
function imagesOf({ artifacts, stages }: ImageDefinition): ImageDefinition["artifacts"] {
  const all = [
    ...artifacts,
    ...stages.flatMap((stage) => [...(stage.base === undefined ? [] : [stage.base]), ...stage.artifacts]),
  ];
  return [...new Map(all.map((request) => [request.digest, request])).values()];
}

function dependenciesIn(
  locked: LockedInputs,
  image: ImageDefinition,
  where: { readonly stage?: string },
): readonly ResourceDescriptor[] {
  const distro = distroOf(image.osRelease.id);
  return [
    ...locked.packages.map((item) => ({
      name: item.name,
      uri: distro.purl(item, image.osRelease),
      digest: { sha256: item.sha256 },
      annotations: {
        repository: item.repository,
        suite: item.suite,
        path: item.path,
        trust: "signed repository",
        ...where,
      },
    })),
    ...locked.artifacts.map((item) => artifactDependency(item, where)),
    ...(locked.keyrings ?? []).map(({ url, fingerprints, keys }) => ({
      name: `key ${url}`,
      uri: url,
      digest: { sha256: sha256Hex(Buffer.from(keys, "base64")) },
      annotations: {
        trust: url.includes("#") ? "key pinned in the definition" : "key of its server, pinned by the lock",
        fingerprints,
        ...where,
      },
    })),
  ];
}

/** A download; of git its commit, since the archive of its files is this program's own. */
function artifactDependency(item: LockedArtifact, where: { readonly stage?: string }): ResourceDescriptor {
  const { url, sha256, integrity, commit, checksumUrl, signature, verifiedBy } = item;
  if (commit !== undefined) {
    const annotations = { archiveSha256: sha256, trust: "commit pinned in the definition", ...where };
    return { name: url, uri: gitLocation(url), digest: { gitCommit: commit }, annotations };
  }
  const trust =
    signature !== undefined
      ? { trust: "signature by a key pinned in the definition", signature: signature.url, signedBy: signature.signedBy }
      : checksumUrl !== undefined
        ? { trust: "checksum of its server, pinned by the lock", checksumUrl }
        : {
            trust:
              verifiedBy === "step"
                ? "verified by a build step, pinned by the lock"
                : "checksum pinned in the definition",
          };
  return {
    name: url,
    uri: url,
    digest: { sha256, [integrityAlgorithm(integrity)]: integrityHex(integrity) },
    annotations: { ...trust, ...where },
  };
}
