// SPDX-License-Identifier: Apache-2.0
import { openAdvisories } from "../advisories/index.js";
import { expandDefinition, type Definition } from "../definition/index.js";
import { BasaltError } from "../errors.js";
import { checkEvidence, collectAttestations, type Subject } from "../evidence/index.js";
import { parseImageReference, type RepositoryName } from "../formats/image-reference.js";
import { PREDICATE_TYPES } from "../formats/in-toto.js";
import {
  readVexDocument,
  VEX_JUSTIFICATIONS,
  VEX_STATUSES,
  type VexJustification,
  type VexStatement,
  type VexStatus,
} from "../formats/openvex.js";
import { parsePlatform } from "../formats/platform.js";
import { statIfAny } from "../host/files.js";
import { bySource, type SourcePackage } from "../inventory/index.js";
import { renewStatements } from "../renew.js";
import { scanImage } from "../scan/index.js";
import { openSigner } from "../sign/index.js";
import type { Store } from "../store/index.js";
import { openImage, openPlatformImage, type ImageReader } from "../transfer/index.js";
import { addToVexFile, packagesOf, statedBy, vexFileOf } from "../vex/index.js";
import { builderId } from "./build.js";
import { withStore, type CommandContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit.js";
import { findOne } from "./find-definitions.js";
import { registriesOf } from "./public-url.js";
import type { TrustFlags } from "./trust-flags.js";
import { loadTrust } from "./trust.js";

export interface VexGetFlags extends TrustFlags {
  readonly platform?: string;
}

export interface VexAddFlags {
  readonly cve: readonly string[];
  readonly package: string;
  readonly status: string;
  readonly justification?: string;
  readonly impact?: string;
  readonly action?: string;
  readonly note?: string;
  readonly author?: string;
  readonly json?: boolean;
}

/** `basalt vex get`: what is stated about an image, signed by a trusted key. @throws BasaltError `EVIDENCE_MISSING`, `EVIDENCE_INVALID` */
export async function runVexGet(image: string, flags: VexGetFlags, context: CommandContext): Promise<ExitCode> {
  const document = await withStore(context, async (store) => {
    const reader = await openImage(image, { host: context.host, store });
    try {
      const found = await collectAttestations(await subjectOf(reader, flags), PREDICATE_TYPES.openVex, reader);
      if (found.attestations.length === 0)
        throw new BasaltError("EVIDENCE_MISSING", `nothing is stated about vulnerabilities of ${image}`);
      const { attestations } = await checkEvidence(found, await loadTrust(flags, context.host));
      const bad = attestations.find(({ verdict }) => verdict.kind === "invalid");
      if (bad?.verdict.kind === "invalid")
        throw new BasaltError("EVIDENCE_INVALID", `the VEX attestation of ${image}: ${bad.verdict.why}`);
      const verified = attestations.find(({ verdict }) => verdict.kind === "verified")?.statement;
      if (verified === undefined)
        throw new BasaltError("EVIDENCE_MISSING", `no VEX attestation of ${image} is signed by the key`);
      return readVexDocument(verified.predicate, `the VEX attestation of ${image}`);
    } finally {
      await reader.close();
    }
  });
  context.console.print(`${JSON.stringify(document, undefined, 2)}\n`);
  return EXIT.ok;
}

/** The index says what its platforms say together. */
async function subjectOf(reader: ImageReader, { platform }: VexGetFlags): Promise<Subject> {
  if (platform === undefined) return { digest: reader.root.digest };
  const image = await openPlatformImage(reader, parsePlatform(platform));
  return { digest: image.manifest.digest, platform: image.platform };
}

/** `basalt vex add`: to the file beside a definition, or to the images of the store. @throws BasaltError `USAGE`, `VEX_INVALID` */
export async function runVexAdd(target: string, flags: VexAddFlags, context: CommandContext): Promise<ExitCode> {
  const isFile = (await statIfAny(target))?.kind === "file";
  return isFile
    ? addBesideDefinition(await findOne(target, "statements are about one"), flags, context)
    : addToStore(target, flags, context);
}

async function addBesideDefinition(
  definition: Definition,
  flags: VexAddFlags,
  { host, console, version }: CommandContext,
): Promise<ExitCode> {
  const [platform] = definition.platforms;
  const distro = platform === undefined ? "" : expandDefinition(definition, platform).osRelease.id;
  const product = flags.package.startsWith("pkg:") ? flags.package : purlIn(distro, flags.package);
  const file = vexFileOf(definition.file);
  const maker = { author: flags.author ?? builderId(host.env), tooling: `basalt ${version}` };
  const statements = toStatements(flags, product, host.now());
  for (const statement of statements) await addToVexFile(file, statement, maker);
  if (flags.json === true) console.print(`${JSON.stringify({ file, statements }, undefined, 2)}\n`);
  else {
    for (const statement of statements) console.print(`${file}: ${lineOf(statement)}\n`);
    console.note("the next basalt build of the definition publishes it\n");
  }
  return EXIT.ok;
}

function purlIn(distro: string, name: string): string {
  if (distro === "debian") return `pkg:deb/debian/${encodeURIComponent(name)}`;
  if (distro === "alpine") return `pkg:apk/alpine/${encodeURIComponent(name)}`;
  throw new BasaltError("USAGE", `give --package as a purl: what packages ${distro || "this image"} has is not known`);
}

async function addToStore(target: string, flags: VexAddFlags, context: CommandContext): Promise<ExitCode> {
  const { host, console, version } = context;
  const { repository, host: registry } = parseImageReference(target);
  if (registry !== undefined)
    throw new BasaltError("USAGE", `${target} is in another registry; statements are added to images of this store`);
  const images = await withStore(context, async (store) => {
    const statements = toStatements(flags, await productIn(target, flags.package, store, context), host.now());
    const stated = flags.author === undefined ? statements : statements.map((each) => statedBy(each, flags.author));
    const about = { registries: registriesOf(host), builderId: builderId(host.env), version };
    const count = await renewStatements(
      repository,
      { ...about, stated },
      { host, store, signer: await openSigner(host) },
    );
    return { count, stated };
  });
  print(repository, images, flags, console);
  return EXIT.ok;
}

function print(
  repository: RepositoryName,
  { count, stated }: { readonly count: number; readonly stated: readonly VexStatement[] },
  flags: VexAddFlags,
  console: CommandContext["console"],
): void {
  if (flags.json === true)
    console.print(`${JSON.stringify({ repository, images: count, statements: stated }, undefined, 2)}\n`);
  else
    for (const statement of stated)
      console.print(
        `${repository}: ${lineOf(statement)}; published for ${count} ${count === 1 ? "image" : "images"}\n`,
      );
}

function lineOf({ vulnerability, products, status }: VexStatement): string {
  return `${vulnerability.name} in ${products[0]?.["@id"] ?? ""}: ${status.replaceAll("_", " ")}`;
}

/** A package that the image has, by its purl without a version: the statement holds for the versions to come, until it is changed. */
async function productIn(target: string, wanted: string, store: Store, { host }: CommandContext): Promise<string> {
  const reader = await openImage(target, { host, store });
  const advisories = await openAdvisories(host.home.advisories);
  try {
    const { inventory } = await scanImage(reader, { advisories, store });
    const packages = bySource(inventory);
    const lookedAt = { image: {}, distro: inventory.distro };
    const isPurl = wanted.startsWith("pkg:");
    const found = isPurl
      ? packagesOf({ ...NO_STATEMENT, products: [{ "@id": wanted }] }, packages, lookedAt)[0]
      : packages.find(({ name, binaries }) => name === wanted || binaries.some((each) => each.name === wanted));
    if (found === undefined) throw new BasaltError("USAGE", `${target} has no package ${wanted}`);
    return isPurl ? wanted : purlOf(found, wanted);
  } finally {
    advisories.close();
    await reader.close();
  }
}

const NO_STATEMENT = { vulnerability: { name: "" }, status: "affected" } as const;

function purlOf({ name, purl, binaries }: SourcePackage, wanted: string): string {
  const own = binaries.find((each) => each.name === wanted)?.purl ?? purl;
  const bare = own.replace(/[@?].*$/, "");
  return name === wanted && !binaries.some((each) => each.name === wanted)
    ? `${bare.slice(0, bare.lastIndexOf("/"))}/${encodeURIComponent(name)}`
    : bare;
}

/** @throws BasaltError `USAGE` */
function toStatements(flags: VexAddFlags, product: string, at: Date): readonly VexStatement[] {
  const status = oneOf<VexStatus>(VEX_STATUSES, flags.status, "--status");
  const { impact, action, note } = flags;
  const justification =
    flags.justification === undefined
      ? undefined
      : oneOf<VexJustification>(VEX_JUSTIFICATIONS, flags.justification, "--justification");
  const isExplained = (justification === undefined) !== (impact === undefined);
  if (status === "not_affected" && !isExplained)
    throw new BasaltError("USAGE", "not_affected needs --justification or --impact, and not both");
  if (status !== "not_affected" && (justification !== undefined || impact !== undefined))
    throw new BasaltError("USAGE", `--justification and --impact say why an image is not affected, not why ${status}`);
  if ((status === "affected") !== (action !== undefined))
    throw new BasaltError("USAGE", "affected needs --action, what users should do; the others have none");
  return flags.cve
    .flatMap((text) => text.split(","))
    .map((text) => text.trim())
    .filter((name) => name !== "")
    .map((name) => ({
      vulnerability: { name },
      timestamp: at.toISOString(),
      products: [{ "@id": product }],
      status,
      ...(note === undefined ? {} : { status_notes: note }),
      ...(justification === undefined ? {} : { justification }),
      ...(impact === undefined ? {} : { impact_statement: impact }),
      ...(action === undefined ? {} : { action_statement: action }),
    }));
}

function oneOf<T extends string>(known: readonly T[], text: string, flag: string): T {
  const found = known.find((each) => each === text.replaceAll("-", "_"));
  if (found === undefined)
    throw new BasaltError("USAGE", `${flag} is one of ${known.join(", ")}, not ${JSON.stringify(text)}`);
  return found;
}
