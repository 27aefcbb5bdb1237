// SPDX-License-Identifier: Apache-2.0
import type {
  ArtifactRequest,
  FileCheck,
  FilePin,
  FileRequest,
  ImageDefinition,
  ImageTest,
  PathEdit,
  Problem,
  Software,
  Stage,
  StageOutput,
  Step,
} from "../definition/index.js";
import { addressOf, isDebianRepository } from "../formats/debian/apt-source.js";
import { integrityAlgorithm, integrityHex, type Integrity } from "../formats/integrity.js";
import type { DistroSuite } from "../resolve/index.js";
import { formatTable } from "../scan/index.js";
import { ruleEffects } from "./explain-rules.js";
import { commaPieces, countWords, formatFacts, formatParagraph, type Fact } from "./paragraph.js";

/** What is explained: an image on one platform, and where its distribution's packages come from. */
export interface Explained {
  readonly image: ImageDefinition;
  readonly suites: readonly DistroSuite[];
  /** What this version does not build. */
  readonly obstacles: readonly Problem[];
}

/** A part of the explanation. */
export interface Section {
  readonly title: string;
  /** Blocks of lines below the title, each told once for all platforms that have it; without any there is no title either. */
  readonly blocks: (explained: Explained) => readonly string[];
}

const INDENT = "  ";
const DEEPER = "    ";
const PARAGRAPH = { first: INDENT, rest: INDENT };

/** All parts, in the order in which they are told. A new part of the definition language gets a line here. */
export const SECTIONS: readonly Section[] = [
  { title: "Image", blocks: ({ image }) => [formatImage(image)] },
  { title: "Distribution", blocks: (explained) => [formatDistribution(explained)] },
  { title: "Packages", blocks: ({ image }) => [formatPackages(image)] },
  { title: "Downloads", blocks: ({ image }) => image.files.map(formatDownload) },
  { title: "Files of other images", blocks: ({ image }) => image.artifacts.map(formatArtifact) },
  { title: "Build stages", blocks: ({ image }) => image.stages.map(formatStage) },
  { title: "Users", blocks: ({ image }) => [formatUsers(image)] },
  { title: "Start", blocks: ({ image }) => [formatStart(image)] },
  { title: "Environment", blocks: ({ image }) => [formatRecord(image.environment)] },
  { title: "Changes to files, in this order", blocks: ({ image }) => [formatEdits(image.paths)] },
  { title: "Tests before it is published", blocks: ({ image }) => image.tests.map(formatTest) },
  { title: "Labels", blocks: ({ image }) => [formatRecord(image.labels)] },
  { title: "Annotations", blocks: ({ image }) => [formatRecord(image.annotations)] },
  { title: "Added by the assembly", blocks: ({ image }) => [formatRules(image)] },
  { title: "What stands in the way of building it", blocks: ({ obstacles }) => obstacles.map(formatObstacle) },
];

function formatImage(image: ImageDefinition): string {
  const variants = {
    runtime: "runtime: no shell and no package manager, unless a label says so",
    dev: "dev: for building, with shell and package manager",
  };
  const { release, endOfLife } = image.dates;
  const facts = formatFacts(
    [
      ["title", image.title.split(" ")],
      ["repository", [image.image]],
      ["tags", commaPieces(image.tags)],
      ["variant", variants[image.variant].split(" ")],
      ["flavor", optional(image.flavor)],
      ["output", image.output === "layered" ? [] : [image.output]],
      ["released", optional(release)],
      ["end of life", optional(endOfLife)],
    ],
    INDENT,
  );
  const isOpen = [...image.tags, ...Object.values(image.environment)].some((text) => text.includes("${resolved."));
  const note = "${resolved.NAME.version} becomes the version of NAME that basalt resolve finds.";
  return `${facts}${isOpen ? formatParagraph(note, PARAGRAPH) : ""}`;
}

function formatDistribution({ image, suites }: Explained): string {
  const { id, versionId, fields } = image.osRelease;
  const codename = fields["VERSION_CODENAME"];
  const release = `${id} ${versionId}${codename === undefined ? "" : ` (${codename})`}`;
  const facts: readonly Fact[] = [
    ["release", [release]],
    ["named", optional(fields["PRETTY_NAME"] ?? fields["NAME"])],
    ...suites.map(({ suite, repository, components, fingerprints }, index): Fact => {
      const keys = fingerprints.length === 1 ? "the pinned key" : `one of ${fingerprints.length} pinned keys`;
      return [
        index === 0 ? "packages of" : "",
        [`${repository} ${suite} ${components.join(" ")},`, `signed by ${keys}`],
      ];
    }),
    ...image.repositories.flatMap((repository) => repositoryFacts(repository, image.repositoryKeys[repository])),
    ...(image.osRelease.id === "alpine" && image.keyring.length > 0
      ? [["with keys of", commaPieces(image.keyring)] as const]
      : []),
  ];
  return formatFacts(facts, INDENT);
}

function isOwn(line: string): boolean {
  const address = addressOf(line);
  return URL.canParse(address) && isDebianRepository(new URL(address.endsWith("/") ? address : `${address}/`));
}

/** Debian's own have no key here, and stand among the suites. */
function repositoryFacts(line: string, key: string | undefined): readonly Fact[] {
  if (key === undefined) return isOwn(line) ? [] : [["and of", [line]]];
  const [address = "", pin] = key.split("#");
  const signer =
    pin === undefined ? [`the key that ${address} gives when it is resolved`] : [`the key ${pin}`, `of ${address}`];
  return [
    ["and of", [`${line},`]],
    ["", ["signed by", ...signer]],
  ];
}

function formatPackages({ packages, masks, mappings, osRelease }: ImageDefinition): string {
  const pinned = packages.flatMap(({ name, version }) => (version === undefined ? [] : [`${name}=${version}`]));
  const separator = osRelease.id === "alpine" ? "@" : "/";
  const names = packages.map(({ name, suite }) => (suite === undefined ? name : `${name}${separator}${suite}`));
  const facts = formatFacts(
    [
      [`asked for (${names.length})`, names.length === 0 ? ["none"] : commaPieces(names)],
      [`pinned (${pinned.length})`, commaPieces(pinned)],
      [`masked (${masks.length})`, commaPieces(masks)],
      ...Object.entries(mappings).map(([name, purl]): Fact => [`purl of ${name}`, [purl]]),
    ],
    INDENT,
  );
  const rest = "What they depend on comes in as well; what they only recommend does not.";
  const masked = " A dependency that only masked packages could meet is dropped.";
  return `${facts}${formatParagraph(`${rest}${masks.length === 0 ? "" : masked}`, PARAGRAPH)}`;
}

function formatDownload(file: FileRequest): string {
  const { url, pin, path, includes, excludes, uid, gid, mode, software } = file;
  const facts: readonly Fact[] = [
    ["to", [`/${path},`, `owner ${uid}:${gid}${mode === undefined ? "" : `, mode ${modeText(mode)}`}`]],
    ["takes", commaPieces(includes)],
    ["leaves out", commaPieces(excludes)],
    ["holds", commaPieces(software.map(softwareText))],
  ];
  return `${INDENT}${url}\n${DEEPER}${pinText(pin)}\n${formatFacts(facts, DEEPER)}`;
}

function formatArtifact({ host, repository, digest, includes, excludes, uid, gid }: ArtifactRequest): string {
  const facts: readonly Fact[] = [
    ["takes", includes.length === 0 ? ["everything"] : commaPieces(includes)],
    ["leaves out", commaPieces(excludes)],
    ["owner", [`${uid ?? "as there"}:${gid ?? "as there"}`]],
  ];
  const name = `${host === undefined ? "" : `${host}/`}${repository}`;
  return `${INDENT}${name}\n${DEEPER}${digest}\n${formatFacts(facts, DEEPER)}`;
}

function formatStage(stage: Stage): string {
  const { name, base, packages, masks, files, accounts, paths, steps, outputs, attestations } = stage;
  const facts: readonly Fact[] = [
    [`packages (${packages.length})`, commaPieces(packages.map((request) => request.name))],
    [`masked (${masks.length})`, commaPieces(masks)],
    ["starts from", base === undefined ? [] : [`${base.repository}@${base.digest}`]],
    ["downloads", commaPieces(files.map((file) => `${file.url} to /${file.path}`))],
    ["users", commaPieces(accounts.users.map((user) => `${user.name} ${user.uid}:${user.gid}`))],
    ["files", commaPieces(paths.map((edit) => `/${edit.path}`))],
    ["steps", commaPieces(steps.map(stepText))],
    ["gives", commaPieces(outputs.map(outputText))],
    ["attests", commaPieces(attestations.map(({ source, predicateType }) => `/${source} as ${predicateType}`))],
  ];
  return `${INDENT}${name}\n${formatFacts(facts, DEEPER)}`;
}

function stepText(step: Step): string {
  if (step.kind !== "run") return step.title;
  const { title, user, hasNetwork, secrets } = step;
  const facts = [
    ...(user === undefined ? [] : [`as ${user}`]),
    ...(hasNetwork ? ["with network"] : []),
    ...secrets.map(({ id, isOptional }) => `with the secret ${id}${isOptional ? ", if it is given" : ""}`),
  ];
  return facts.length === 0 ? title : `${title} (${facts.join(", ")})`;
}

function outputText({ source, target, uid, gid, mode, isDiff }: StageOutput): string {
  const what = isDiff ? `what changed in /${source}` : `/${source}`;
  return `${what} as /${target} of ${uid}:${gid}${mode === undefined ? "" : `, mode ${modeText(mode)}`}`;
}

function formatTest({ name, commands, files }: ImageTest): string {
  const facts: readonly Fact[] = [
    ...commands.map(({ text, exitCode, output }): Fact => {
      const expected = `ends with ${exitCode}${output === undefined ? "" : `, output matches ${oneLine(output)}`}`;
      return ["runs", `${oneLine(text)}, ${expected}`.split(" ")];
    }),
    ...files.map((check): Fact => ["finds", commaPieces([`/${check.path}`, ...checkWords(check)])]),
  ];
  return `${INDENT}${name}\n${formatFacts(facts, DEEPER)}`;
}

/** As it is written, backslashes and quotes included, where that is one line. */
function oneLine(text: string): string {
  return /[\r\n\t]/.test(text) ? JSON.stringify(text) : text;
}

function checkWords({ isAbsent, kind, mode, uid, gid, contains }: FileCheck): readonly string[] {
  if (isAbsent) return ["absent"];
  const words = [
    kind,
    uid === undefined && gid === undefined ? undefined : `owner ${uid ?? "any"}:${gid ?? "any"}`,
    mode === undefined ? undefined : `mode ${modeText(mode)}`,
    contains === undefined ? undefined : `with ${JSON.stringify(contains)}`,
  ];
  return words.filter((word) => word !== undefined);
}

function formatObstacle({ file, line, column, message }: Problem): string {
  return formatParagraph(`${file}:${line}:${column}: ${message}`, PARAGRAPH);
}

/** What says that a download is the right one. */
function pinText(pin: FilePin): string {
  switch (pin.kind) {
    case "integrity":
      return checksumText(pin.integrity);
    case "commit":
      return `commit ${pin.commit}`;
    case "checksum-file":
      return `the checksum in ${pin.url}`;
    case "signature":
      return `the signature ${pin.url} by ${pin.fingerprints.join(" or ")}`;
    case "step":
      return "a signature that a step verifies";
  }
}

/** As people compare it: sha256 in hex, as sha256sum(1) prints it, longer ones as npm does. */
function checksumText(integrity: Integrity): string {
  return integrityAlgorithm(integrity) === "sha256" ? `sha256:${integrityHex(integrity)}` : integrity;
}

function softwareText({ name, version, license, purl }: Software): string {
  const words = [name, version, license === undefined ? undefined : `(${license})`, purl];
  return words.filter((word) => word !== undefined).join(" ");
}

function formatUsers({ accounts }: ImageDefinition): string {
  const { runAs, hasRoot, users, groups } = accounts;
  const runner = runAs.uid === 0 ? "root" : users.find((user) => user.uid === runAs.uid)?.name;
  return formatFacts(
    [
      ["runs as", [`${runAs.uid}:${runAs.gid}`, ...(runner === undefined ? [] : [`(${runner})`])]],
      ["root", [hasRoot ? "has an account" : "has no account"]],
      ["users", commaPieces(users.map(({ name, uid, gid }) => `${name} ${uid}:${gid}`))],
      ["groups", commaPieces(groups.map(({ name, gid, members }) => groupText(name, gid, members)))],
    ],
    INDENT,
  );
}

function groupText(name: string, gid: number, members: readonly string[]): string {
  return members.length === 0 ? `${name} ${gid}` : `${name} ${gid} (${members.join(", ")})`;
}

function formatStart(image: ImageDefinition): string {
  const { entrypoint, cmd, workDir, ports, volumes, stopSignal } = image;
  return formatFacts(
    [
      ["entrypoint", entrypoint.length === 0 ? ["none"] : wordPieces(entrypoint)],
      ["command", wordPieces(cmd)],
      ["folder", [workDir ?? "/"]],
      ["ports", commaPieces(ports)],
      ["volumes", commaPieces(volumes)],
      ["stop signal", optional(stopSignal)],
    ],
    INDENT,
  );
}

/** Words of a command line; those that a shell would break are quoted. */
function wordPieces(words: readonly string[]): readonly string[] {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)));
}

function formatRecord(record: Readonly<Record<string, string>>): string {
  const facts = Object.entries(record).map(([name, value]): Fact => [name, printable(value).split(" ")]);
  return formatFacts(facts, INDENT);
}

/** A value on one line, whatever it holds. */
function printable(value: string): string {
  const quoted = JSON.stringify(value);
  return quoted.slice(1, -1) === value && value !== "" && value.trim() === value ? value : quoted;
}

function formatEdits(edits: readonly PathEdit[]): string {
  if (edits.length === 0) return "";
  const rows = edits.map((edit, index) => [`${index + 1}`.padStart(`${edits.length}`.length), ...editCells(edit)]);
  return formatTable({ head: ["#", "what", "owner", "mode", "path"], rows }, INDENT);
}

function editCells(edit: PathEdit): readonly string[] {
  const path = `/${edit.path}`;
  if (edit.kind === "delete") return ["delete", "", "", path];
  const owner = `${edit.uid}:${edit.gid}`;
  switch (edit.kind) {
    case "directory":
      return ["directory", owner, modeText(edit.mode), path];
    case "file":
      return ["file", owner, modeText(edit.mode), `${path} (${countWords(Buffer.byteLength(edit.content), "byte")})`];
    case "symlink":
      return ["link", owner, "", `${path} -> ${edit.target}`];
  }
}

function modeText(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

function formatRules(image: ImageDefinition): string {
  return formatFacts(
    ruleEffects(image).map(({ rule, version, adds }): Fact => [`${rule} ${version}`, adds.split(" ")]),
    INDENT,
  );
}

function optional(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split(" ");
}
