// SPDX-License-Identifier: Apache-2.0
import type { RepositoryKeys } from "../formats/debian/repository-keys.js";
import type { Digest, Sha256 } from "../formats/digest.js";
import type { RepositoryName } from "../formats/image-reference.js";
import type { Integrity } from "../formats/integrity.js";
import type { Platform } from "../formats/platform.js";
import type { LocatedYaml } from "./located-yaml.js";

/** The kind of an image: `runtime` has no shell and no package manager unless a label says so, `dev` has both. */
export type Variant = "runtime" | "dev";

/** A definition file that was read and found valid; its values may still differ from platform to platform. */
export interface Definition {
  /** Path as given by the user, for messages. */
  readonly file: string;
  /** Path for locks and evidence: below the working folder or Basalt's own, so that it says nothing of this machine. */
  readonly path: string;
  readonly sha256: Sha256;
  /** The file as it is written. */
  readonly text: string;
  /** What it is laid over, in order; paths as `file`, `folder` is what they are named from. */
  readonly includes: readonly { readonly file: string; readonly folder: string; readonly text: string }[];
  readonly yaml: LocatedYaml;
  readonly image: RepositoryName;
  readonly platforms: readonly Platform[];
  /** Files of the catalogue that `paths` copy: by what `source` says, the files that it leads to. */
  readonly sources: ReadonlyMap<string, readonly SourceFile[]>;
}

/** A file of the catalogue. */
export interface SourceFile {
  /** Below the source; empty where that is the file itself. */
  readonly path: string;
  readonly text: string;
  readonly isProgram: boolean;
}

/** What a definition means on one platform: variables replaced, defaults filled in. */
export interface ImageDefinition {
  /** Title for people. */
  readonly title: string;
  readonly image: RepositoryName;
  readonly variant: Variant;
  readonly flavor?: string;
  /** `squashed` is one layer of all. */
  readonly output: "layered" | "squashed";
  /** Of layers. Absent for gzip. */
  readonly compression?: "zstd";
  /** May still hold `${resolved.PACKAGE.version}`. */
  readonly tags: readonly string[];
  readonly platform: Platform;
  readonly dates: { readonly release?: string; readonly endOfLife?: string };
  readonly osRelease: OsRelease;
  /** Repositories beside the distribution's own, as one-line APT sources or apk URLs. */
  readonly repositories: readonly string[];
  /** Where the keys of repositories are, by repository: those that are not the distribution's own. */
  readonly repositoryKeys: RepositoryKeys;
  /** Addresses of the keys of repositories. */
  readonly keyring: readonly string[];
  readonly packages: readonly PackageRequest[];
  /** Names that must not come in as dependencies. */
  readonly masks: readonly string[];
  readonly files: readonly FileRequest[];
  /** Images that files are taken from, in order. */
  readonly artifacts: readonly ArtifactRequest[];
  /** What is made by running programs, in order. */
  readonly stages: readonly Stage[];
  /** What the finished image must do before it is published; nothing of it is in the image. */
  readonly tests: readonly ImageTest[];
  readonly accounts: Accounts;
  readonly workDir?: string;
  readonly stopSignal?: string;
  /** May still hold `${resolved.PACKAGE.version}`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly paths: readonly PathEdit[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  /** As OCI writes them: `8080/tcp`. */
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  /** Package name → package URL for the SBOM. */
  readonly mappings: Readonly<Record<string, string>>;
}

/** Content of `/etc/os-release`. Source: os-release(5). */
export interface OsRelease {
  readonly id: "debian" | "alpine";
  readonly versionId: string;
  /** All fields by their name in the file, `ID` and `VERSION_ID` included. */
  readonly fields: Readonly<Record<string, string>>;
}

/** A tree of files of its own in which steps run; what they make goes into the image. */
export interface Stage {
  readonly name: string;
  /** The image that it starts from, all of it; absent for an empty tree. */
  readonly base?: ArtifactRequest;
  /** As for images; absent where there are none. */
  readonly repositories?: readonly string[];
  readonly repositoryKeys?: RepositoryKeys;
  readonly packages: readonly PackageRequest[];
  readonly masks: readonly string[];
  /** Paths are those of the stage. */
  readonly files: readonly FileRequest[];
  readonly artifacts: readonly ArtifactRequest[];
  /** Beside root. */
  readonly accounts: Pick<Accounts, "users" | "groups">;
  /** Made before the first step. */
  readonly paths: readonly PathEdit[];
  readonly steps: readonly Step[];
  /** What its steps make, as they declare it, beside what its downloads hold. */
  readonly software: readonly Software[];
  readonly outputs: readonly StageOutput[];
  /** Files that say something of the image, and are not in it. */
  readonly attestations: readonly StageAttestation[];
}

/** A JSON file of a stage that becomes the predicate of an in-toto statement. */
export interface StageAttestation {
  readonly predicateType: string;
  /** Without a leading slash. */
  readonly source: string;
  /** Only if the steps changed the file. */
  readonly isDiff: boolean;
}

/** One step of a stage. */
export type Step = { readonly title: string } & (RunStep | HostWork);

/** A program that runs in the stage's sandbox. Paths are absolute. */
export interface RunStep {
  readonly kind: "run";
  /** The interpreter and its arguments. */
  readonly shell: readonly [string, ...string[]];
  readonly script: string;
  readonly workDir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly hasNetwork: boolean;
  /** Folders that keep what is in them from one build to the next. */
  readonly caches: readonly string[];
  /** Name of a user of the stage, `UID` or `UID:GID`; root without it. */
  readonly user?: string;
  readonly secrets: readonly StepSecret[];
}

/** What the machine's operator gives to a step by its name; the value is nowhere but in its environment. */
export interface StepSecret {
  readonly id: string;
  /** Name of the variable. */
  readonly variable: string;
  readonly isOptional: boolean;
}

/** What Basalt does itself with a stage's files, when the steps before it have ended. Paths are absolute, and those of the stage. */
export type HostWork = VerifyWork | ScanWork | PomWork;

/** A signature that must be good. */
export interface VerifyWork {
  readonly kind: "verify";
  readonly file: string;
  /** Absent for a clearsigned file. */
  readonly signature?: string;
  /** Files of OpenPGP keys, armoured or not. */
  readonly keys: readonly string[];
  /** Fingerprints, or their last 16 digits, in upper-case hex; empty admits every key. */
  readonly signers: readonly string[];
}

/** A folder whose packages are written down in an SPDX document. */
export interface ScanWork {
  readonly kind: "scan";
  readonly source: string;
  /** The folder below `/opt/docker/sbom`. */
  readonly prefix: string;
  /** Names of further scanners. */
  readonly scanners: readonly string[];
}

/** Versions in a Maven project's file. */
export interface PomWork {
  readonly kind: "pom";
  readonly file: string;
  /** JSON: `[{ groupId, artifactId, version, type?, scope? }]`. */
  readonly dependencies?: string;
  /** JSON: `[{ property, value }]`. */
  readonly properties?: string;
  /** Elements below `project` that dependencies are added to which are nowhere yet. */
  readonly list: readonly string[];
  readonly mayLower: boolean;
}

/** What an action does: a script of `sh`, or work of Basalt's own. */
export type StepWork = { readonly kind: "run"; readonly script: string } | HostWork;

/** Files of a stage that go into the image. */
export interface StageOutput {
  /** A file, a folder, or `FOLDER/*`; without a leading slash. */
  readonly source: string;
  /** Without a leading slash; one at the end means a folder. */
  readonly target: string;
  readonly uid: number;
  readonly gid: number;
  /** Of files. */
  readonly mode?: number;
  /** Only what the steps changed, with the owners that they gave it; what they removed is removed from the image. */
  readonly isDiff: boolean;
}

/** What is tried on the finished image, and what is looked for in it. */
export interface ImageTest {
  readonly name: string;
  readonly commands: readonly TestCommand[];
  readonly files: readonly FileCheck[];
}

/** One program that is run in the finished image. */
export interface TestCommand {
  /** As it is written. */
  readonly text: string;
  readonly words: readonly [string, ...string[]];
  /** Absolute, or relative to the image's own folder; absent is that. */
  readonly workDir?: string;
  readonly exitCode: number;
  readonly timeoutMs: number;
  /** A regular expression that what it prints must match. */
  readonly output?: string;
}

/** What must be at a path of the finished image. */
export interface FileCheck {
  /** Without a leading slash. Links on the way are followed, the last one too unless `kind` is `symlink`. */
  readonly path: string;
  /** Nothing may be there, not even a link. */
  readonly isAbsent: boolean;
  readonly kind?: "file" | "directory" | "symlink";
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Text that must be in the file. */
  readonly contains?: string;
}

export interface PackageRequest {
  readonly name: string;
  /** Exact version, when pinned. */
  readonly version?: string;
  /** The suite to take it from, when named: `name/suite`; of Alpine the tag of the repository, `name@tag`. */
  readonly suite?: string;
  /** Without what it depends on. @default false */
  readonly isBare?: boolean;
}

/** What says that a download is the right one. */
export type FilePin =
  | { readonly kind: "integrity"; readonly integrity: Integrity }
  /** Of a git repository. `reference` is what must lead to the commit. */
  | { readonly kind: "commit"; readonly repository: string; readonly reference: string; readonly commit: string }
  /** A file of checksums, which is no pin: whoever can change it can change the download. The lock pins what it says. */
  | { readonly kind: "checksum-file"; readonly url: string }
  | ({ readonly kind: "signature" } & SignaturePin)
  /** A step of the stage verifies it with keys that are pinned. The lock pins what it was. */
  | { readonly kind: "step" };

/** An OpenPGP signature, detached or around a file of checksums, by one of the keys that are pinned. */
export interface SignaturePin {
  readonly url: string;
  /** Of primary keys, upper-case hex. */
  readonly fingerprints: readonly string[];
  /** Where the keys are: https URLs, or what a file of the catalogue holds. */
  readonly keys: readonly ({ readonly url: string } | { readonly path: string; readonly text: string })[];
}

/** A download that goes into the image. */
export interface FileRequest {
  /** `npm:NAME@VERSION`, an https URL, or `git+https://…#REF`. */
  readonly url: string;
  readonly pin: FilePin;
  /** Absolute path in the image, without a leading slash. */
  readonly path: string;
  /** Globs of what to take from an archive; empty takes all. */
  readonly includes: readonly string[];
  readonly excludes: readonly string[];
  readonly uid: number;
  readonly gid: number;
  readonly mode?: number;
  /** What it is, for the SBOM. */
  readonly software: readonly Software[];
}

/** Files out of an OCI image. */
export interface ArtifactRequest {
  /** The registry, if the definition names one. */
  readonly host?: string;
  readonly repository: RepositoryName;
  /** Of the manifest or index. */
  readonly digest: Digest;
  /** Globs; empty takes all. */
  readonly includes: readonly string[];
  readonly excludes: readonly string[];
  /** Of everything that is taken; without it as in the image. */
  readonly uid?: number;
  readonly gid?: number;
}

/** Software that no package manager knows of. */
export interface Software {
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly license?: string;
}

export interface Accounts {
  readonly hasRoot: boolean;
  /** Numeric, resolved through the declared users. */
  readonly runAs: { readonly uid: number; readonly gid: number };
  readonly users: readonly { readonly name: string; readonly uid: number; readonly gid: number }[];
  readonly groups: readonly { readonly name: string; readonly gid: number; readonly members: readonly string[] }[];
}

/** An edit of the finished file tree; edits are applied in order. Paths have no leading slash. */
export type PathEdit =
  | {
      readonly kind: "directory";
      readonly path: string;
      readonly uid: number;
      readonly gid: number;
      readonly mode: number;
      /** Owner of everything below it, too, and mode of the folders. */
      readonly isRecursive?: true;
    }
  | {
      readonly kind: "file";
      readonly path: string;
      readonly uid: number;
      readonly gid: number;
      readonly mode: number;
      readonly content: string;
    }
  | {
      readonly kind: "symlink";
      readonly path: string;
      readonly uid: number;
      readonly gid: number;
      readonly target: string;
    }
  | { readonly kind: "delete"; readonly path: string };
