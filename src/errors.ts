// SPDX-License-Identifier: Apache-2.0

interface ErrorFacts {
  /** What the code says, for docs/errors.md. */
  readonly meaning: string;
  /** What a person should do; printed after the message unless the thrower knows better. */
  readonly action: string;
}

/** Every code a caller may see. A test keeps docs/errors.md equal to this table. */
export const ERRORS = {
  // Values from outside
  COMMAND_INVALID: {
    meaning: "text is not one command that can be run without a shell",
    action: "quote its words as in a shell; what needs a shell is written sh -c '…'",
  },
  DIGEST_INVALID: { meaning: "text is not a content digest", action: "use sha256: followed by 64 hex digits" },
  INTEGRITY_INVALID: {
    meaning: "text is not a checksum",
    action: "use sha512-<base64> as the npm registry prints it, or sha256:<hex>",
  },
  DOCKERFILE_INVALID: {
    meaning: "a Dockerfile that BuildKit would not build either",
    action: "mend it at the line that is named; nothing was written",
  },
  DOCKERFILE_AMBIGUOUS: {
    meaning: "two readers of Dockerfiles understand this one differently",
    action: "write the instruction that is named on plain lines; nothing was written",
  },
  DEPLOYMENT_INVALID: {
    meaning: "a YAML file is no Compose file and no manifest of Kubernetes, or cannot be read",
    action: "give basalt migrate a Dockerfile, a Compose file, or a manifest that runs containers",
  },
  PLATFORM_UNKNOWN: { meaning: "a platform that Basalt does not build for", action: "use linux/amd64 or linux/arm64" },
  REFERENCE_INVALID: { meaning: "text is not an image reference", action: "write name[:tag][@digest], in lower case" },
  USAGE: { meaning: "a command was called with wrong arguments", action: "see basalt help" },
  SIZE_LIMIT_EXCEEDED: {
    meaning: "data are larger than what Basalt accepts",
    action: "check where the data come from; a sane source stays far below the limit",
  },
  // Archives
  AR_INVALID: {
    meaning: "a package is not a whole ar archive",
    action: "download it again; if it stays so, the mirror is damaged",
  },
  TAR_INVALID: { meaning: "a tar archive is damaged", action: "get the archive again" },
  TAR_PATH_UNSAFE: {
    meaning: "a tar archive has an entry that leaves its root",
    action: "do not use this archive; report it to whoever made it",
  },
  TAR_UNSUPPORTED: {
    meaning: "a tar archive uses a form that Basalt does not read",
    action: "report it together with the package's name",
  },
  GZIP_INVALID: { meaning: "gzip data are damaged or cut off", action: "get the data again" },
  XZ_INVALID: { meaning: "xz data are damaged or cut off", action: "get the data again" },
  ZSTD_INVALID: { meaning: "zstd data are damaged or cut off", action: "get the data again" },
  ZSTD_UNAVAILABLE: {
    meaning: "zstd data cannot be read on this machine",
    action: "use Node.js 22.15 or later, or run npm ci without --omit=optional",
  },
  COMPRESSOR_UNAVAILABLE: {
    meaning: "a lock or a definition asks for a compressor that this Node.js does not have",
    action:
      "for gzip use an official build of Node.js, or resolve again without the lock; for zstd run npm ci without --omit=optional",
  },
  CONTROL_INVALID: {
    meaning: "a Debian control file or package index is malformed",
    action: "the mirror or the package is damaged; try another mirror",
  },
  DEB_INVALID: {
    meaning: "a file is not a whole Debian package",
    action: "download it again; if it stays so, the mirror is damaged",
  },
  APK_INVALID: {
    meaning: "a file is not a whole Alpine package, or not what it says of itself",
    action: "download it again; if it stays so, the mirror is damaged",
  },
  APKINDEX_INVALID: {
    meaning: "an index of Alpine packages is malformed",
    action: "the mirror or the repository is damaged; try another mirror",
  },
  LOCK_INVALID: { meaning: "a lock file is malformed", action: "make it again with basalt resolve" },
  // Definitions
  DEFINITION_INVALID: { meaning: "a definition has errors", action: "mend the places named" },
  DEFINITION_NOT_FOUND: {
    meaning: "no definition has that name and tag",
    action: "give the path of a definition file, or a name of the catalogue (basalt catalog list)",
  },
  DEFINITION_UNSUPPORTED: {
    meaning: "a definition uses a part of the language that this version does not build",
    action: "take that part out, or wait for a later version",
  },
  EXPRESSION_INVALID: {
    meaning: "an expression between #{ and } cannot be evaluated",
    action: 'see docs/definitions.md, "Expressions"',
  },
  SUBSTITUTION_INVALID: { meaning: "variables cannot be replaced", action: 'see docs/definitions.md, "Variables"' },
  TRACK_INVALID: {
    meaning: "an entry under track cannot work as it is written",
    action: 'mend the entry: see docs/definitions.md, "Tracking"',
  },
  TRACK_NOTHING: {
    meaning: "a tracker finds nothing that fits",
    action: "check its match against what the source has",
  },
  TRACK_ANSWER: {
    meaning: "a source that is tracked answers something that cannot be read",
    action: "check the address of the tracker and what the server says",
  },
  TRACK_CONTRADICTION: {
    meaning: "a source that is tracked gives other content for the version that is pinned",
    action: "find out why before anything else: published versions do not change; then change the definition by hand",
  },
  TRACK_UNSAFE: {
    meaning: "a variable cannot be changed without touching something else",
    action: "change it by hand, or write it as a plain text",
  },
  GIT_UNAVAILABLE: { meaning: "there is no git program to ask a repository with", action: "install git" },
  GIT_REFERENCE_MOVED: {
    meaning: "a tag or branch of a repository does not lead to the commit that the definition pins",
    action:
      "find out why before anything else: tags do not move unless somebody moves them, and whoever can do that can change the source; then change the definition by hand",
  },
  GIT_REFERENCE_UNKNOWN: {
    meaning: "a repository does not have a tag, branch or commit",
    action: "check the reference and the commit against the repository",
  },
  GIT_CONTENT: {
    meaning: "a repository holds something that an image must not, or is damaged",
    action: "do not use this commit; report it to whoever made it",
  },
  CHECKSUM_FILE_INVALID: {
    meaning: "a file of checksums has no usable checksum of the download",
    action: "look at the file; if it has none, write the checksum itself into the definition",
  },
  TAG_UNTRUE: {
    meaning: "a tag says a version that is not in the image",
    action: "mend the tag, or write it with ${resolved.PACKAGE.version}",
  },
  SANDBOX_UNAVAILABLE: {
    meaning: "this machine cannot run build steps and tests apart from everything else",
    action:
      "install bubblewrap, and allow user namespaces (sysctl kernel.unprivileged_userns_clone, AppArmor's profile for bwrap); build stages can also run in Docker, with --runner docker",
  },
  STAGE_PLATFORM: {
    meaning: "a build stage is for another platform than this machine's",
    action: "build that platform on a machine that has it, with --platform",
  },
  ASSEMBLE_RECURSIVE: {
    meaning: "paths with recursive names a folder with files of packages, downloads or stages, which keep their owners",
    action: "give the owner where the files come from: uid and gid of files, artifacts and outputs",
  },
  STAGE_SECRET: {
    meaning: "a step of a build stage names a secret that was not given",
    action: "give it with --secret id=ID,env=VARIABLE or --secret id=ID,src=FILE",
  },
  STAGE_USER: {
    meaning: "a step of a build stage is to run as a user that it cannot have",
    action: "declare the user under accounts of the stage, give its number, or run Basalt as root",
  },
  STAGE_FAILED: { meaning: "a step of a build stage failed", action: "read its output, which is kept in the log" },
  POM_INVALID: {
    meaning: "a Maven project's file is malformed, or would get a lower version",
    action: "mend the file, or what the definition sets in it",
  },
  STAGE_LIMIT: {
    meaning: "a step of a build stage took too much time, memory, disk, output or too many processes",
    action: "look into its log for what ran away",
  },
  STAGE_OUTPUT: {
    meaning: "a build stage does not have what its outputs name",
    action: "mend the path under outputs, or the steps that should make it",
  },
  TEST_FAILED: {
    meaning: "a test of the definition failed on the finished image; nothing was published",
    action: "read the report, then mend the image or the test",
  },
  NPM_REGISTRY_UNKNOWN: {
    meaning: "no npm registry is known for npm: downloads",
    action: "set BASALT_NPM_REGISTRY, or put npm on the PATH",
  },
  ARTIFACT_EMPTY: {
    meaning: "a download holds nothing of what the definition wants from it",
    action: "check includes and excludes against the archive's file list",
  },
  ASSEMBLE_CONFLICT: {
    meaning: "two packages bring the same file",
    action: "drop one of them, or mask the one that came in as a dependency",
  },
  ASSEMBLE_LAYERS: {
    meaning: "an image has more layers than container engines run",
    action: "make it with output: squashed, or take fewer downloads, artifacts and stages",
  },
  LABEL_UNTRUE: {
    meaning: "an image has a shell or package manager that its definition does not admit, or lacks one that it claims",
    action: "mask what brought it in, or declare it under labels: io.basalt.shell, io.basalt.package-manager",
  },
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
