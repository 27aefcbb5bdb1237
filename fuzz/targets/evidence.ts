// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCosignAnnotations, toCosignAnnotations } from "../../src/formats/cosign-material.js";
import { formatSigstoreBundle, parseSigstoreBundle, parseStatement } from "../../src/formats/sigstore-bundle.js";
import { chooseSigstoreServices } from "../../src/formats/sigstore-services.js";
import { trustCertificates, type CertificateTrust } from "../../src/formats/sigstore-trust.js";
import { readSpdxPackages } from "../../src/formats/spdx-packages.js";
import { openSigner } from "../../src/sign/index.js";
import { testHost } from "../../test/support/host.js";
import { IDENTITY, ISSUER, keylessEnvironment, startSigstore } from "../../test/support/sigstore.js";
import { textTarget, type FuzzTarget } from "../target.js";
import * as samples from "./samples.js";

const STATEMENT = Buffer.from(
  '{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"a","digest":{"sha256":"00"}}],"predicateType":"t","predicate":{}}',
);
const TRUSTED = { identity: IDENTITY, issuer: ISSUER };

interface Prepared {
  readonly trust: CertificateTrust;
  readonly trustedRoot: string;
  readonly signingConfig: string;
  readonly bundles: readonly Buffer[];
  readonly annotations: Buffer;
}

let prepared: Promise<Prepared> | undefined;

/** What two instances of Sigstore, with Rekor 1 and with Rekor 2, sign. */
async function prepare(): Promise<Prepared> {
  const bundles: Buffer[] = [];
  const annotations: object[] = [];
  const roots: string[] = [];
  const configs: string[] = [];
  for (const log of [1, 2] as const) {
    const services = await startSigstore({ log, stampsTime: log === 2 });
    const home = mkdtempSync(join(tmpdir(), "basalt-fuzz-"));
    const signer = await openSigner(testHost({ home, env: keylessEnvironment(services, home) }));
    const { signature, material } = await signer.signStatement(STATEMENT);
    services.close();
    const envelope = {
      payload: STATEMENT.toString("base64"),
      payloadType: "application/vnd.in-toto+json",
      signatures: [{ sig: signature.toString("base64") }],
    };
    bundles.push(formatSigstoreBundle({ envelope, material }));
    annotations.push(toCosignAnnotations(material));
    roots.push(services.trustedRoot);
    configs.push(services.signingConfig);
  }
  const trust = await trustCertificates(Buffer.from(roots[0] ?? ""), TRUSTED, "fuzz");
  return {
    trust,
    trustedRoot: roots[1] ?? "",
    signingConfig: configs[1] ?? "",
    bundles,
    annotations: Buffer.from(JSON.stringify(annotations[0])),
  };
}

function theirs(): Promise<Prepared> {
  return (prepared ??= prepare());
}

/** A bundle by anybody: read, and checked with the authorities of one who is trusted. */
async function checkBundle(bytes: Buffer): Promise<void> {
  const { envelope, material } = parseSigstoreBundle(bytes, "fuzz");
  (await theirs()).trust.checkEnvelope(envelope, material);
  parseStatement(Buffer.from(envelope.payload, "base64"), "fuzz");
}

async function checkAnnotations(bytes: Buffer): Promise<void> {
  const value = JSON.parse(bytes.toString("utf8")) as Readonly<Record<string, unknown>> | null;
  const texts = Object.entries(value ?? {}).flatMap(([name, text]) => (typeof text === "string" ? [[name, text]] : []));
  const found = parseCosignAnnotations(Object.fromEntries(texts) as Readonly<Record<string, string>>, "fuzz");
  if (found !== undefined) (await theirs()).trust.checkBytes(STATEMENT, Buffer.from("00", "hex"), found.material);
}

/** Annotations come out of JSON that was read before. */
async function whereJson(bytes: Buffer, read: (bytes: Buffer) => Promise<void>): Promise<void> {
  try {
    JSON.parse(bytes.toString("utf8"));
  } catch {
    return;
  }
  await read(bytes);
}

export const EVIDENCE_TARGETS: readonly FuzzTarget[] = [
  {
    name: "sigstore-bundle",
    group: "text",
    seeds: async () => (await theirs()).bundles,
    tokens: samples.JSON_TOKENS,
    run: checkBundle,
  },
  {
    name: "cosign-annotations",
    group: "text",
    seeds: async () => [(await theirs()).annotations],
    tokens: samples.JSON_TOKENS,
    run: (bytes) => whereJson(bytes, checkAnnotations),
  },
  {
    name: "trusted-root",
    group: "text",
    seeds: async () => [Buffer.from((await theirs()).trustedRoot)],
    tokens: samples.JSON_TOKENS,
    run: (bytes) => trustCertificates(bytes, TRUSTED, "fuzz"),
  },
  {
    name: "signing-config",
    group: "text",
    seeds: async () => [Buffer.from((await theirs()).signingConfig)],
    tokens: samples.JSON_TOKENS,
    run: (bytes) => chooseSigstoreServices(bytes, "fuzz", new Date("2026-01-01T00:00:00Z")),
  },
  textTarget(
    "spdx-packages",
    samples.SPDX,
    (text) => {
      let document: unknown;
      try {
        document = JSON.parse(text);
      } catch {
        return;
      }
      readSpdxPackages(document, "fuzz");
    },
    samples.JSON_TOKENS,
  ),
];
