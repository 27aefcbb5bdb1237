// SPDX-License-Identifier: Apache-2.0
import { Command } from "commander";
import { collect } from "./collect.js";
import type { Run, Work } from "./context.js";
import { addAttest } from "./attest-command.js";
import { addVex } from "./vex-command.js";
import { addMigrate } from "./migrate-command.js";
import { addTrustFlags } from "./trust-flags.js";

/** What the command line asked for. */
export interface Request {
  readonly isOffline: boolean;
  /** Overrides of the environment by flags that every command has. */
  readonly env: Readonly<Record<string, string>>;
  readonly work: Work;
}

const DEFINITIONS = "a definition file, or NAME[:TAG] of the catalogue; NAME means all definitions of that image";
const ONE_DEFINITION = "a definition file, or NAME:TAG of the catalogue";
const IMAGE = "NAME[:TAG][@DIGEST] of the store, or with registry://, local://, oci-dir:// or archive:// in front";
const PLATFORMS = "platforms, separated by commas; default: those of the definition";

const MAP_REPOSITORY = "use another repository in place of one, or debian for Debian's own; may be given again";
const MAP_PACKAGE = "use another package in place of one, or builtin for Basalt's stand-in; may be given again";
const PINS = "exact (the default), ignore-rebuild (+b5), ignore-suffix (that, +deb13u1 and the like), or ignore";

/** Every command, its arguments and flags. Implementations are loaded when they are called, so that starting is cheap. */
export function createProgram(version: string, request: (request: Request) => void): Command {
  const program = new Command("basalt")
    .description("Open, self-hosted hardened container images")
    .version(version)
    .option("--database <url>", "the database, sqlite:PATH (BASALT_DATABASE_URL)")
    .option("--blobs <url>", "the blobs, file:PATH (BASALT_BLOBS_URL)")
    .showSuggestionAfterError()
    .helpCommand("help [command]", "explain a command");
  const run: Run = (work, options = {}) => {
    const flags = program.opts<{ readonly database?: string; readonly blobs?: string }>();
    const env = {
      ...(flags.database === undefined ? {} : { BASALT_DATABASE_URL: flags.database }),
      ...(flags.blobs === undefined ? {} : { BASALT_BLOBS_URL: flags.blobs }),
    };
    request({ isOffline: options.offline === true, env, work });
  };
  addDemo(program, run);
  addBuilding(program, run);
  addInspecting(program, run);
  addServing(program, run);
  addAccounts(program, run);
  addMoving(program, run);
  addScanning(program, run);
  addAdvisories(program, run);
  addUpkeep(program, run);
  addAttest(program, run);
  addVex(program, run);
  addMigrate(program, run);
  return program;
}

const VEX = "OpenVEX document with statements about the image; may be given again";

function addDemo(program: Command, run: Run): void {
  program
    .command("demo")
    .summary("the whole journey on the built-in catalogue")
    .description("Build node:22 and what it replaces, publish, scan, compare, and serve the result.")
    .option("--reference <image>", "compare with this image instead of reference/node:22")
    .option("--feeds <dir>", "import advisory feeds from this folder first")
    .option("--once", "exit after the comparison instead of serving")
    .option("--port <number>", "port to serve on")
    .action((flags) => run(async (context) => (await import("./demo.js")).runDemo(flags, context)));
}

function addBuilding(program: Command, run: Run): void {
  program
    .command("build")
    .summary("build images")
    .description("Build, describe, sign, and put into the store. Prints `name:tag digest` for each tag.")
    .argument("<definition...>", DEFINITIONS)
    .option("--platform <list>", PLATFORMS)
    .option("--lock <file>", "build from this lock instead of resolving")
    .option("--map-repository <url=url>", MAP_REPOSITORY, collect)
    .option("--map-package <name=name>", MAP_PACKAGE, collect)
    .option("--pins <mode>", PINS)
    .option("--secret <id=id,env=variable>", "give steps that name it a secret; src=FILE reads a file", collect)
    .option("--runner <name>", "what runs build stages: bubblewrap (the default), or docker where that is not allowed")
    .option("--offline", "use only what is on this machine")
    .option(
      "--policy <file>",
      "rules that are off, other deadlines, and rules of your own; may be given again",
      collect,
    )
    .option("--enforce-policy", "publish only what keeps the policy; else what it says is attested, and told")
    .option("--attest-in-index", "also list SBOM and provenance in the index, for docker buildx imagetools")
    .option("--output <where>", "also write oci-dir:PATH or archive:PATH")
    .option("--load", "also load into the Docker engine")
    .option("--push <host/repo>", "also push to a registry")
    .option("--json", "print one JSON document")
    .action((targets: string[], flags) =>
      run(async (context) => (await import("./build.js")).runBuild(targets, flags, context), flags),
    );
  program
    .command("resolve")
    .summary("decide every input of an image")
    .description("Print the lock: every package, artifact and index with version, path, size and sha256.")
    .argument("<definition>", ONE_DEFINITION)
    .option("--platform <list>", PLATFORMS)
    .option("--map-repository <url=url>", MAP_REPOSITORY, collect)
    .option("--map-package <name=name>", MAP_PACKAGE, collect)
    .option("--pins <mode>", PINS)
    .option("-o, --output <lock>", "write to a file instead")
    .option("--offline", "use only what is on this machine")
    .action((target: string, flags) =>
      run(async (context) => (await import("./resolve.js")).runResolve(target, flags, context), flags),
    );
  program
    .command("lint")
    .summary("check definitions")
    .description("Check definitions and info.yaml files; every problem as `file:line:column: code: message`.")
    .argument("<path...>", "files, or folders to search for them")
    .option("--packages", "also look for the packages in the distribution's indexes")
    .option("--map-repository <url=url>", MAP_REPOSITORY, collect)
    .option("--map-package <name=name>", MAP_PACKAGE, collect)
    .option("--pins <mode>", PINS)
    .option("--offline", "use only what is on this machine")
    .option("--format <format>", "text, json or sarif")
    .option("--json", "print one JSON document")
    .action((paths: string[], flags) =>
      run(async (context) => (await import("./lint.js")).runLint(paths, flags, context), flags),
    );
}

function addInspecting(program: Command, run: Run): void {
  program
    .command("explain")
    .summary("what a definition means")
    .description(
      "Print what a definition means on its platforms: variables replaced, defaults filled in, and what the assembly adds.",
    )
    .argument("<definition>", ONE_DEFINITION)
    .option("--platform <list>", PLATFORMS)
    .option("--json", "print one JSON document")
    .action((target: string, flags) =>
      run(async (context) => (await import("./explain.js")).runExplain(target, flags, context), { offline: true }),
    );
  program
    .command("why")
    .summary("what brings a package in, or keeps it out")
    .description(
      "Print the dependencies that lead from what a definition asks for to a package, the shortest way first; for a package that is not in, why.",
    )
    .argument("<definition>", ONE_DEFINITION)
    .argument("<package>", "a package of the distribution")
    .option("--platform <list>", PLATFORMS)
    .option("--map-repository <url=url>", MAP_REPOSITORY, collect)
    .option("--map-package <name=name>", MAP_PACKAGE, collect)
    .option("--pins <mode>", PINS)
    .option("--offline", "use only what is on this machine")
    .option("--json", "print one JSON document")
    .action((target: string, name: string, flags) =>
      run(async (context) => (await import("./why.js")).runWhy(target, name, flags, context), flags),
    );
}

function addServing(program: Command, run: Run): void {
  program
    .command("serve")
    .summary("registry, catalogue and API on one port")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <number>", "port to listen on; 0 takes a free one", "5050")
    .option("--public-url <url>", "the address that clients use (BASALT_PUBLIC_URL)")
    .option("--tls-cert <file>", "certificate chain, PEM")
    .option("--tls-key <file>", "its private key, PEM")
    .option("--anonymous-pull", "anybody may pull; the default on a loopback address")
    .option("--no-anonymous-pull", "only users may pull; the default elsewhere")
    .action((flags, command: Command) => {
      // Commander answers true when neither flag was given; then the address decides.
      const anonymousPull =
        command.getOptionValueSource("anonymousPull") === "cli"
          ? { anonymousPull: flags.anonymousPull as boolean }
          : { anonymousPull: undefined };
      run(async (context) => (await import("./serve.js")).runServe({ ...flags, ...anonymousPull }, context));
    });
  program
    .command("worker")
    .summary("do queued work")
    .description("Claim jobs and do them: what a server does in child processes of its own.")
    .option("--drain", "exit when no job is left")
    .action((flags) => run(async (context) => (await import("./worker.js")).runWorker(flags, context)));
}

function addAccounts(program: Command, run: Run): void {
  const user = program.command("user").summary("accounts");
  user
    .command("add")
    .argument("<name>")
    .option("--admin", "may delete images and manage the server")
    .option("--password-stdin", "read the password from standard input")
    .action((name: string, flags) =>
      run(async (context) => (await import("./accounts.js")).runUserAdd(name, flags, context)),
    );
  user
    .command("list")
    .option("--json", "print one JSON document")
    .action((flags) => run(async (context) => (await import("./accounts.js")).runUserList(flags, context)));
  user
    .command("remove")
    .argument("<name>")
    .action((name: string) => run(async (context) => (await import("./accounts.js")).runUserRemove(name, context)));
  const token = program.command("token").summary("personal access tokens");
  token
    .command("create")
    .requiredOption("--user <name>", "whose token it is")
    .option("--scope <list>", "pull, push, delete", "pull,push")
    .option("--repository <pattern>", "repositories it is for, as a glob", "*")
    .option("--expires <duration>", "12h, 90d, 8w, 1y; default: never")
    .option("--json", "print one JSON document")
    .action((flags) => run(async (context) => (await import("./accounts.js")).runTokenCreate(flags, context)));
  token
    .command("list")
    .option("--json", "print one JSON document")
    .action((flags) => run(async (context) => (await import("./accounts.js")).runTokenList(flags, context)));
  token
    .command("revoke")
    .argument("<id>")
    .action((id: string) => run(async (context) => (await import("./accounts.js")).runTokenRevoke(id, context)));
}

function addMoving(program: Command, run: Run): void {
  program
    .command("push")
    .summary("copy an image with its evidence to a registry")
    .argument("<image>", IMAGE)
    .argument("<target>", "HOST/REPOSITORY[:TAG]")
    .action((image: string, target: string) =>
      run(async (context) => (await import("./transfer.js")).runPush(image, target, context)),
    );
  program
    .command("pull")
    .summary("copy an image with its evidence into the store")
    .argument("<image>", "HOST/REPOSITORY[:TAG][@DIGEST]")
    .argument("[name]", "name in the store; default: the repository and tag it has there")
    .action((image: string, name: string | undefined) =>
      run(async (context) => (await import("./transfer.js")).runPull(image, name, context)),
    );
  program
    .command("copy")
    .summary("copy an image from anywhere to anywhere")
    .argument("<source>", IMAGE)
    .argument(
      "<target>",
      "NAME[:TAG] of the store, or registry://HOST/REPOSITORY[:TAG], oci-dir://PATH, archive://PATH",
    )
    .option("--referrers", "signatures and attestations, too")
    .action((from: string, to: string, flags) =>
      run(async (context) => (await import("./transfer.js")).runCopy(from, to, flags, context)),
    );
  const catalog = program.command("catalog").summary("what there is");
  catalog
    .command("list")
    .option("--search <text>", "only images that have this text in name or description")
    .option("--json", "print one JSON document")
    .action((flags) => run(async (context) => (await import("./catalog.js")).runCatalogList(flags, context)));
  catalog
    .command("get")
    .argument("<name>", "repository")
    .option("--json", "print one JSON document")
    .action((name: string, flags) =>
      run(async (context) => (await import("./catalog.js")).runCatalogGet(name, flags, context)),
    );
}

function addScanning(program: Command, run: Run): void {
  addTrustFlags(
    program
      .command("quickview")
      .alias("qv")
      .summary("one-screen overview of an image")
      .argument("<image>", IMAGE)
      .option("--platform <platform>", "which image of an index")
      .option("--vex <file>", VEX, collect),
    " for VEX",
  )
    .option("--format <format>", "text or json")
    .option("--json", "print one JSON document")
    .action((image: string, flags) =>
      run(async (context) => (await import("./scan.js")).runQuickview(image, flags, context)),
    );
  addTrustFlags(
    program
      .command("cves")
      .summary("vulnerabilities of an image")
      .argument("<image>", IMAGE)
      .option("--platform <platform>", "which image of an index")
      .option("--vex <file>", VEX, collect),
    " for VEX",
  )
    .option("--format <format>", "text or json")
    .option("--json", "print one JSON document")
    .option("--only-severity <list>", "critical, high, medium, low, unspecified")
    .option("--only-fixed", "only what a newer version fixes")
    .option("--only-cve-id <list>", "only these")
    .option("--only-package <list>", "only these packages, by source or binary name")
    .option("--show-suppressed", "also what does not count: suppressed and unimportant ones")
    .option("--explain <cve>", "how this one was found")
    .option("-e, --exit-code", "exit with 2 when there are findings")
    .action((image: string, flags) =>
      run(async (context) => (await import("./scan.js")).runCves(image, flags, context)),
    );
  addTrustFlags(
    program
      .command("compare")
      .summary("two images side by side")
      .argument("<image>", IMAGE)
      .requiredOption("--to <image>", "what to compare with")
      .option("--platform <platform>", "which image of an index")
      .option("--vex <file>", VEX, collect),
    " for VEX",
  )
    .option("--format <format>", "text, json or markdown")
    .option("--json", "print one JSON document")
    .option("--ignore-unchanged", "leave out packages that are equal")
    .option("-x, --exit-on <list>", "exit with 2 on more vulnerabilities (vulnerability) or other packages (package)")
    .action((image: string, flags) =>
      run(async (context) => (await import("./scan.js")).runCompare(image, flags, context)),
    );
}

function addAdvisories(program: Command, run: Run): void {
  const db = program.command("db").summary("the advisory database");
  db.command("update")
    .summary("fetch the public feeds")
    .action(() => run(async (context) => (await import("./db.js")).runDbUpdate(context)));
  db.command("status")
    .summary("what is in it, and how old it is")
    .option("--json", "print one JSON document")
    .action((flags) => run(async (context) => (await import("./db.js")).runDbStatus(flags, context)));
  db.command("import")
    .summary("take feeds from files")
    .description(
      "Take feeds from files or folders: the Debian tracker's JSON, the Node.js core list, CISA KEV, CVSS records, NVD feeds (all plain or gz), or a file made by db export.",
    )
    .argument("<path...>")
    .option(
      "--complete",
      "the files are the whole of what their publishers have: what they lack is not known to be affected",
    )
    .option("--as-of <date>", "when they were published, if they do not say; default: the files' times")
    .action((paths: string[], flags) =>
      run(async (context) => (await import("./db.js")).runDbImport(paths, flags, context)),
    );
  db.command("export")
    .summary("copy it to a file, for db import on another machine")
    .argument("<file>")
    .action((file: string) => run(async (context) => (await import("./db.js")).runDbExport(file, context)));
}

function addUpkeep(program: Command, run: Run): void {
  program
    .command("update")
    .summary("move pinned inputs to newer ones")
    .description("Ask what track names for newer versions, change the definitions in place, and print each change.")
    .argument("[definition...]", `${DEFINITIONS}; default: all below images and reference in this folder`)
    .option("--dry-run", "only say what would change")
    .option("-e, --exit-code", "exit with 2 when something changed, or would")
    .option("--json", "print one JSON document")
    .action((targets: string[], flags) =>
      run(async (context) => (await import("./update.js")).runUpdate(targets, flags, context)),
    );
  program
    .command("gc")
    .summary("remove blobs that nothing needs")
    .option("--dry-run", "only say what would go")
    .option("--json", "print one JSON document")
    .action((flags) => run(async (context) => (await import("./gc.js")).runGc(flags, context)));
  addCache(program, run);
}

function addCache(program: Command, run: Run): void {
  const cache = program.command("cache").summary("downloads, indexes and finished layers kept for later builds");
  cache
    .command("df")
    .summary("what is in it, by kind")
    .description("Print how much of each kind is in the cache, and when it was used.")
    .option("--json", "print one JSON document")
    .action((flags) => run(async (context) => (await import("./cache.js")).runCacheDf(flags, context)));
  cache
    .command("prune")
    .summary("remove what was not used for long")
    .description(
      "Remove what was not used for 30 days, or what the options ask for. What a running command uses stays; what a later build misses is fetched or made again.",
    )
    .option("--older-than <duration>", "what was not used for 12h, 90d, 8w, 1y")
    .option("--keep-bytes <size>", "what was used longest ago, until 500M, 10G, 10GiB are left")
    .option("--kind <list>", "only downloads, git, layers, partial, indexes, releases, tests, stages, other", collect)
    .option("--all", "everything")
    .option("--dry-run", "only say what would go")
    .option("--json", "print one JSON document")
    .action((flags) => run(async (context) => (await import("./cache.js")).runCachePrune(flags, context)));
}
