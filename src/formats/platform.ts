// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";

/** What an image runs on, as `os/architecture`. Source: OCI image-spec, image-index.md, "platform". */
export type Platform = "linux/amd64" | "linux/arm64";

export const PLATFORMS: readonly Platform[] = ["linux/amd64", "linux/arm64"];

/** The Go architecture name that OCI uses. */
export type Architecture = "amd64" | "arm64";

/** @throws BasaltError `PLATFORM_UNKNOWN` */
export function parsePlatform(text: string): Platform {
  const trimmed = text.trim().replace(/^linux\/arm64\/v8$/, "linux/arm64");
  const found = PLATFORMS.find((platform) => platform === trimmed);
  if (found !== undefined) return found;
  throw new BasaltError("PLATFORM_UNKNOWN", `unknown platform ${JSON.stringify(text)}; known: ${PLATFORMS.join(", ")}`);
}

/** A comma-separated list, without repetitions, in the order given. */
export function parsePlatforms(text: string): readonly Platform[] {
  return [...new Set(text.split(",").map(parsePlatform))];
}

export function architectureOf(platform: Platform): Architecture {
  return platform === "linux/amd64" ? "amd64" : "arm64";
}
