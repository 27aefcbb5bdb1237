// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { restoreDefinition } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import type { BuildInputs } from "../formats/build-inputs.js";
import type { Digest } from "../formats/digest.js";
import { isInIndexAttestation } from "../formats/oci/in-index.js";
import type { Platform } from "../formats/platform.js";
import { removeTree } from "../host/files.js";
import type { Host } from "../host/host.js";
import { homeAt } from "../host/paths.js";
import { make, type BuildOptions } from "../pipeline.js";
import { openLease, openStore } from "../store/index.js";
import { openPlatformImage, type ImageReader } from "../transfer/index.js";
import { compareImages, compareIndexes, type Difference } from "./compare.js";
import { readMade } from "./made-image.js";

export type { Difference } from "./compare.js";

/** An image, and what was built again from what is attested of it. */
export interface RebuildReport {
  /** Of the image that was looked at. */
  readonly published: Digest;
  readonly rebuilt: Digest;
  /** Of the index itself; those of what it lists stand with the platforms. */
  readonly index: readonly Difference[];
  readonly platforms: readonly { readonly platform: Platform; readonly differences: readonly Difference[] }[];
}

export type RebuildOptions = Pick<
  BuildOptions,
  "builderId" | "version" | "onEvent" | "signal" | "secrets" | "runner"
> & {
  /** Version of Basalt that built the image, for a person whose version has other rules. */
  readonly builtWith?: string;
};

/**
 * Builds an image again, in a place of its own where no layer is found that was made before, and compares. Downloads that are in the cache
 * are used: each is hashed once more. Nothing is published.
 * @throws BasaltError `LOCK_MISMATCH` when this version of Basalt has other rules, and what a build throws
 */
export async function rebuild(
  image: ImageReader,
  inputs: BuildInputs,
  options: RebuildOptions,
  host: Host,
): Promise<RebuildReport> {
  const folder = join(host.home.temporary, `rebuild-${randomUUID()}`);
  const home = { ...homeAt(folder), advisories: host.home.advisories, keys: join(folder, "no-keys") };
  const { SOURCE_DATE_EPOCH: _own, ...others } = host.env;
  const { sourceDateEpoch: epoch } = inputs;
  const env = epoch === undefined ? others : { ...others, SOURCE_DATE_EPOCH: epoch };
  const scratch: Host = { ...host, home, env };
  try {
    const restored = await restoreDefinition(inputs.definition, join(folder, "definition"));
    const definition = { ...restored, file: inputs.lock.definition.path };
    const store = await openStore(scratch);
    try {
      const lease = await openLease(store.db, "rebuild", host.now);
      const platforms = await wantedPlatforms(image, inputs);
      const work = { ...options, lock: inputs.lock, platforms, skipTests: true };
      const made = await make(definition, work, { host: scratch, store, lease }).catch((error: unknown) =>
        nameVersion(error, options),
      );
      // Statements in an index are about what is built again, and not built themselves.
      const entries = image.root.kind === "index" ? image.root.value.manifests.filter(isInIndexAttestation) : [];
      const again = readMade(made, { name: `${image.name}, built again`, entries }, store);
      const compared = [];
      for (const platform of platforms)
        compared.push({ platform, differences: await compareImages(image, again, platform) });
      const rebuilt = image.root.kind === "index" ? again.root.digest : made.images[0]?.manifest.digest;
      return {
        published: image.root.digest,
        rebuilt: rebuilt ?? again.root.digest,
        index: compareIndexes(image.root, again.root),
        platforms: compared,
      };
    } finally {
      await store.close();
    }
  } finally {
    await removeTree(folder);
  }
}

/** Of an index all platforms that were built together, of the image of one platform that. */
async function wantedPlatforms(image: ImageReader, { platforms }: BuildInputs): Promise<readonly Platform[]> {
  if (image.root.kind === "index") return platforms;
  const { platform } = await openPlatformImage(image, undefined);
  return platforms.filter((each) => each === platform);
}

function nameVersion(error: unknown, { builtWith, version }: RebuildOptions): never {
  if (!(error instanceof BasaltError) || error.code !== "LOCK_MISMATCH" || builtWith === undefined) throw error;
  throw new BasaltError("LOCK_MISMATCH", error.message, {
    action: `build it again with Basalt ${builtWith}, which made it; this is ${version}`,
    cause: error,
  });
}
