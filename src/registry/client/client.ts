// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { collect } from "../../formats/bytes.js";
import type { RepositoryName } from "../../formats/image-reference.js";
import type { HttpRequest, HttpResponse } from "../../host/http.js";
import type { Host } from "../../host/host.js";
import { parseChallenges } from "./challenge.js";
import { createCredentialStore, type CredentialStore, type StoredCredentials } from "./credentials.js";

/** One repository of a registry, as its clients see it. */
export interface RegistryClient {
  /** `host[:port]/repository`, for messages. */
  readonly name: string;
  /** Sends a request; `path` is relative to the repository (`manifests/22`) or a location that the registry gave. Any status is an answer. */
  readonly send: (path: string, request?: HttpRequest) => Promise<HttpResponse>;
}

/** What a client wants to do, known before its first request so that one token serves them all. */
export type Purpose = "pull" | "pull,push";

const MAX_TOKEN_BYTES = 256 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;
const LOOPBACK = /^(?:localhost|127(?:\.[0-9]+){3}|\[::1\])(?::[0-9]+)?$/;

/**
 * Connects to a repository: finds out how the registry is spoken to and logs in as the credential store says. Plain HTTP is
 * spoken with this machine only. @throws BasaltError `LOGIN_REFUSED`, `NETWORK_UNREACHABLE`
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
  const request = (path: string, options: HttpRequest): Promise<HttpResponse> => {
    const url = new URL(path, root);
    const isSameHost = url.host === root.host;
    const headers = { ...options.headers, ...(authorization === undefined || !isSameHost ? {} : { authorization }) };
    return host.http.request(url, { ...options, headers });
  };
  return {
    name,
    send: async (path, options = {}) => {
      const first = await request(path, options);
      const isReplayable =
        options.body === undefined || typeof options.body === "string" || options.body instanceof Uint8Array;
      if (first.status !== 401 || !isReplayable) return first;
      // The token has run out, or does not reach far enough.
      authorization = await authorize(first, { registry: to.host, repository, purpose }, host);
      return authorization === undefined ? first : request(path, options);
    },
  };
}

/** An answer that is not what was asked for, as an error that says what the registry said. */
export async function toRegistryError(response: HttpResponse, what: string): Promise<BasaltError> {
  const text = (
    await collect(response.body, { maxBytes: MAX_ERROR_BYTES, name: what }).catch(() => Buffer.alloc(0))
  ).toString("utf8");
  const said = messageIn(text);
  const message = `${what}: the registry answered ${response.status}${said === "" ? "" : ` (${said})`}`;
  if (response.status === 401) return new BasaltError("LOGIN_REFUSED", message);
  if (response.status === 403) return new BasaltError("ACCESS_DENIED", message);
  if (response.status === 404) return new BasaltError("MANIFEST_UNKNOWN", message);
  return new BasaltError("REGISTRY_REFUSED", message);
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
      failure = await toRegistryError(response, `${base.href}v2/`);
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
  if (realm === undefined || !URL.canParse(realm))
    throw new BasaltError("REGISTRY_REFUSED", `${wanted.registry} asks for a token and does not say where to get one`);
  const scope = `repository:${wanted.repository}:${wanted.purpose}`;
  const url = new URL(realm);
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
    });
  } else {
    if (service !== undefined) url.searchParams.set("service", service);
    url.searchParams.set("scope", scope);
    response = await host.http.request(url, stored === undefined ? {} : { headers: { authorization: basic(stored) } });
  }
  if (response.status !== 200) throw await toRegistryError(response, `logging in to ${wanted.registry}`);
  const body = await collect(response.body, { maxBytes: MAX_TOKEN_BYTES, name: `the token of ${wanted.registry}` });
  const answer = JSON.parse(body.toString("utf8")) as { readonly token?: unknown; readonly access_token?: unknown };
  const token = answer.token ?? answer.access_token;
  if (typeof token !== "string")
    throw new BasaltError("REGISTRY_REFUSED", `${wanted.registry} answers without a token`);
  return token;
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
