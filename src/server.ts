// SPDX-License-Identifier: Apache-2.0
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { createPages, type PageRequest } from "../web/index.js";
import { createAdvisoriesProvider } from "./advisories/index.js";
import { apiPlugin } from "./catalog/index.js";
import { BasaltError } from "./errors.js";
import { createQueue, createSupervisor, type WorkerCommand } from "./factory/index.js";
import type { Host } from "./host/host.js";
import { errorStream } from "./host/machine.js";
import { createGate, refuseUnroutable, registryPlugin } from "./registry/index.js";
import { ownCertificates, publicKeyPem, validKeys } from "./sign/index.js";
import type { Store } from "./store/index.js";

/** Levels of the log. Source: pino, "level". */
const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

export interface ServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The address that clients use; what is shown to people and put into challenges comes from here, never from a request. */
  readonly publicUrl?: URL;
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  readonly anonymousPull: boolean;
  /** `HOST[:PORT][/PREFIX]` of registries that have copies of what is here. */
  readonly mirrors: readonly string[];
  readonly version: string;
  /** Starts a worker that ends when the queue is empty. */
  readonly worker: WorkerCommand;
}

export interface RunningServer {
  readonly publicUrl: URL;
  readonly close: () => Promise<void>;
}

/** Registry, token endpoint, API and pages on one port, over one store. */
export async function startServer(
  options: ServerOptions,
  deps: { readonly host: Host; readonly store: Store },
): Promise<RunningServer> {
  const { store, host } = deps;
  const app = createApp(options, host);
  const advisories = createAdvisoriesProvider(host.home.advisories);
  const queue = createQueue(store.db, host.now);
  const supervisor = createSupervisor(queue, options.worker, (error) => app.log.error(error));
  let publicUrl = options.publicUrl;
  const requireUrl = (): URL => publicUrl ?? new URL(`http://localhost:${options.port}/`);
  const gate = await createGate(store.db, { anonymousPull: options.anonymousPull, now: host.now });
  const onPushed = async (repository: string, digest: string): Promise<void> => {
    await queue.add({ kind: "inventory", repository, digest });
    supervisor.wake();
  };
  await app.register(registryPlugin, { store, gate, publicUrl: requireUrl, onPushed });
  const publicKey = (): Promise<string> => publicKeyPem(host);
  await app.register(apiPlugin, {
    store,
    gate,
    version: options.version,
    advisories: advisories.current,
    publicHost: () => requireUrl().host,
    publicUrl: requireUrl,
    registries: () => [requireUrl().host, ...options.mirrors],
    publicKey,
  });
  registerPages(app, options.version);
  registerKeys(app, host);
  app.get("/healthz", () => ({ status: "ok" }));
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (error) {
    await app.close();
    await supervisor.stop();
    await advisories.close();
    throw error;
  }
  publicUrl ??= addressOf(app, options);
  supervisor.wake();
  return {
    publicUrl,
    close: async () => {
      await app.close();
      await supervisor.stop();
      await advisories.close();
    },
  };
}

function createApp(options: ServerOptions, host: Host): FastifyInstance {
  const level = host.env["BASALT_LOG"] || "warn";
  if (!LOG_LEVELS.includes(level))
    throw new BasaltError("USAGE", `BASALT_LOG is one of ${LOG_LEVELS.join(", ")}, not ${JSON.stringify(level)}`);
  return fastify({
    logger: { level, stream: errorStream },
    forceCloseConnections: true,
    bodyLimit: 1024 * 1024, // for what is parsed; blobs and manifests are streams with limits of their own
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: false },
    frameworkErrors: (error, request, reply) => {
      if (refuseUnroutable(error, request, reply)) return;
      const body = { error: { code: "USAGE", message: error.message, action: "" } };
      void (reply as FastifyReply).code(error.statusCode ?? 400).send(body);
    },
    ...(options.tls === undefined ? {} : { https: options.tls }),
  });
}

/**
 * What whoever verifies needs: the key that signs now and all that are good, together and each by its fingerprint; where certificates sign,
 * whom they are for, and the trusted root that they are checked with.
 */
function registerKeys(app: FastifyInstance, host: Host): void {
  const PEM = "application/x-pem-file";
  app.get("/keys/", async () => {
    const certificates = await ownCertificates(host);
    return {
      keys: (await validKeys(host)).map(({ keyHint, validUntil }) => ({
        keyHint,
        validUntil: validUntil ?? null,
        path: `/keys/${fingerprintOf(keyHint)}.pub`,
      })),
      certificates:
        certificates === undefined ? null : { ...certificates.trusted, trustedRoot: "/keys/trusted_root.json" },
    };
  });
  app.get("/keys/trusted_root.json", async (_request, reply) => {
    const certificates = await ownCertificates(host);
    return certificates === undefined
      ? reply.code(404).send(noSuchKey("trusted root"))
      : reply.type("application/json").send(certificates.root);
  });
  app.get<{ Params: { name: string } }>("/keys/:name", async ({ params: { name } }, reply) => {
    const keys = await validKeys(host);
    const pem =
      name === "basalt.pub"
        ? keys.map((key) => key.pem).join("")
        : (keys.find(({ keyHint }) => `${fingerprintOf(keyHint)}.pub` === name)?.pem ?? "");
    return pem === "" ? reply.code(404).send(noSuchKey(`key ${name}`)) : reply.type(PEM).send(pem);
  });
}

function noSuchKey(name: string): object {
  const message = `there is no ${name}, or it is no longer good; /keys/ lists what there is`;
  return { error: { code: "NOT_FOUND", message, action: "" } };
}

/** SHA-256 of a key in hex, which stands in paths better than base64. */
function fingerprintOf(keyHint: string): string {
  return Buffer.from(keyHint, "base64").toString("hex");
}

const FORM = "application/x-www-form-urlencoded";
const MAX_FORM_BYTES = 256 * 1024; // a Dockerfile as long as the API takes, every other character escaped

/** Pages ask the API as other clients do, through its routes, with the visitor's own credentials. */
function registerPages(app: FastifyInstance, version: string): void {
  const pages = createPages({ version });
  const answer = async (
    request: FastifyRequest,
    reply: FastifyReply,
    form?: URLSearchParams,
  ): Promise<FastifyReply> => {
    const { authorization } = request.headers;
    const api: PageRequest["api"] = async (path, body) => {
      const headers = authorization === undefined ? {} : { authorization };
      const sent = body === undefined ? { method: "GET" as const } : { method: "POST" as const, payload: body };
      const response = await app.inject({ url: path, headers, ...sent });
      return { status: response.statusCode, body: response.json() };
    };
    const page = await pages.render({ url: request.url, api, ...(form === undefined ? {} : { form }) });
    if (page.status === 401) void reply.header("www-authenticate", 'Basic realm="Basalt", charset="UTF-8"');
    return reply.code(page.status).headers(page.headers).send(page.body);
  };
  void app.register(async (forms) => {
    forms.addContentTypeParser(FORM, { parseAs: "string", bodyLimit: MAX_FORM_BYTES }, (_request, body, done) =>
      done(null, new URLSearchParams(String(body))),
    );
    forms.post("/migrate", async (request, reply) =>
      answer(request, reply, request.body instanceof URLSearchParams ? request.body : new URLSearchParams()),
    );
  });
  app.setNotFoundHandler(async (request, reply) => {
    if ((request.method !== "GET" && request.method !== "HEAD") || /^\/api(?:\/|\?|$)/.test(request.url))
      return reply
        .code(404)
        .send({ error: { code: "NOT_FOUND", message: `there is nothing at ${request.url}`, action: "" } });
    return answer(request, reply);
  });
}

function addressOf(app: FastifyInstance, options: ServerOptions): URL {
  const address = app.server.address();
  const port = address !== null && typeof address === "object" ? address.port : options.port;
  const name = /^(?:127\.|::1$|0\.0\.0\.0$|::$|localhost$)/.test(options.host) ? "localhost" : options.host;
  return new URL(
    `${options.tls === undefined ? "http" : "https"}://${name.includes(":") ? `[${name}]` : name}:${port}/`,
  );
}
