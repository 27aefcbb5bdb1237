// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { BasaltError } from "../../errors.js";
import { isDigest, type DiffId, type Digest } from "../digest.js";

/** Configuration of an image. Source: OCI image-spec, config.md. */
export interface ImageConfig {
  /** RFC 3339. */
  readonly created?: string;
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly config?: RunConfig;
  readonly rootfs: { readonly type: "layers"; readonly diff_ids: readonly DiffId[] };
  readonly history?: readonly HistoryEntry[];
}

export interface RunConfig {
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly StopSignal?: string;
}

export interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
}

/** Reads a configuration as other builders write it, too. @throws BasaltError `MANIFEST_INVALID` */
export function parseImageConfig(bytes: Buffer): ImageConfig {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new BasaltError("MANIFEST_INVALID", "the image configuration is not JSON", { cause });
  }
  const config = value as Partial<ImageConfig> | null;
  const layers: unknown = config?.rootfs?.diff_ids;
  if (
    config === null ||
    typeof config !== "object" ||
    typeof config.architecture !== "string" ||
    typeof config.os !== "string" ||
    !Array.isArray(layers)
  ) {
    throw new BasaltError("MANIFEST_INVALID", "the image configuration lacks architecture, os or rootfs");
  }
  if (!layers.every((layer) => typeof layer === "string" && isDigest(layer)))
    throw new BasaltError("MANIFEST_INVALID", "the image configuration has a layer that is not named by a digest");
  const wrong = wrongMember(value as Readonly<Record<string, unknown>>);
  if (wrong !== undefined)
    throw new BasaltError("MANIFEST_INVALID", `the image configuration has a wrong kind of value in ${wrong}`);
  return config as ImageConfig;
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isObject: Check = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);

const CONFIG_CHECKS: readonly (readonly [string, Check])[] = [
  ["created", isText],
  ["variant", isText],
  ["config", isObject],
  ["history", (value) => Array.isArray(value) && value.every(isObject)],
];
const RUN_CHECKS: readonly (readonly [string, Check])[] = [
  ["User", isText],
  ["Env", isTexts],
  ["Entrypoint", isTexts],
  ["Cmd", isTexts],
  ["WorkingDir", isText],
  ["Labels", (value) => isObject(value) && Object.values(value as object).every(isText)],
  ["ExposedPorts", isObject],
  ["Volumes", isObject],
  ["StopSignal", isText],
];

const isWrong = (value: unknown, check: Check): boolean => value !== undefined && value !== null && !check(value);

/** The first member of a wrong kind; Docker writes null for what is absent. */
function wrongMember(config: Readonly<Record<string, unknown>>): string | undefined {
  const outer = CONFIG_CHECKS.find(([key, check]) => isWrong(config[key], check))?.[0];
  if (outer !== undefined) return outer;
  const run = (config["config"] ?? {}) as Readonly<Record<string, unknown>>;
  const inner = RUN_CHECKS.find(([key, check]) => isWrong(run[key], check))?.[0];
  return inner === undefined ? undefined : `config.${inner}`;
}

/** Identifies a stack of layers by their contents. Source: OCI image-spec, config.md, "Layer ChainID". */
export function chainIdOf(diffIds: readonly DiffId[]): Digest {
  const [first, ...rest] = diffIds;
  if (first === undefined) throw new Error("internal: an image without layers has no chain id");
  return rest.reduce<string>(
    (chain, diffId) => `sha256:${createHash("sha256").update(`${chain} ${diffId}`).digest("hex")}`,
    first,
  ) as Digest;
}
