// SPDX-License-Identifier: Apache-2.0
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { BasaltError } from "../../errors.js";
import type { ByteStream } from "../../formats/bytes.js";
import { parseRepositoryName } from "../../formats/image-reference.js";
import type { Action } from "../auth/accounts.js";
import type { Gate, Visitor } from "../auth/access.js";
import { SERVICE } from "../auth/bearer-tokens.js";
import { errorResponse, toErrorResponse } from "./error-response.js";
import type { RegistryDeps, RegistryRequest, RegistryResponse } from "./exchange.js";
import { listRepositories } from "./listings.js";
import { actionOf, findRoute, type Route } from "./routes.js";
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
    const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;
    const url = ["/v2", "/v2/", "/v2/*"] as const;
    for (const path of url) {
      scope.route({
        method: [...methods],
        url: path,
        handler: async (request, reply) => send(reply, request, await answer(request, options)),
      });
    }
  });
}

async function answer(request: FastifyRequest, options: RegistryOptions): Promise<RegistryResponse> {
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
  if (path === "") {
    // Clients log in here: without credentials they must be asked for some, even where anybody may pull.
    if (!visitor.hasCredentials)
      return withChallenge(errorResponse(401, "UNAUTHORIZED", "log in, or ask for an anonymous token"), options);
    return { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from("{}") };
  }
  if (path === "_catalog" && request.method === "GET") {
    if (!visitor.hasCredentials)
      return withChallenge(
        errorResponse(401, "UNAUTHORIZED", "log in to list repositories"),
        options,
        "registry:catalog:*",
      );
    return listRepositories(visitor, query, options);
  }
  const route = findRoute(path);
  if (route === undefined) return errorResponse(404, "UNSUPPORTED", `there is nothing at ${path}`);
  const repository = parseRepositoryName(route.repository);
  const method = request.method as RegistryRequest["method"];
  const handler = route.methods[method];
  if (handler === undefined) return errorResponse(405, "UNSUPPORTED", `${method} is not possible here`);
  const refusal = await refuse(visitor, { repository, action: actionOf(method, path) }, options);
  if (refusal !== undefined) return refusal;
  return handler(toRegistryRequest(request, { method, route, query, visitor }), options);
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
  readonly method: RegistryRequest["method"];
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
function sentHeader({ rawHeaders }: IncomingMessage, name: string): string | undefined {
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
  reply.code(response.status).headers({ ...API_VERSION, ...response.headers });
  // What the client still sends after an early answer would be taken for its next request.
  if (response.status >= 400 && !request.raw.readableEnded) reply.header("connection", "close");
  const { body } = response;
  if (body === undefined) return reply.send();
  return reply.send(Buffer.isBuffer(body) ? body : Readable.from(body, { objectMode: false }));
}
