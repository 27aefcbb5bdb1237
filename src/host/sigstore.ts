// SPDX-License-Identifier: Apache-2.0
import { createHash, generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { bundleToJSON, type Bundle } from "@sigstore/bundle";
import { HashAlgorithm } from "@sigstore/protobuf-specs";
import {
  CIContextProvider,
  DSSEBundleBuilder,
  FulcioSigner,
  MessageSignatureBundleBuilder,
  RekorWitness,
  TSAWitness,
  type Signature,
  type Signer,
  type Witness,
} from "@sigstore/sign";
import { BasaltError } from "../errors.js";
import { dsseSigningBytes } from "../formats/dsse.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import type { VerificationMaterial } from "../formats/sigstore-bundle.js";
import type { SigstoreService, SigstoreServices } from "../formats/sigstore-services.js";

/** A signature with its certificate and with what witnesses say of it. */
export interface WitnessedSignature {
  /** ASN.1 DER. */
  readonly signature: Buffer;
  readonly material: VerificationMaterial;
}

/** Signs by Sigstore's services. Both throw BasaltError `SIGNER_FAILED`. */
export interface SigstoreClient {
  readonly signBytes: (bytes: Buffer) => Promise<WitnessedSignature>;
  /** In a DSSE envelope. */
  readonly signStatement: (bytes: Buffer) => Promise<WitnessedSignature>;
}

const TIMEOUT_MS = 30_000; // Rekor 2 answers when its next tile is written, which takes seconds
const RETRIES = 2;
const SPARE_MS = 60_000; // between the last signature by a certificate and its end

/** The token that GitHub Actions gives to a job which may ask for one. */
export function actionsToken(): Promise<string> {
  return new CIContextProvider("sigstore").getToken();
}

/** Certificates last for minutes: one is used until it is about to end, and a new key gets the next. */
export function createSigstoreClient(services: SigstoreServices, getToken: () => Promise<string>): SigstoreClient {
  const options = { timeout: TIMEOUT_MS, retry: RETRIES };
  const signer = createCertifiedSigner(
    (keyHolder) =>
      new FulcioSigner({
        fulcioBaseURL: services.authority.url,
        identityProvider: { getToken },
        keyHolder,
        ...options,
      }),
  );
  const witnesses: readonly Witness[] = [
    ...services.logs.map(({ url, majorApiVersion }) => {
      const log = new RekorWitness({ rekorBaseURL: url, majorApiVersion, entryType: "dsse", ...options });
      return majorApiVersion === 1 ? log : asHashed(log);
    }),
    ...services.timestampAuthorities.map(({ url }) => new TSAWitness({ tsaBaseURL: url, ...options })),
  ];
  const messages = new MessageSignatureBundleBuilder({ signer, witnesses: [...witnesses] });
  const envelopes = new DSSEBundleBuilder({ signer, witnesses: [...witnesses] });
  return {
    signBytes: (data) => witnessed(() => messages.create({ data }), services),
    signStatement: (data) => witnessed(() => envelopes.create({ data, type: MEDIA_TYPES.inToto }), services),
  };
}

/**
 * Rekor 2 takes of an envelope the hash of what was signed, and the signature; the library still sends it whole. Source: sigstore/rekor-tiles,
 * CLIENTS.md, "DSSE / signed attestations".
 */
function asHashed(log: Witness): Witness {
  return {
    testify: (content, publicKey) => {
      if (content.$case === "messageSignature") return log.testify(content, publicKey);
      const { payloadType, payload, signatures } = content.dsseEnvelope;
      const digest = createHash("sha256").update(dsseSigningBytes(payloadType, payload)).digest();
      const messageSignature = {
        messageDigest: { algorithm: HashAlgorithm.SHA2_256, digest },
        signature: signatures[0]?.sig ?? Buffer.alloc(0),
      };
      return log.testify({ $case: "messageSignature", messageSignature }, publicKey);
    },
  };
}

function createCertifiedSigner(certify: (keyHolder: Signer) => Signer): Signer {
  let current: { readonly keyHolder: Signer; readonly key: Signature["key"]; readonly endsAt: number } | undefined;
  return {
    sign: async (data) => {
      if (current !== undefined && current.endsAt - SPARE_MS > Date.now())
        return { ...(await current.keyHolder.sign(data)), key: current.key };
      const keyHolder = createKeyHolder();
      const signed = await certify(keyHolder).sign(data);
      const { key } = signed;
      if (key.$case === "x509Certificate")
        current = { keyHolder, key, endsAt: Date.parse(new X509Certificate(key.certificate).validTo) };
      return signed;
    },
  };
}

function createKeyHolder(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const pem = publicKey.export({ format: "pem", type: "spki" }).toString();
  return {
    sign: async (data) => ({
      signature: sign("sha256", data, privateKey),
      key: { $case: "publicKey", publicKey: pem },
    }),
  };
}

async function witnessed(create: () => Promise<Bundle>, services: SigstoreServices): Promise<WitnessedSignature> {
  try {
    const bundle = await create();
    const { content } = bundle;
    const signature =
      content.$case === "dsseEnvelope" ? content.dsseEnvelope.signatures[0]?.sig : content.messageSignature.signature;
    return { signature: signature ?? Buffer.alloc(0), material: materialOf(bundle) };
  } catch (error) {
    throw toFailure(error as SigstoreError, services);
  }
}

/** With one certificate: the library writes messages as older bundles do, with a chain of one. */
function materialOf(bundle: Bundle): VerificationMaterial {
  const { x509CertificateChain: chain, ...rest } = bundleToJSON(bundle).verificationMaterial;
  return chain === undefined ? rest : { ...rest, certificate: chain.certificates[0] };
}

interface SigstoreError extends Error {
  readonly code?: string;
  readonly cause?: Error;
}

/** What the library says of a token holds the token. */
function toFailure(error: SigstoreError, { authority, logs, timestampAuthorities }: SigstoreServices): BasaltError {
  if (error instanceof BasaltError) return error;
  if (error.cause instanceof BasaltError) return error.cause;
  const because = error.cause?.message ?? error.message;
  switch (error.code) {
    case "IDENTITY_TOKEN_PARSE_ERROR":
      return failed("the identity token is none: it is not a JWT with a subject");
    case "IDENTITY_TOKEN_READ_ERROR":
      return failed(`there is no identity token: ${because}`, error);
    case "CA_CREATE_SIGNING_CERTIFICATE_ERROR":
      return failed(`the certificate authority ${authority.url} gives no certificate: ${because}`, error);
    case "TLOG_CREATE_ENTRY_ERROR":
      return failed(`the log ${urlsOf(logs)} takes no entry: ${because}`, error);
    case "TSA_CREATE_TIMESTAMP_ERROR":
      return failed(`the authority ${urlsOf(timestampAuthorities)} gives no time stamp: ${because}`, error);
    case undefined:
    default:
      return failed(`Sigstore's services gave what cannot be used: ${because}`, error);
  }
}

function urlsOf(services: readonly SigstoreService[]): string {
  return services.map(({ url }) => url).join(", ");
}

function failed(message: string, cause?: unknown): BasaltError {
  return new BasaltError("SIGNER_FAILED", message, {
    cause,
    action:
      "see that the services of the signing config answer, and that the token is for them and still good; nothing was published",
  });
}
