// SPDX-License-Identifier: Apache-2.0
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Readable } from "node:stream";
import { BasaltError } from "../../errors.js";
import type { ByteStream } from "../../formats/bytes.js";
import { parseRepositoryName } from "../../formats/image-reference.js";
import type { Action } from "../auth/accounts.js";
import type { Gate, Visitor } from "../auth/access.js";
import { SERVICE } from "../auth/bearer-tokens.js";
import { errorResponse, toErrorResponse } from "./error-response.js";
import { METHODS, type Method, type RegistryDeps, type RegistryRequest, type RegistryResponse } from "./exchange.js";
import { listRepositories } from "./listings.js";
import { findRoute, type Route } from "./routes.js";
import { registerTokenEndpoint } from "./token-endpoint.js";

export interface RegistryOptions extends RegistryDeps {
  readonly gate: Gate;
  /** Where clients get tokens: the public address of this server. */
  readonly publicUrl: () => URL;
}

const API_VERSION = { "docker-distribution-api-version": "registry/2.0" };

/** The registry under `/v2/`, and its token endpoint. Bodies stay streams: nothing here parses them. */
export async function registryPlugin(app: FastifyInstance, options: RegistryOptions): Promise<void> {
  registerTokenEndpoint(app, options);
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
    // The framework answers 415 to a Content-Type it cannot read; here it is the handlers' business.
    scope.addHook("onRequest", async (request) => {
      delete request.raw.headers["content-type"];
    });
    const url = ["/v2", "/v2/", "/v2/*"] as const;
    for (const path of url) {
      scope.route({
        method: [...METHODS],
        url: path,
        handler: async (request, reply) => send(reply, request, await answer(request, options)),
      });
    }
  });
}

/**
 * For `frameworkErrors`: what the framework refuses before it looks for a route, in the words of a registry. Answers whether
 * the request was one to the registry.
 */
export function refuseUnroutable(error: FastifyError, request: FastifyRequest, reply: FastifyReply): boolean {
  if (!/^\/v2(?:[/?]|$)/.test(request.url)) return false;
  void send(reply, request, errorResponse(error.statusCode ?? 400, "NAME_INVALID", error.message));
  return true;
}

async function answer(request: FastifyRequest, options: RegistryOptions): Promise<RegistryResponse> {
  const response = await respond(request, options);
  return response.status === 405 ? withAllow(response, request) : response;
}

async function respond(request: FastifyRequest, options: RegistryOptions): Promise<RegistryResponse> {
  try {
    const visitor = await options.gate.identify(request.headers.authorization);
    return await dispatch(request, visitor, options);
  } catch (error) {
    const response = toErrorResponse(error);
    if (response.status >= 500) request.log.error(error);
    return response.status === 401 ? withChallenge(response, options) : response;
  }
}

async function dispatch(
  request: FastifyRequest,
  visitor: Visitor,
  options: RegistryOptions,
): Promise<RegistryResponse> {
  const { path, query } = splitUrl(request.url);
  const method = request.method as Method;
  const service = SERVICES.get(path);
  if (service !== undefined) return READING.includes(method) ? service(visitor, query, options) : notPossible(method);
  const route = findRoute(path);
  if (route === undefined) return errorResponse(404, "UNSUPPORTED", `there is nothing at ${path}`);
  const repository = parseRepositoryName(route.repository);
  const operation = route.methods[method];
  if (operation === undefined) return notPossible(method);
  const refusal = await refuse(visitor, { repository, action: operation.action }, options);
  if (refusal !== undefined) return refusal;
  return operation.handler(toRegistryRequest(request, { method, route, query, visitor }), options);
}

const READING: readonly Method[] = ["GET", "HEAD"];

/** Answers to one of `READING`. */
type Service = (visitor: Visitor, query: URLSearchParams, options: RegistryOptions) => Promise<RegistryResponse>;

/** What belongs to no repository. */
const SERVICES: ReadonlyMap<string, Service> = new Map<string, Service>([
  ["", checkLogin],
  ["_catalog", listCatalog],
]);

/** Clients log in here: without credentials they must be asked for some, even where anybody may pull. */
async function checkLogin(
  visitor: Visitor,
  _query: URLSearchParams,
  options: RegistryOptions,
): Promise<RegistryResponse> {
  if (!visitor.hasCredentials)
    return withChallenge(errorResponse(401, "UNAUTHORIZED", "log in, or ask for an anonymous token"), options);
  return { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from("{}") };
}

async function listCatalog(
  visitor: Visitor,
  query: URLSearchParams,
  options: RegistryOptions,
): Promise<RegistryResponse> {
  if (visitor.hasCredentials) return listRepositories(visitor, query, options);
  const response = errorResponse(401, "UNAUTHORIZED", "log in to list repositories");
  return withChallenge(response, options, "registry:catalog:*");
}

function notPossible(method: Method): RegistryResponse {
  return errorResponse(405, "UNSUPPORTED", `${method} is not possible here`);
}

/** Says what is possible instead. Source: RFC 9110, 15.5.6. */
function withAllow(response: RegistryResponse, request: FastifyRequest): RegistryResponse {
  const route = findRoute(splitUrl(request.url).path);
  const methods = route === undefined ? READING : Object.keys(route.methods);
  const possible = methods.filter((method) => method !== request.method);
  return { ...response, headers: { ...response.headers, allow: possible.join(", ") } };
}

/** 401 where another token could have the right, 403 where the one behind the token has not. */
async function refuse(
  visitor: Visitor,
  wanted: { readonly repository: string; readonly action: Action },
  options: RegistryOptions,
): Promise<RegistryResponse | undefined> {
  const { repository, action } = wanted;
  if (visitor.permits(repository, action)) return undefined;
  const scope = `repository:${repository}:${action === "push" ? "pull,push" : action}`;
  if (!visitor.hasCredentials)
    return withChallenge(errorResponse(401, "UNAUTHORIZED", `log in to ${action}`), options, scope);
  if (visitor.isAnonymous || (await visitor.couldHave(repository, action))) {
    const response = errorResponse(401, "UNAUTHORIZED", `the token does not let you ${action} ${repository}`);
    return withChallenge(response, options, scope, "insufficient_scope");
  }
  throw new BasaltError("ACCESS_DENIED", `${visitor.user} has no right to ${action} ${repository}`);
}

/** Source: distribution, docs/spec/auth/token.md. */
function withChallenge(
  response: RegistryResponse,
  { publicUrl }: RegistryOptions,
  scope?: string,
  error?: string,
): RegistryResponse {
  const parts = [`realm="${new URL("/token", publicUrl()).href}"`, `service="${SERVICE}"`];
  if (scope !== undefined) parts.push(`scope="${scope}"`);
  if (error !== undefined) parts.push(`error="${error}"`);
  return { ...response, headers: { ...response.headers, "www-authenticate": `Bearer ${parts.join(",")}` } };
}

interface RequestParts {
  readonly method: Method;
  readonly route: Route;
  readonly query: URLSearchParams;
  readonly visitor: Visitor;
}

function toRegistryRequest(request: FastifyRequest, { method, route, query, visitor }: RequestParts): RegistryRequest {
  return {
    method,
    repository: parseRepositoryName(route.repository),
    reference: route.reference,
    query,
    header: (name) => sentHeader(request.raw, name),
    body: request.raw as ByteStream,
    visitor,
  };
}

/** The first header of that name as the client sent it. `name` is lower case. */
function sentHeader({ rawHeaders }: FastifyRequest["raw"], name: string): string | undefined {
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.toLowerCase() === name) return rawHeaders[at + 1];
  return undefined;
}

/** The path after `/v2/`, percent-decoded, and the query. */
function splitUrl(url: string): { readonly path: string; readonly query: URLSearchParams } {
  const mark = url.indexOf("?");
  const raw = (mark === -1 ? url : url.slice(0, mark)).replace(/^\/v2\/?/, "");
  let path: string;
  try {
    path = decodeURIComponent(raw);
  } catch (cause) {
    throw new BasaltError("REFERENCE_INVALID", `the path ${JSON.stringify(raw)} cannot be decoded`, { cause });
  }
  return { path, query: new URLSearchParams(mark === -1 ? "" : url.slice(mark + 1)) };
}

async function send(reply: FastifyReply, request: FastifyRequest, response: RegistryResponse): Promise<FastifyReply> {
  const { status, headers, body } = response;
  reply.code(status).headers({ ...API_VERSION, ...headers });
  // What the client still sends after an early answer would be taken for its next request.
  if (status >= 400 && !request.raw.complete) reply.header("connection", "close");
  if (Buffer.isBuffer(body)) reply.header("content-length", String(body.length));
  if (body === undefined || request.method === "HEAD") return reply.send();
  return reply.send(Buffer.isBuffer(body) ? body : Readable.from(body, { objectMode: false }));
}
