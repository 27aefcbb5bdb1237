// SPDX-License-Identifier: Apache-2.0
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { BasaltError } from "../errors.js";
import type { Gate, Visitor } from "../registry/index.js";
import { getImage, getLogo, listImages } from "./catalog.js";
import { compareImages } from "./compare.js";
import type { CatalogDeps } from "./deps.js";
import { COMPARISON, CONTENTS, ERROR, IMAGE, IMAGES, MIGRATION, STATUS } from "./api-schemas.js";
import { MAX_DOCKERFILE, migrateText, type MigrateRequest } from "./migrate.js";
import { getContents } from "./versions.js";
import { registerVexFeed, type VexFeedOptions } from "./vex-feed.js";

export interface ApiOptions extends Omit<CatalogDeps, "mayPull">, VexFeedOptions {
  readonly gate: Gate;
  readonly version: string;
  /** PEM. */
  readonly publicKey: () => Promise<string>;
}

const STATUS_OF: Readonly<Partial<Record<BasaltError["code"], number>>> = {
  ACCESS_DENIED: 403,
  DOCKERFILE_AMBIGUOUS: 422,
  DOCKERFILE_INVALID: 422,
  IMAGE_PENDING: 409,
  LOGIN_REFUSED: 401,
  MANIFEST_UNKNOWN: 404,
  PLATFORM_UNKNOWN: 400,
  REFERENCE_INVALID: 400,
  REPOSITORY_UNKNOWN: 404,
  USAGE: 400,
};

const TEXT = { type: "string" } as const;
const NAME = { type: "string", description: "Repository, with its slashes as %2F" } as const;

/** What each route takes and answers, for the OpenAPI document and for checking requests. */
const ROUTES = {
  images: {
    summary: "List the catalogue",
    querystring: { type: "object", properties: { search: TEXT, category: TEXT } },
    response: { 200: IMAGES, "4xx": ERROR },
  },
  image: {
    summary: "An image with its texts, tools and versions",
    params: { type: "object", properties: { name: NAME }, required: ["name"] },
    response: { 200: IMAGE, "4xx": ERROR },
  },
  logo: {
    summary: "The image's logo (SVG)",
    params: { type: "object", properties: { name: NAME }, required: ["name"] },
  },
  version: {
    summary: "Packages, vulnerabilities and configuration of one platform of a version",
    params: {
      type: "object",
      properties: { name: NAME, reference: { type: "string", description: "Tag or digest" } },
      required: ["name", "reference"],
    },
    querystring: { type: "object", properties: { platform: TEXT } },
    response: { 200: CONTENTS, "4xx": ERROR },
  },
  compare: {
    summary: "Two images of the store side by side",
    querystring: { type: "object", properties: { image: TEXT, to: TEXT, platform: TEXT }, required: ["image", "to"] },
    response: { 200: COMPARISON, "4xx": ERROR },
  },
  migrate: {
    summary: "A Dockerfile on hardened images, with a reason for each change; nothing is built",
    body: {
      type: "object",
      properties: {
        dockerfile: { type: "string", maxLength: MAX_DOCKERFILE },
        registry: { type: "string", description: "HOST[:PORT][/PATH] of the hardened images; this registry without" },
      },
      required: ["dockerfile"],
    },
    response: { 200: MIGRATION, "4xx": ERROR },
  },
  status: { summary: "Version, signing key and advisory data", response: { 200: STATUS } },
} as const;

/** The catalogue's API under `/api/v1/`; its OpenAPI document is made from the schemas here. */
export async function apiPlugin(app: FastifyInstance, options: ApiOptions): Promise<void> {
  const { default: swagger } = await import("@fastify/swagger");
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Basalt catalogue",
        version: options.version,
        description: "What the catalogue's own pages are made from. Reading needs the right to pull.",
      },
    },
  });
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply));
  app.get("/api/v1/openapi.json", { schema: { hide: true } }, () => app.swagger());
  registerRoutes(app, options);
}

function registerRoutes(app: FastifyInstance, options: ApiOptions): void {
  const deps = async (request: FastifyRequest): Promise<CatalogDeps> => ({
    ...options,
    mayPull: pullRights(await identify(request, options.gate)),
  });
  registerVexFeed(app, options, deps);
  app.get<{ Querystring: { search?: string; category?: string } }>(
    "/api/v1/images",
    { schema: ROUTES.images },
    async (request) => ({ images: await listImages(request.query, await deps(request)) }),
  );
  app.get<{ Params: { name: string } }>("/api/v1/images/:name", { schema: ROUTES.image }, async (request) =>
    getImage(request.params.name, await deps(request)),
  );
  app.get<{ Params: { name: string } }>(
    "/api/v1/images/:name/logo",
    { schema: ROUTES.logo },
    async (request, reply) => {
      const logo = await getLogo(request.params.name, await deps(request));
      if (logo === undefined) throw new BasaltError("REPOSITORY_UNKNOWN", `${request.params.name} has no logo`);
      // An SVG may hold scripts; opened by itself it must not run them.
      const policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
      return reply.type("image/svg+xml").header("content-security-policy", policy).send(logo);
    },
  );
  app.get<{ Params: { name: string; reference: string }; Querystring: { platform?: string } }>(
    "/api/v1/images/:name/versions/:reference",
    { schema: ROUTES.version },
    async (request) => getContents({ ...request.params, ...request.query }, await deps(request)),
  );
  app.get<{ Querystring: { image: string; to: string; platform?: string } }>(
    "/api/v1/compare",
    { schema: ROUTES.compare },
    async (request) => compareImages(request.query, await deps(request)),
  );
  app.post<{ Body: MigrateRequest }>("/api/v1/migrate", { schema: ROUTES.migrate }, async (request) =>
    migrateText(request.body, await deps(request)),
  );
  app.get("/api/v1/status", { schema: ROUTES.status }, async (request) => {
    await identify(request, options.gate);
    const { feeds } = await options.advisories();
    return { version: options.version, registry: options.publicHost(), publicKey: await options.publicKey(), feeds };
  });
}

async function identify(request: FastifyRequest, gate: Gate): Promise<Visitor> {
  const visitor = await gate.identify(request.headers.authorization);
  if (visitor.isAnonymous && !gate.anonymous.actions.includes("pull"))
    throw new BasaltError("LOGIN_REFUSED", "log in to see the catalogue");
  return visitor;
}

/** Somebody with a bearer token for one repository sees what that token lets them pull. */
function pullRights(visitor: Visitor): (repository: string) => boolean {
  return (repository) => visitor.permits(repository, "pull");
}

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof BasaltError) {
    const status = STATUS_OF[error.code] ?? 500;
    if (status >= 500) request.log.error(error);
    if (status === 401) void reply.header("www-authenticate", 'Basic realm="Basalt", charset="UTF-8"');
    return reply.code(status).send({ error: { code: error.code, message: error.message, action: error.action } });
  }
  const status =
    error instanceof Error && "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : 500;
  if (status >= 500) request.log.error(error);
  const message = status >= 500 ? "the server failed; its log says why" : (error as Error).message;
  return reply.code(status).send({ error: { code: status >= 500 ? "INTERNAL" : "USAGE", message, action: "" } });
}
