// SPDX-License-Identifier: Apache-2.0
import { createHash, generateKeyPairSync, type KeyPairKeyObjectResult } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
  fulcioHandler,
  initializeCA,
  initializeCTLog,
  initializeTLog,
  initializeTSA,
  tsaHandler,
} from "@sigstore/mock";
import { TransparencyLogEntry } from "@sigstore/protobuf-specs";

export const IDENTITY = "https://ci.test/basalt/.workflows/build.yml@refs/heads/main";
export const ISSUER = "https://issuer.test";

/** Certificate authority, logs and an authority for time stamps on this machine, as Sigstore runs them. */
export interface TestSigstore {
  /** As `cosign signing-config create` writes it. */
  readonly signingConfig: string;
  /** As `cosign trusted-root create` writes it. */
  readonly trustedRoot: string;
  /** The same in single files, for tools that know no trusted root. */
  readonly pems: Readonly<Record<"authority" | "log" | "certificate-log", string>>;
  /** Path of each request, in order. */
  readonly requests: string[];
  /** Answers by path that take the place of the services' own. */
  readonly instead: Map<string, { readonly status: number; readonly body: string }>;
  readonly close: () => void;
}

export interface TestSigstoreOptions {
  /** Version of Rekor, if there is one. @default 1 */
  readonly log?: 1 | 2 | "none";
  /** @default false */
  readonly stampsTime?: boolean;
}

type Handler = (body: string) => Promise<{ readonly statusCode: number; readonly response: string | ArrayBufferView }>;

export async function startSigstore(options: TestSigstoreOptions = {}): Promise<TestSigstore> {
  const { log: logVersion = 1, stampsTime = false } = options;
  const hasLog = logVersion !== "none";
  const [authorityKey, ctKey, logKey, stampKey] = [pair(), pair(), pair(), pair()];
  // One moment for all: a whole second, as fractions that end in zeros are no DER; and one that the authorities' own certificates are valid at.
  const now = new Date((Math.floor(Date.now() / 1000) + 2) * 1000);
  const ctLog = await initializeCTLog(ctKey, now);
  const authority = await initializeCA(authorityKey, ctLog, now);
  const stamps = await initializeTSA(stampKey, now);
  const handlers = new Map<string, Handler>();
  const requests: string[] = [];
  const instead: TestSigstore["instead"] = new Map();
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    requests.push(path);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const other = instead.get(path);
      const handler = handlers.get(path);
      if (other !== undefined || handler === undefined) {
        const { status, body } = other ?? { status: 404, body: "{}" };
        response.writeHead(status, { "content-type": "application/json" }).end(body);
        return;
      }
      void handler(Buffer.concat(chunks).toString("utf8")).then(({ statusCode, response: body }) =>
        response
          .writeHead(statusCode, { "content-type": "application/json" })
          .end(typeof body === "string" ? body : bytesOf(body)),
      );
    });
  });
  const url = await listen(server);
  const log = await initializeTLog(url, logKey, now);
  const fulcio = fulcioHandler(authority);
  const stamp = tsaHandler(stamps);
  handlers.set(fulcio.path, fulcio.fn);
  handlers.set(stamp.path, stamp.fn);
  handlers.set("/api/v1/log/entries", async (body) => ({
    statusCode: 201,
    response: JSON.stringify(await log.log(toEntry(JSON.parse(body) as Proposed))),
  }));
  handlers.set("/api/v2/log/entries", async (body) => ({ statusCode: 201, response: await logInRekor2(log, body) }));
  const services = [{ url, majorApiVersion: 1, validFor: { start: "2020-01-01T00:00:00Z" }, operator: "test" }];
  return {
    signingConfig: JSON.stringify({
      mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
      caUrls: services,
      rekorTlogUrls: hasLog ? services.map((each) => ({ ...each, majorApiVersion: logVersion })) : [],
      rekorTlogConfig: { selector: "ANY" },
      tsaUrls: stampsTime ? services : [],
      tsaConfig: { selector: "ANY" },
    }),
    trustedRoot: JSON.stringify({
      mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
      tlogs: hasLog ? [toLog(log.publicKey, url)] : [],
      certificateAuthorities: [toAuthority(url, authority.rootCertificate)],
      ctlogs: [toLog(ctLog.publicKey, url)],
      timestampAuthorities: stampsTime ? [toAuthority(url, stamps.intCertificate, stamps.rootCertificate)] : [],
    }),
    pems: {
      authority: pem("CERTIFICATE", bytesOf(authority.rootCertificate)),
      log: pem("PUBLIC KEY", log.publicKey),
      "certificate-log": pem("PUBLIC KEY", ctLog.publicKey),
    },
    requests,
    instead,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function pem(label: string, der: Buffer): string {
  return `-----BEGIN ${label}-----\n${der.toString("base64").replaceAll(/.{64}/g, "$&\n")}\n-----END ${label}-----\n`;
}

/** What a Basalt is told that signs by these services; the files go into `folder`. */
export function keylessEnvironment(
  { signingConfig, trustedRoot }: Pick<TestSigstore, "signingConfig" | "trustedRoot">,
  folder: string,
): Readonly<Record<string, string>> {
  const [config, root] = [join(folder, "signing-config.json"), join(folder, "trusted-root.json")];
  writeFileSync(config, signingConfig);
  writeFileSync(root, trustedRoot);
  return {
    BASALT_SIGSTORE_SIGNING_CONFIG: config,
    BASALT_SIGSTORE_TRUSTED_ROOT: root,
    BASALT_CERTIFICATE_IDENTITY: IDENTITY,
    BASALT_CERTIFICATE_OIDC_ISSUER: ISSUER,
    SIGSTORE_ID_TOKEN: tokenFor(),
  };
}

/** A token that nobody signed: the authority here takes every one. */
export function tokenFor(identity = IDENTITY, issuer = ISSUER): string {
  return `${base64url({ alg: "none" })}.${base64url({ iss: issuer, sub: identity, aud: "sigstore" })}.`;
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function pair(): KeyPairKeyObjectResult {
  return generateKeyPairSync("ec", { namedCurve: "prime256v1" });
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Proposed {
  readonly kind: string;
  readonly apiVersion: string;
  readonly spec: { readonly proposedContent?: { readonly envelope: string; readonly verifiers: readonly string[] } };
}

/** What Rekor logs of an envelope: hashes and signatures. Source: sigstore/rekor, pkg/types/dsse/v0.0.1, "Canonicalize". */
function toEntry(proposed: Proposed): object {
  const { kind, apiVersion, spec } = proposed;
  if (spec.proposedContent === undefined) return proposed;
  const { envelope, verifiers } = spec.proposedContent;
  const { payload, signatures } = JSON.parse(envelope) as {
    readonly payload: string;
    readonly signatures: readonly { readonly sig: string }[];
  };
  return {
    kind,
    apiVersion,
    spec: {
      envelopeHash: hashOf(Buffer.from(envelope)),
      payloadHash: hashOf(Buffer.from(payload, "base64")),
      signatures: signatures.map(({ sig }, index) => ({ signature: sig, verifier: verifiers[index] })),
    },
  };
}

function hashOf(bytes: Buffer): object {
  return { algorithm: "sha256", value: createHash("sha256").update(bytes).digest("hex") };
}

interface ProposedToRekor2 {
  readonly hashedRekordRequestV002: {
    readonly digest: string;
    readonly signature: { readonly content: string; readonly verifier: object };
  };
}

/** Rekor 2 takes hashes alone, and promises nothing. Source: sigstore/rekor-tiles, pkg/types/hashedrekord. */
async function logInRekor2(log: Awaited<ReturnType<typeof initializeTLog>>, body: string): Promise<string> {
  const { digest, signature } = (JSON.parse(body) as ProposedToRekor2).hashedRekordRequestV002;
  const data = { algorithm: "SHA2_256", digest };
  const spec = { hashedRekordV002: { data, signature } };
  const entry = await log.logV2({ apiVersion: "0.0.2", kind: "hashedrekord", spec } as never);
  const leaf = createHash("sha256").update(Buffer.concat([Buffer.of(0), entry.canonicalizedBody]));
  const proof = { ...entry.inclusionProof!, rootHash: leaf.digest(), logIndex: "0" };
  return JSON.stringify(
    TransparencyLogEntry.toJSON({
      ...entry,
      integratedTime: "0",
      kindVersion: { kind: "hashedrekord", version: "0.0.2" },
      inclusionProof: proof,
    }),
  );
}

const VALID = { start: "2020-01-01T00:00:00Z" };

function toLog(publicKey: Buffer, baseUrl: string): object {
  return {
    baseUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: {
      rawBytes: publicKey.toString("base64"),
      keyDetails: "PKIX_ECDSA_P256_SHA_256",
      validFor: VALID,
    },
    logId: { keyId: createHash("sha256").update(publicKey).digest("base64") },
  };
}

function toAuthority(uri: string, ...certificates: readonly ArrayBufferView[]): object {
  return {
    subject: { organization: "sigstore.mock", commonName: "sigstore" },
    uri,
    certChain: {
      certificates: certificates.map((each) => ({ rawBytes: bytesOf(each).toString("base64") })),
    },
    validFor: VALID,
  };
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
