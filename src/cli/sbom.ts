// SPDX-License-Identifier: Apache-2.0
import { toAnalysedBill, toCycloneDx, toSpdx, type AnalysedImage } from "../describe/index.js";
import { BasaltError } from "../errors.js";
import { checkEvidence, collectAttestations } from "../evidence/index.js";
import { PREDICATE_TYPES } from "../formats/in-toto.js";
import { parsePlatform } from "../formats/platform.js";
import { readSpdxPackages, type SpdxEntry } from "../formats/spdx-packages.js";
import { inventoryOf } from "../inventory/index.js";
import { formatTable } from "../scan/index.js";
import type { Store } from "../store/index.js";
import { openImage, openPlatformImage, type ImageReader, type PlatformImage } from "../transfer/index.js";
import { withStore, type CommandContext } from "./context.js";
import { EXIT, type ExitCode } from "./exit.js";
import type { TrustFlags } from "./trust-flags.js";
import { loadTrust } from "./trust.js";

export interface SbomFlags extends TrustFlags {
  readonly platform?: string;
  readonly format?: string;
  readonly json?: boolean;
}

const FORMATS = ["list", "spdx", "cyclonedx", "json"] as const;
type Format = (typeof FORMATS)[number];

/** What is in an image, in one form, and who says so. */
interface Sbom {
  /** SPDX or CycloneDX. */
  readonly document: unknown;
  readonly from: "attestation" | "analysis";
  readonly image: PlatformImage;
}

/** `basalt sbom`: as it is attested by a signer who is trusted, else by looking through the image. @throws BasaltError `USAGE`, `EVIDENCE_INVALID` */
export async function runSbom(image: string, flags: SbomFlags, context: CommandContext): Promise<ExitCode> {
  const format = parseFormat(flags);
  const sbom = await withStore(context, async (store) => {
    const reader = await openImage(image, { host: context.host, store });
    try {
      return await readSbom(reader, { format, flags, store }, context);
    } finally {
      await reader.close();
    }
  });
  context.console.print(toText(image, sbom, format));
  context.console.note(
    sbom.from === "attestation"
      ? "as attested, by a signer who is trusted\n"
      : "by analysis: there is no SBOM beside the image that a trusted signer signed\n",
  );
  return EXIT.ok;
}

function parseFormat({ format, json }: SbomFlags): Format {
  const wanted = format ?? (json === true ? "json" : "list");
  const known = FORMATS.find((each) => each === wanted);
  if (known === undefined || (json === true && known !== "json"))
    throw new BasaltError("USAGE", `--format takes ${FORMATS.join(", ")}${json === true ? ", --json the last" : ""}`);
  return known;
}

interface SbomOptions {
  readonly format: Format;
  readonly flags: SbomFlags;
  readonly store: Store;
}

async function readSbom(reader: ImageReader, options: SbomOptions, context: CommandContext): Promise<Sbom> {
  const { format, flags, store } = options;
  const image = await openPlatformImage(
    reader,
    flags.platform === undefined ? undefined : parsePlatform(flags.platform),
  );
  const attested = await attestedSbom(reader, image, options, context);
  if (attested !== undefined) return { document: attested, from: "attestation", image };
  const bill = toAnalysedBill(await analyse(reader, image, store));
  const { version } = context;
  const document =
    format === "cyclonedx" ? toCycloneDx(bill, { name: "basalt", version }) : toSpdx(bill, `basalt-${version}`);
  return { document, from: "analysis", image };
}

/** @throws BasaltError `EVIDENCE_INVALID` where what is signed was changed */
async function attestedSbom(
  reader: ImageReader,
  { manifest, platform }: PlatformImage,
  { format, flags }: SbomOptions,
  { host }: CommandContext,
): Promise<unknown> {
  const type = format === "cyclonedx" ? PREDICATE_TYPES.cycloneDx : PREDICATE_TYPES.spdx;
  const found = await collectAttestations({ digest: manifest.digest, platform }, type, reader);
  // A key of this installation's own is not made for the sake of looking at an image.
  if (found.attestations.length === 0) return undefined;
  const { attestations } = await checkEvidence(found, await loadTrust(flags, host));
  const bad = attestations.find(({ verdict }) => verdict.kind === "invalid");
  if (bad?.verdict.kind === "invalid")
    throw new BasaltError("EVIDENCE_INVALID", `the SBOM of ${reader.name}: ${bad.verdict.why}`);
  return attestations.find(({ verdict }) => verdict.kind === "verified")?.statement?.predicate;
}

async function analyse(reader: ImageReader, image: PlatformImage, store: Store): Promise<AnalysedImage> {
  const inventory = await inventoryOf(reader, image, store);
  const { created = "1970-01-01T00:00:00Z" } = image.config;
  const name = reader.name.replace(/^[a-z-]+:\/\//, "").replace(/(?:@sha256:[0-9a-f]+|:[A-Za-z0-9_][\w.-]*)$/, "");
  return {
    image: name,
    platform: image.platform,
    digest: image.manifest.digest,
    createdAt: new Date(Number.isNaN(Date.parse(created)) ? 0 : Date.parse(created)),
    inventory,
  };
}

function toText(reference: string, { document, from, image }: Sbom, format: Format): string {
  if (format === "spdx" || format === "cyclonedx") return `${JSON.stringify(document, undefined, 2)}\n`;
  const packages = readSpdxPackages(document, `the SBOM of ${reference}`);
  const { manifest, platform } = image;
  if (format === "json")
    return `${JSON.stringify({ image: reference, digest: manifest.digest, platform, from, packages }, undefined, 2)}\n`;
  if (packages.length === 0) return "there is no package in it\n";
  return formatTable({ head: ["package", "version", "kind", "licence", "supplier"], rows: packages.map(toRow) }, "");
}

const SHOWN_LICENSE = 50; // characters: some packages of Debian state thirty licences

function toRow({ name, version, kind, license, supplier }: SpdxEntry): readonly string[] {
  const short = license.length > SHOWN_LICENSE ? `${license.slice(0, SHOWN_LICENSE - 1)}…` : license;
  return [name, version, kind, short, supplier];
}
