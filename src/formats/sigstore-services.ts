// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { parseStrictJson } from "./strict-json.js";

/** One that a signer calls. */
export interface SigstoreService {
  readonly url: string;
  readonly majorApiVersion: number;
}

/** What keyless signing needs: who certifies, and who witnesses when. */
export interface SigstoreServices {
  readonly authority: SigstoreService;
  readonly logs: readonly SigstoreService[];
  readonly timestampAuthorities: readonly SigstoreService[];
}

/** Highest version that is spoken here. */
const VERSIONS = { caUrls: 1, rekorTlogUrls: 2, tsaUrls: 1 } as const;
const MEDIA_TYPE = "application/vnd.dev.sigstore.signingconfig.v0.2+json";

/**
 * Chooses services of a signing config, as `cosign signing-config create` writes it: of those that are valid now, the highest version
 * first, then the newest. Source: sigstore/protobuf-specs, sigstore_trustroot.proto, `SigningConfig`. @throws BasaltError `KEY_INVALID`
 */
export async function chooseSigstoreServices(bytes: Buffer, name: string, now: Date): Promise<SigstoreServices> {
  const { SigningConfig, ServiceSelector } = await import("@sigstore/protobuf-specs");
  const json = parseStrictJson(bytes, { name, code: "KEY_INVALID" });
  const config = readConfig(json, name, (value) => SigningConfig.fromJSON(value));
  if (config.mediaType !== MEDIA_TYPE) throw invalid(name, `it is ${JSON.stringify(config.mediaType)}`);
  const choose = (kind: keyof typeof VERSIONS, selector?: { readonly selector: number; readonly count: number }) => {
    const valid = config[kind]
      .filter(({ majorApiVersion, validFor }) => majorApiVersion <= VERSIONS[kind] && isAt(validFor, now))
      .toSorted(
        (a, b) =>
          b.majorApiVersion - a.majorApiVersion ||
          (b.validFor?.start?.getTime() ?? 0) - (a.validFor?.start?.getTime() ?? 0),
      );
    const wanted =
      {
        [ServiceSelector.ALL]: valid.length,
        [ServiceSelector.EXACT]: selector?.count ?? 1,
      }[selector?.selector ?? ServiceSelector.ANY] ?? 1;
    if (!(wanted >= 1) || valid.length < wanted)
      throw invalid(name, `of its ${kind}, ${wanted} are wanted, and ${valid.length} are valid`);
    return valid.slice(0, wanted).map(({ url, majorApiVersion }) => ({ url: checkUrl(url, name), majorApiVersion }));
  };
  const [authority] = choose("caUrls");
  if (authority === undefined) throw invalid(name, "it names no certificate authority that is valid now");
  const logs = config.rekorTlogUrls.length === 0 ? [] : choose("rekorTlogUrls", config.rekorTlogConfig);
  const timestampAuthorities = config.tsaUrls.length === 0 ? [] : choose("tsaUrls", config.tsaConfig);
  if (logs.length + timestampAuthorities.length === 0)
    throw invalid(
      name,
      "it names neither a log nor an authority for time stamps, so nobody could tell when a certificate was used",
    );
  return { authority, logs, timestampAuthorities };
}

function readConfig<T>(json: unknown, name: string, read: (json: unknown) => T): T {
  try {
    return read(typeof json === "object" && json !== null ? json : {});
  } catch (error) {
    throw invalid(name, (error as Error).message);
  }
}

function isAt(
  validFor: { readonly start?: Date | undefined; readonly end?: Date | undefined } | undefined,
  now: Date,
): boolean {
  return (validFor?.start ?? now) <= now && now <= (validFor?.end ?? now);
}

/** Without the slash at its end, to which the library would add another. */
function checkUrl(url: string, name: string): string {
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) throw invalid(name, `${JSON.stringify(url)} is no URL`);
  return url.replace(/\/+$/, "");
}

function invalid(name: string, why: string): BasaltError {
  return new BasaltError("KEY_INVALID", `${name} is no signing config of Sigstore: ${why}`, {
    action:
      "cosign signing-config create writes one; that of the public instance is signing_config.v0.2.json of its repository",
  });
}
