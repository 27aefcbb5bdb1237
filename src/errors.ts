// SPDX-License-Identifier: Apache-2.0
import { INPUT_ERRORS, type ErrorFacts } from "./error-codes.js";

/** Every code a caller may see. A test keeps docs/errors.md equal to this table. */
export const ERRORS = {
  ...INPUT_ERRORS,
  // Distributions
  DISTRO_UNKNOWN: {
    meaning: "a release of a distribution that Basalt does not know",
    action: "use one of the releases named",
  },
  MIRROR_INVALID: {
    meaning: "a configured mirror is not a usable address",
    action:
      "set BASALT_DEBIAN_MIRROR to the http or https parent of debian/ and debian-security/, BASALT_ALPINE_MIRROR to the folder of v3.24/",
  },
  REPOSITORY_INVALID: {
    meaning: "a line of contents.repositories is not a repository that packages can be taken from",
    action: 'mend the line: see docs/definitions.md, "Repositories"',
  },
  REPOSITORY_KEY: {
    meaning: "no key is known that could vouch for a repository, or another one than before",
    action: 'give the key under keyring, with #FINGERPRINT behind its address: see docs/definitions.md, "Repositories"',
  },
  RELEASE_EXPIRED: {
    meaning: "a repository's Release file is not valid at this time",
    action:
      "check the clock of this machine; else the mirror is stale: use another one. A build from a lock needs no Release file",
  },
  RELEASE_MISMATCH: {
    meaning: "a repository's Release file is not the one that was asked for",
    action: "check the mirror",
  },
  PACKAGE_UNKNOWN: {
    meaning: "a requested package does not exist",
    action: "check the name against the distribution's package list",
  },
  PACKAGE_UNSATISFIABLE: {
    meaning: "a dependency or a pin cannot be met",
    action: "drop the pin or the package that needs it, or unmask what would meet it",
  },
  PACKAGE_CONFLICT: {
    meaning: "two packages cannot be installed together",
    action: "drop one of the two, or mask the one that came in as a dependency",
  },
  PACKAGE_SEARCH_LIMIT: {
    meaning: "whether packages go together was not found out: there are too many choices",
    action: "pin versions, or name the packages that are meant where several would do",
  },
  PACKAGE_CONTENT: {
    meaning: "a package holds something that an image must not",
    action: "do not use this package; report it to the distribution",
  },
  LOCK_MISMATCH: { meaning: "a lock does not fit what it is used with", action: "make it again with basalt resolve" },
  // Network
  NETWORK_UNREACHABLE: {
    meaning: "a server cannot be reached, hangs, or breaks off",
    action:
      "check the network and the mirror, then run the command again: finished downloads are kept, broken ones continued",
  },
  NETWORK_OFFLINE: {
    meaning: "something is missing on this machine and the network is switched off",
    action: "run once without --offline",
  },
  HTTP_STATUS: {
    meaning: "a server answers that it does not have what was asked for",
    action: "check the address and the mirror; an old lock may name packages that the mirror has replaced",
  },
  FETCH_SIZE_MISMATCH: {
    meaning: "a server sent more or fewer bytes than the index or lock promises",
    action: "run the command again; if it stays so, use another mirror",
  },
  FETCH_DIGEST_MISMATCH: {
    meaning: "the bytes received are not the bytes that the index or lock names",
    action: "do not trust this mirror; if the lock was edited, make it again with basalt resolve",
  },
  CANCELLED: { meaning: "the work was cancelled", action: "run the command again; finished parts are kept" },
  // Trust
  SIGNATURE_INVALID: {
    meaning: "a signature is missing, wrong, or by a key that is not trusted",
    action: "do not use these data; check the mirror, and the clock of this machine",
  },
  EVIDENCE_INVALID: {
    meaning: "a signature or attestation is damaged, or is about something else",
    action: "do not trust the image; get it again from where it was published",
  },
  EVIDENCE_MISSING: {
    meaning: "an image has not the signatures and attestations that are asked for",
    action: "see basalt attest list; check that the key is that of who published the image",
  },
  KEY_INVALID: { meaning: "a public or private key is missing or cannot be read", action: "check the key file" },
  // Store
  DATABASE_UNUSABLE: {
    meaning: "the database cannot be opened or brought up to date",
    action: "check the file and its folder; restore it from a backup if it is damaged",
  },
  DATABASE_TOO_NEW: {
    meaning: "the database was made by a newer version of Basalt",
    action: "use that version, or another BASALT_HOME",
  },
  BLOB_UNKNOWN: { meaning: "a blob is not in the store", action: "build or pull the image again" },
  BLOB_DIGEST_MISMATCH: { meaning: "bytes do not have the digest they were announced with", action: "send them again" },
  BLOB_IN_USE: { meaning: "a blob is part of an image", action: "delete the image first" },
  REPOSITORY_UNKNOWN: {
    meaning: "a repository does not exist",
    action: "check the name: basalt catalog list shows what there is",
  },
  MANIFEST_REFERENCE_UNKNOWN: {
    meaning: "a manifest names something that was not pushed",
    action: "push blobs and platform manifests first, then the manifest that names them",
  },
  UPLOAD_UNKNOWN: { meaning: "an upload does not exist or was given up", action: "begin a new upload" },
  UPLOAD_OUT_OF_ORDER: {
    meaning: "a chunk does not begin where the upload ended",
    action: "ask for the upload's state and go on from there",
  },
  MANIFEST_UNKNOWN: {
    meaning: "an image or tag does not exist",
    action: "check the name and the tag: basalt catalog list shows what there is",
  },
  IMAGE_PENDING: {
    meaning: "an image was pushed and not looked through yet",
    action: "wait a moment; a worker does it in the background",
  },
  IMAGE_UNREADABLE: {
    meaning: "a file or folder is not an image in a form that Basalt reads",
    action: "give an OCI layout, or an archive made by docker save, skopeo or basalt",
  },
  MANIFEST_INVALID: {
    meaning: "a manifest is malformed or names something that is missing",
    action: "push the blobs first, then the manifest",
  },
  SIGNER_FAILED: {
    meaning:
      "the command that signs did not, or printed something else than a signature by its key; or Sigstore's services gave none",
    action:
      "run BASALT_SIGNER_COMMAND by hand: standard input is what to sign, its output the signature in base64; nothing was published",
  },
  POLICY_INVALID: {
    meaning: "a policy file has something that Basalt does not understand",
    action: "mend the file: docs/policy.md says what may stand in it; no image was judged",
  },
  KEY_PASSWORD: { meaning: "a private key cannot be decrypted", action: "set COSIGN_PASSWORD to its password" },
  REGISTRY_REFUSED: {
    meaning: "a registry refuses a request or answers nonsense",
    action: "read what it said; check the address and the rights of the user",
  },
  ENGINE_UNAVAILABLE: { meaning: "no Docker engine answers", action: "start the engine, or set DOCKER_HOST" },
  ENGINE_FAILED: { meaning: "the Docker engine could not do what it was asked", action: "read what it said" },
  // Advisories
  FEED_INVALID: {
    meaning: "a file of advisories is damaged or not a feed that Basalt reads",
    action: "get the file again; basalt help db import lists the feeds",
  },
  FEEDS_UNREACHABLE: {
    meaning: "advisory feeds could not be fetched",
    action: "check the network, or fetch the files elsewhere and use basalt db import; what was there before is kept",
  },
  ADVISORIES_BUSY: {
    meaning: "another process is changing the advisory database",
    action: "run the command again when that one has ended",
  },
  // Accounts
  ACCOUNT_INVALID: { meaning: "a user name or password is not acceptable", action: "choose another one" },
  ACCOUNT_EXISTS: { meaning: "there is a user of that name", action: "remove that user first, or choose another name" },
  ACCOUNT_UNKNOWN: {
    meaning: "there is no such user or token",
    action: "see basalt user list and basalt token list",
  },
  LOGIN_REFUSED: {
    meaning: "user name, password or token are wrong, revoked or expired",
    action: "log in again with a user of this server, or with a token made by basalt token create",
  },
  ACCESS_DENIED: {
    meaning: "whoever asks has no right to do that",
    action: "use a user or token that has the right",
  },
  // Machine
  PORT_IN_USE: {
    meaning: "the server cannot listen on the address it was given",
    action: "stop what listens there, or choose another --port",
  },
  CACHE_DAMAGED: {
    meaning: "a cached download was damaged on the disk",
    action: "run the command again; the file is fetched anew",
  },
  CACHE_BUSY: {
    meaning: "another process is pruning the cache",
    action: "run the command again when that one has ended",
  },
  DISK_FULL: {
    meaning: "no space is left on the disk",
    action: "free some space (basalt gc, basalt cache prune) and run the command again; nothing half-made was kept",
  },
  FILE_NOT_FOUND: { meaning: "a file does not exist", action: "check the path" },
  FILE_UNREADABLE: { meaning: "a file cannot be read or written", action: "check its owner and mode" },
} as const satisfies Record<string, ErrorFacts>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * The one error type that callers see. `code` is stable API; the message is for people: lower case, what failed, the
 * offending value, where it came from. Mistakes of the program itself stay plain `Error("internal: …")`.
 */
export class BasaltError extends Error {
  override readonly name = "BasaltError";
  readonly code: ErrorCode;
  /** What to do about it. */
  readonly action: string;

  constructor(code: ErrorCode, message: string, options: { readonly action?: string; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.action = options.action ?? ERRORS[code].action;
  }
}
