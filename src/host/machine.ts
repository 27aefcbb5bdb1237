// SPDX-License-Identifier: Apache-2.0
import { parsePlatform, type Platform } from "../formats/platform.js";

/** The platform that containers on this machine have. */
export function ownPlatform(): Platform {
  return parsePlatform(process.arch === "arm64" ? "linux/arm64" : "linux/amd64");
}

/** Where programs complain. */
export const errorStream = process.stderr;
