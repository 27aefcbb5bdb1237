// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { compareText, prettyJson } from "./canonical-json.js";
import { parseSha256, type Sha256 } from "./digest.js";
import { PIN_MODES, type InputMapping } from "./input-mapping.js";
import { parseIntegrity, type Integrity } from "./integrity.js";
import { parsePlatform, type Platform } from "./platform.js";
import { isPathBelow } from "./repository-path.js";

/** A package that the solver chose, and what its bytes must be. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly source: string;
  readonly sourceVersion: string;
  /** Which repository: `debian`, `debian-security`, or the URL of another one. Never a mirror. */
  readonly repository: string;
  readonly suite: string;
  /** Path below the repository's root. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: Sha256;
}

/** A download that is not a distribution package. */
export interface LockedArtifact {
  /** As in the definition: `npm:NAME@VERSION`, an https URL, or `git+https://…#REF`. Never a mirror. */
  readonly url: string;
  readonly integrity: Integrity;
  /** Of git: of the archive that is made of the commit's files. */
  readonly sha256: Sha256;
  readonly sizeBytes: number;
  /** Of git: whose files these are, in hex. */
  readonly commit?: string;
  /** The file of checksums that said the hash: evidence, which is not asked again. */
  readonly checksumUrl?: string;
  /** Its signature is verified by a step of the stage. */
  readonly verifiedBy?: "step";
  /** The signature that was verified: evidence, which is not asked again. */
  readonly signature?: LockedSignature;
}

export interface LockedSignature {
  readonly url: string;
  /** Fingerprints of the primary keys, upper-case hex. */
  readonly signedBy: readonly string[];
}

/** A dependency that only masked packages could have met. */
export interface DroppedDependency {
  readonly package: string;
  readonly dependency: string;
}

/** Keys of a repository that the definition adds: evidence, and part of development images. */
export interface LockedKeyring {
  /** As in the definition, with the fingerprints that it pins: `https://HOST/PATH#FINGERPRINT`. */
  readonly url: string;
  /** Primary keys that may sign, upper-case hex. */
  readonly fingerprints: readonly string[];
  /** The file's packets without armour, in base64: what vanishes from a server can still be built. */
  readonly keys: string;
}

/** Inputs of one tree of files. */
export interface LockedInputs {
  readonly packages: readonly LockedPackage[];
  readonly artifacts: readonly LockedArtifact[];
  readonly dropped: readonly DroppedDependency[];
  /** Absent where there are none. */
  readonly keyrings?: readonly LockedKeyring[];
}

export interface LockedPlatform extends LockedInputs {
  /** By name of the build stage. */
  readonly stages?: Readonly<Record<string, LockedInputs>>;
}

/** A package index that was read while resolving: evidence, not identity. */
export interface IndexEvidence {
  readonly repository: string;
  readonly suite: string;
  readonly component: string;
  readonly architecture: string;
  readonly releaseSha256: Sha256;
  /** RFC 3339. */
  readonly releasedAt: string;
  /** Of the decompressed index. */
  readonly indexSha256: Sha256;
  /** Fingerprints of the keys that signed the release. */
  readonly signedBy: readonly string[];
}

/** Everything that decides an image's bytes, besides the definition itself. */
export interface Lock {
  readonly lockVersion: 1;
  /** Versions of the assembly rules, by rule. */
  readonly rules: Readonly<Record<string, number>>;
  readonly compressor: string;
  readonly definition: { readonly path: string; readonly sha256: Sha256 };
  /** What took the place of inputs that the definition names, if anything did. */
  readonly mapping?: InputMapping;
  readonly platforms: Readonly<Partial<Record<Platform, LockedPlatform>>>;
  readonly evidence: { readonly indexes: readonly IndexEvidence[] };
}

/** The lock as a file: keys and lists sorted, so that equal locks are equal bytes. */
export function formatLock(lock: Lock): string {
  const platforms = Object.fromEntries(
    Object.entries(lock.platforms).map(([platform, locked]) => [platform, sortPlatform(locked)]),
  );
  const indexes = lock.evidence.indexes.toSorted((a, b) => compareText(indexKey(a), indexKey(b)));
  return prettyJson({ ...lock, platforms, evidence: { indexes } });
}

/** Reads a lock file and checks its shape. @throws BasaltError `LOCK_INVALID` */
export function parseLock(text: string, name: string): Lock {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new BasaltError("LOCK_INVALID", `${name} is not JSON`, { cause });
  }
  const read = new LockReader(name);
  try {
    return read.lock(value);
  } catch (cause) {
    if (cause instanceof BasaltError && cause.code !== "LOCK_INVALID")
      throw new BasaltError("LOCK_INVALID", `${name}: ${cause.message}`, { cause });
    throw cause;
  }
}

function sortPlatform({ stages, ...inputs }: LockedPlatform): LockedPlatform {
  if (stages === undefined) return sortInputs(inputs);
  const sorted = Object.entries(stages).map(([name, stage]) => [name, sortInputs(stage)] as const);
  return { ...sortInputs(inputs), stages: Object.fromEntries(sorted) };
}

function sortInputs(platform: LockedInputs): LockedInputs {
  return {
    packages: platform.packages.toSorted((a, b) => compareText(a.name, b.name)),
    artifacts: platform.artifacts.toSorted((a, b) => compareText(a.url, b.url)),
    dropped: platform.dropped.toSorted(
      (a, b) => compareText(a.package, b.package) || compareText(a.dependency, b.dependency),
    ),
    ...(platform.keyrings === undefined
      ? {}
      : { keyrings: platform.keyrings.toSorted((a, b) => compareText(a.url, b.url)) }),
  };
}

function indexKey(index: IndexEvidence): string {
  return [index.repository, index.suite, index.component, index.architecture].join(" ");
}

/** Reads unknown JSON into a lock; every problem names the place where it is. */
class LockReader {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  lock(value: unknown): Lock {
    const lock = this.#object(value, "");
    if (lock["lockVersion"] !== 1) throw this.#error("lockVersion", "1", lock["lockVersion"]);
    const definition = this.#object(lock["definition"], "definition");
    const rules = Object.entries(this.#object(lock["rules"], "rules")).map(([rule, version]) => [
      rule,
      this.#count(version, `rules.${rule}`),
    ]);
    const platforms = Object.entries(this.#object(lock["platforms"], "platforms")).map(([platform, locked]) => {
      if (parsePlatform(platform) !== platform) throw this.#error("platforms", "keyed by platforms", platform);
      return [platform, this.#platform(locked, `platforms.${platform}`)];
    });
    const evidence = this.#object(lock["evidence"] ?? { indexes: [] }, "evidence");
    return {
      lockVersion: 1,
      rules: Object.fromEntries(rules) as Record<string, number>,
      compressor: this.#text(lock["compressor"], "compressor"),
      definition: {
        path: this.#text(definition["path"], "definition.path"),
        sha256: parseSha256(this.#text(definition["sha256"], "definition.sha256")),
      },
      ...(lock["mapping"] === undefined ? {} : { mapping: this.#mapping(lock["mapping"]) }),
      platforms: Object.fromEntries(platforms) as Lock["platforms"],
      evidence: {
        indexes: this.#list(evidence["indexes"], "evidence.indexes").map((item, index) =>
          this.#index(item, `evidence.indexes.${index}`),
        ),
      },
    };
  }

  #mapping(value: unknown): InputMapping {
    const mapping = this.#object(value, "mapping");
    const texts = (key: string): Readonly<Record<string, string>> =>
      Object.fromEntries(
        Object.entries(this.#object(mapping[key], `mapping.${key}`)).map(([from, to]) => [
          from,
          this.#text(to, `mapping.${key}.${from}`),
        ]),
      );
    const pins = PIN_MODES.find((mode) => mode === mapping["pins"]);
    if (pins === undefined) throw this.#error("mapping.pins", PIN_MODES.join(" or "), mapping["pins"]);
    return { repositories: texts("repositories"), packages: texts("packages"), pins };
  }

  #index(value: unknown, at: string): IndexEvidence {
    const item = this.#object(value, at);
    const text = (key: string): string => this.#text(item[key], `${at}.${key}`);
    return {
      repository: text("repository"),
      suite: text("suite"),
      component: text("component"),
      architecture: text("architecture"),
      releaseSha256: parseSha256(text("releaseSha256")),
      releasedAt: text("releasedAt"),
      indexSha256: parseSha256(text("indexSha256")),
      signedBy: this.#texts(item["signedBy"], `${at}.signedBy`),
    };
  }

  #platform(value: unknown, at: string): LockedPlatform {
    const { stages } = this.#object(value, at);
    const inputs = this.#inputs(value, at);
    if (stages === undefined) return inputs;
    const read = Object.entries(this.#object(stages, `${at}.stages`)).map(
      ([name, stage]) => [name, this.#inputs(stage, `${at}.stages.${name}`)] as const,
    );
    return { ...inputs, stages: Object.fromEntries(read) };
  }

  #inputs(value: unknown, at: string): LockedInputs {
    const platform = this.#object(value, at);
    return {
      packages: this.#list(platform["packages"], `${at}.packages`).map((item, index) =>
        this.#package(item, `${at}.packages.${index}`),
      ),
      artifacts: this.#list(platform["artifacts"], `${at}.artifacts`).map((item, index) =>
        this.#artifact(item, `${at}.artifacts.${index}`),
      ),
      dropped: this.#list(platform["dropped"], `${at}.dropped`).map((item, index) => {
        const dropped = this.#object(item, `${at}.dropped.${index}`);
        return {
          package: this.#text(dropped["package"], `${at}.dropped.${index}.package`),
          dependency: this.#text(dropped["dependency"], `${at}.dropped.${index}.dependency`),
        };
      }),
      ...(platform["keyrings"] === undefined
        ? {}
        : {
            keyrings: this.#list(platform["keyrings"], `${at}.keyrings`).map((item, index) =>
              this.#keyring(item, `${at}.keyrings.${index}`),
            ),
          }),
    };
  }

  #keyring(value: unknown, at: string): LockedKeyring {
    const item = this.#object(value, at);
    const keys = this.#text(item["keys"], `${at}.keys`);
    if (Buffer.from(keys, "base64").toString("base64") !== keys) throw this.#error(`${at}.keys`, "base64", keys);
    return {
      url: this.#text(item["url"], `${at}.url`),
      fingerprints: this.#texts(item["fingerprints"], `${at}.fingerprints`),
      keys,
    };
  }

  #package(value: unknown, at: string): LockedPackage {
    const item = this.#object(value, at);
    const text = (key: string): string => this.#text(item[key], `${at}.${key}`);
    const path = text("path");
    if (!isPathBelow(path)) throw this.#error(`${at}.path`, "a path below the repository", path);
    return {
      name: text("name"),
      version: text("version"),
      architecture: text("architecture"),
      source: text("source"),
      sourceVersion: text("sourceVersion"),
      repository: text("repository"),
      suite: text("suite"),
      path,
      sizeBytes: this.#count(item["sizeBytes"], `${at}.sizeBytes`),
      sha256: parseSha256(text("sha256")),
    };
  }

  #artifact(value: unknown, at: string): LockedArtifact {
    const item = this.#object(value, at);
    const url = this.#text(item["url"], `${at}.url`);
    if (url.startsWith("git+") !== (item["commit"] !== undefined))
      throw this.#error(`${at}.commit`, "there for git, and for nothing else", item["commit"]);
    return {
      url,
      integrity: parseIntegrity(this.#text(item["integrity"], `${at}.integrity`)),
      sha256: parseSha256(this.#text(item["sha256"], `${at}.sha256`)),
      sizeBytes: this.#count(item["sizeBytes"], `${at}.sizeBytes`),
      ...(item["commit"] === undefined ? {} : { commit: this.#commit(item["commit"], `${at}.commit`) }),
      ...(item["checksumUrl"] === undefined
        ? {}
        : { checksumUrl: this.#text(item["checksumUrl"], `${at}.checksumUrl`) }),
      ...(item["verifiedBy"] === "step" ? { verifiedBy: "step" as const } : {}),
      ...(item["signature"] === undefined ? {} : { signature: this.#signature(item["signature"], `${at}.signature`) }),
    };
  }

  #commit(value: unknown, at: string): string {
    const text = this.#text(value, at);
    if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) throw this.#error(at, "a commit in hex", text);
    return text;
  }

  #signature(value: unknown, at: string): LockedSignature {
    const item = this.#object(value, at);
    return { url: this.#text(item["url"], `${at}.url`), signedBy: this.#texts(item["signedBy"], `${at}.signedBy`) };
  }

  #texts(value: unknown, at: string): readonly string[] {
    return this.#list(value, at).map((item, index) => this.#text(item, `${at}.${index}`));
  }

  #object(value: unknown, at: string): Readonly<Record<string, unknown>> {
    if (value === null || typeof value !== "object" || Array.isArray(value)) throw this.#error(at, "an object", value);
    return value as Readonly<Record<string, unknown>>;
  }

  #list(value: unknown, at: string): readonly unknown[] {
    if (!Array.isArray(value)) throw this.#error(at, "a list", value);
    return value;
  }

  #text(value: unknown, at: string): string {
    if (typeof value !== "string" || value === "") throw this.#error(at, "text", value);
    return value;
  }

  #count(value: unknown, at: string): number {
    if (!Number.isSafeInteger(value) || (value as number) < 0) throw this.#error(at, "a whole number", value);
    return value as number;
  }

  #error(at: string, expected: string, received: unknown): BasaltError {
    return new BasaltError(
      "LOCK_INVALID",
      `${this.#name}: ${at || "the lock"} must be ${expected}, received ${describe(received)}`,
    );
  }
}

/** Briefly: what was received may be as large and as deep as its sender liked. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value !== null && typeof value === "object") return "an object";
  return JSON.stringify(typeof value === "string" ? value.slice(0, 100) : value) ?? "nothing";
}
