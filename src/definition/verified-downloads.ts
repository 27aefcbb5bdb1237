// SPDX-License-Identifier: Apache-2.0
import { posix } from "node:path";
import type { RawFile, RawStage } from "./raw.js";
import { SOURCE_FOLDER } from "./stage-folders.js";

/**
 * Whether a download of a stage needs no checksum, since a step of the stage verifies it with keys: it is what `gpg/verify@v1` looks
 * at, or the signature. Keys themselves do need one.
 */
export function isVerifiedIn(stage: RawStage): (file: RawFile) => boolean {
  const paths = new Set(
    stage.pipeline.flatMap((step) => {
      if (step.uses !== "gpg/verify@v1" || step.if !== undefined) return [];
      const folder = posix.resolve(SOURCE_FOLDER, step["work-dir"] ?? stage["work-dir"] ?? ".");
      const inputs = [step.with?.["file"], step.with?.["signature"]];
      return inputs.flatMap((input) => (typeof input === "string" ? [posix.resolve(folder, input)] : []));
    }),
  );
  return ({ url, path }) => url.startsWith("https://") && paths.has(posix.resolve("/", path));
}
