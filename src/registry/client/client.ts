// SPDX-License-Identifier: Apache-2.0
import { BasaltError, type ErrorCode } from "../../errors.js";
import { collect } from "../../formats/bytes.js";
import type { RepositoryName } from "../../formats/image-reference.js";
import { isSafeOrigin, redactUrl, type HttpRequest, type HttpResponse } from "../../host/http.js";
import type { Host } from "../../host/host.js";
import { parseChallenges } from "./challenge.js";
import { createCredentialStore, type CredentialStore, type StoredCredentials } from "./credentials.js";

/** One repository of a registry, as its clients see it. */
export interface RegistryClient {
  /** `host[:port]/repository`, for messages. */
  readonly name: string;
  /**
   * Sends a request; `path` is relative to the repository (`manifests/22`) or a location that the registry gave. Any status is
   * an answer. @throws BasaltError `REGISTRY_REFUSED` for a location that is neither HTTPS nor on this machine
   */
  readonly send: (path: string, request?: HttpRequest) => Promise<HttpResponse>;
}

/** What a client wants to do, known before its first request so that one token serves them all. */
export type Purpose = "pull" | "pull,push";

const MAX_TOKEN_BYTES = 256 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;
const LOOPBACK = /^(?:localhost|127(?:\.[0-9]+){3}|\[::1\])(?::[0-9]+)?$/;

/**
 * Connects to a repository: finds out how the registry is spoken to and logs in as the credential store says. Plain HTTP is
 * spoken with this machine only. @throws BasaltError `LOGIN_REFUSED`, `ACCESS_DENIED`, `REGISTRY_REFUSED`, `NETWORK_UNREACHABLE`
 */
export async function connectRegistry(
  to: { readonly host: string; readonly repository: RepositoryName; readonly purpose: Purpose },
  host: Host,
): Promise<RegistryClient> {
  const { repository, purpose } = to;
  const address = to.host === "docker.io" ? "registry-1.docker.io" : to.host;
  const { base, response } = await ping(address, host);
  const name = `${to.host}/${repository}`;
  const root = new URL(`/v2/${repository}/`, base);
  let authorization =
    response.status === 401 ? await authorize(response, { registry: to.host, repository, purpose }, host) : undefined;
  return {
    name,
    send: async (path, options = {}) => {
      const url = requireAddress(path, name, root);
      const isOurs = url.origin === root.origin;
      const request = (): Promise<HttpResponse> => {
        const headers = { ...options.headers, ...(authorization === undefined || !isOurs ? {} : { authorization }) };
        return host.http.request(url, { ...options, headers });
      };
      const first = await request();
      const isReplayable =
        options.body === undefined || typeof options.body === "string" || options.body instanceof Uint8Array;
      if (first.status !== 401 || !isReplayable || !isOurs) return first;
      // The token has run out, or does not reach far enough.
      authorization = await authorize(first, { registry: to.host, repository, purpose }, host);
      return authorization === undefined ? first : request();
    },
  };
}

/** An answer that is not what was asked for, as an error that says what the registry said. `missing` is the code for 404. */
export async function toRegistryError(
  response: HttpResponse,
  what: string,
  missing: ErrorCode = "MANIFEST_UNKNOWN",
): Promise<BasaltError> {
  const text = (
    await collect(response.body, { maxBytes: MAX_ERROR_BYTES, name: what }).catch(() => Buffer.alloc(0))
  ).toString("utf8");
  const said = messageIn(text);
  const message = `${what}: the registry answered ${response.status}${said === "" ? "" : ` (${said})`}`;
  if (response.status === 401) return new BasaltError("LOGIN_REFUSED", message);
  if (response.status === 403) return new BasaltError("ACCESS_DENIED", message);
  if (response.status === 404) return new BasaltError(missing, message);
  return new BasaltError("REGISTRY_REFUSED", message);
}

/** An address that a registry gave, if it may be spoken to: in HTTPS, or on this machine. @throws BasaltError `REGISTRY_REFUSED` */
function requireAddress(text: string, registry: string, base?: URL): URL {
  const url = URL.canParse(text, base) ? new URL(text, base) : undefined;
  if (url !== undefined && isSafeOrigin(url)) return url;
  const shown = url === undefined ? JSON.stringify(text) : redactUrl(url);
  throw new BasaltError(
    "REGISTRY_REFUSED",
    `${registry} leads to ${shown}, which is neither HTTPS nor on this machine`,
  );
}

/** HTTPS, and for this machine plain HTTP where HTTPS is not spoken. */
async function ping(address: string, host: Host): Promise<{ readonly base: URL; readonly response: HttpResponse }> {
  const isLocal = LOOPBACK.test(address);
  const schemes = isLocal ? ["http", "https"] : ["https"];
  let failure: unknown;
  for (const scheme of schemes) {
    const base = new URL(`${scheme}://${address}/`);
    try {
      const response = await host.http.request(new URL("/v2/", base));
      if (response.status === 200 || response.status === 401) {
        await response.cancel();
        return { base, response };
      }
      failure = await toRegistryError(response, `${base.href}v2/`, "REGISTRY_REFUSED");
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

interface Wanted {
  readonly registry: string;
  readonly repository: RepositoryName;
  readonly purpose: Purpose;
}

/** The Authorization header that meets a challenge; undefined where there is nothing to show. */
async function authorize(response: HttpResponse, wanted: Wanted, host: Host): Promise<string | undefined> {
  const challenges = parseChallenges(response.header("www-authenticate"));
  await response.cancel();
  const store: CredentialStore = createCredentialStore(host);
  const stored = await store(wanted.registry);
  const bearer = challenges.find((challenge) => challenge.scheme === "bearer");
  if (bearer !== undefined) return `Bearer ${await fetchToken(bearer.parameters, wanted, stored, host)}`;
  return stored?.kind === "password" ? basic(stored) : undefined;
}

/** Source: distribution, docs/spec/auth/token.md; for identity tokens docs/spec/auth/oauth.md. */
async function fetchToken(
  parameters: Readonly<Record<string, string>>,
  wanted: Wanted,
  stored: StoredCredentials | undefined,
  host: Host,
): Promise<string> {
  const { realm, service } = parameters;
  if (realm === undefined)
    throw new BasaltError("REGISTRY_REFUSED", `${wanted.registry} asks for a token and does not say where to get one`);
  const url = requireAddress(realm, wanted.registry);
  const scope = `repository:${wanted.repository}:${wanted.purpose}`;
  let response: HttpResponse;
  if (stored?.kind === "identity-token") {
    const form = new URLSearchParams({
      grant_type: "refresh_token",
      service: service ?? "",
      client_id: "basalt",
      scope,
      refresh_token: stored.token,
    });
    response = await host.http.request(url, {
      method: "POST",
      body: form.toString(),
      headers: { "content-type": "application/x-www-form-urlencoded" },
      followRedirects: false, // unlike a header, the form would be taken along to any other server
    });
  } else {
    if (service !== undefined) url.searchParams.set("service", service);
    url.searchParams.set("scope", scope);
    response = await host.http.request(url, stored === undefined ? {} : { headers: { authorization: basic(stored) } });
  }
  if (response.status !== 200)
    throw await toRegistryError(response, `logging in to ${wanted.registry}`, "REGISTRY_REFUSED");
  const body = await collect(response.body, { maxBytes: MAX_TOKEN_BYTES, name: `the token of ${wanted.registry}` });
  const token = tokenIn(body.toString("utf8"));
  if (token === undefined) throw new BasaltError("REGISTRY_REFUSED", `${wanted.registry} answers without a token`);
  return token;
}

function tokenIn(text: string): string | undefined {
  try {
    const { token, access_token: newer } = JSON.parse(text) as { readonly [key: string]: unknown };
    return [token, newer].find((value) => typeof value === "string" && value !== "") as string | undefined;
  } catch {
    return undefined;
  }
}

function basic({ credentials }: Extract<StoredCredentials, { kind: "password" }>): string {
  return `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString("base64")}`;
}

function messageIn(text: string): string {
  try {
    const { errors } = JSON.parse(text) as {
      readonly errors?: readonly { readonly code?: string; readonly message?: string }[];
    };
    return (errors ?? []).map((error) => [error.code, error.message].filter(Boolean).join(": ")).join("; ");
  } catch {
    return text.slice(0, 200).replaceAll(/\s+/g, " ").trim();
  }
}
