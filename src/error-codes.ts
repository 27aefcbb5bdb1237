// SPDX-License-Identifier: Apache-2.0

export interface ErrorFacts {
  /** What the code says, for docs/errors.md. */
  readonly meaning: string;
  /** What a person should do; printed after the message unless the thrower knows better. */
  readonly action: string;
}

/** Codes about what people write: values, and definitions. */
export const INPUT_ERRORS = {
  // Values from outside
  VEX_INVALID: {
    meaning: "a file or attestation is no OpenVEX document that Basalt can read",
    action: "see docs/vex.md; openvex.dev has the schema",
  },
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
  POLICY_VIOLATED: {
    meaning: "an image does not keep the policy that it is built for; nothing was published",
    action: "mend the image, or change the policy: docs/policy.md has its rules",
  },
  VIRUS_FOUND: {
    meaning: "ClamAV finds a virus in an image; nothing was published",
    action: "find out where the file is from; if ClamAV is wrong about it, build with BASALT_CLAMSCAN=none",
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
} as const satisfies Record<string, ErrorFacts>;
