// SPDX-License-Identifier: Apache-2.0
import fastify from "fastify";
import { request, type IncomingHttpHeaders } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { Host } from "../../src/host/host.js";
import { createGate, createToken, refuseUnroutable, registryPlugin, type Action } from "../../src/registry/index.js";
import type { Store } from "../../src/store/index.js";
import { eventually, testClock, type TestClock } from "./clock.js";
import { testHost } from "./host.js";
import { repository, type TestImage } from "./images.js";
import { memoryStore, testStore } from "./store.js";

export interface TestRegistryOptions {
  /** @default true */
  readonly anonymousPull?: boolean;
  /** Keeps blobs on the disk as a real server does; memory is faster. @default false */
  readonly isOnDisk?: boolean;
}

export interface TestRegistry {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  readonly port: number;
  readonly store: Store;
  readonly host: Host;
  readonly clock: TestClock;
  /** `REPOSITORY@DIGEST` of each image that became visible. */
  readonly pushed: string[];
  /** Requests that began, and those that were dealt with. */
  readonly activity: { begun: number; ended: number };
  /** Shows these credentials, or none. */
  readonly as: (authorization: string | undefined) => Send;
  /** Somebody who may pull and push everywhere. */
  readonly writer: Send;
  /** Somebody who may also delete. */
  readonly admin: Send;
  readonly nobody: Send;
}

export type Send = (method: string, path: string, options?: SendOptions) => Promise<Answer>;

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** Sends the body without saying how long it is. */
  readonly isChunked?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Of the first error in the body. */
  readonly code: string | undefined;
  /** Basalt's own code of that error. */
  readonly detail: string | undefined;
  readonly json: unknown;
}

/** The registry with its token endpoint over a fresh store; it ends with the running test. */
export async function startRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const clock = testClock();
  const host = testHost({ now: clock.now });
  const store = await (options.isOnDisk === true ? testStore(host) : memoryStore(host));
  const gate = await createGate(store.db, { anonymousPull: options.anonymousPull ?? true, now: clock.now });
  const pushed: string[] = [];
  const app = fastify({
    forceCloseConnections: true,
    bodyLimit: 1024 * 1024,
    routerOptions: { maxParamLength: 512 },
    frameworkErrors: (error, request, reply) => void refuseUnroutable(error, request, reply),
  });
  const address = (): AddressInfo => app.server.address() as AddressInfo;
  await app.register(registryPlugin, {
    store,
    gate,
    publicUrl: () => new URL(`http://127.0.0.1:${address().port}/`),
    onPushed: (name, digest) => Promise.resolve(void pushed.push(`${name}@${digest}`)),
  });
  const activity = { begun: 0, ended: 0 };
  app.addHook("onRequest", async () => void (activity.begun += 1));
  app.addHook("onSend", async () => void (activity.ended += 1));
  await app.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => app.close());
  const { port } = address();
  const as = (authorization: string | undefined): Send => sender(port, authorization);
  const base = { address: `127.0.0.1:${port}`, port, store, host, clock, pushed, activity, as };
  const writer = as(await addAccount(base, { name: "writer" }));
  const admin = as(await addAccount(base, { name: "admin", isAdmin: true, actions: ["pull", "push", "delete"] }));
  return { ...base, writer, admin, nobody: as(undefined) };
}

export interface TestAccount {
  readonly name: string;
  /** @default false */
  readonly isAdmin?: boolean;
  /** Of the personal access token. @default pull and push */
  readonly actions?: readonly Action[];
  /** @default ** */
  readonly repositoryPattern?: string;
  readonly expiresAt?: Date;
}

/** Adds a user that can log in with a personal access token only, which costs no time; answers the header to show. */
export async function addAccount(
  { store, clock }: Pick<TestRegistry, "store" | "clock">,
  account: TestAccount,
): Promise<string> {
  const { name, isAdmin = false, actions = ["pull", "push"], repositoryPattern = "**", expiresAt } = account;
  const row = { name, password_hash: "none", is_admin: isAdmin ? 1 : 0, created_at: clock.now().toISOString() };
  await store.db
    .insertInto("users")
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const request = { user: name, actions, repositoryPattern, ...(expiresAt === undefined ? {} : { expiresAt }) };
  const { token } = await createToken(store.db, request, clock.now());
  return basic(name, token);
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** A bearer token for these scopes, as a header to show. */
export async function bearer(send: Send, ...scopes: readonly string[]): Promise<string> {
  const query = scopes.map((scope) => `&scope=${encodeURIComponent(scope)}`).join("");
  const answer = await send("GET", `/token?service=basalt-registry${query}`);
  if (answer.status !== 200) throw new Error(`the token endpoint answers ${answer.status}`);
  return `Bearer ${(answer.json as { readonly token: string }).token}`;
}

/** Pushes blobs and manifests over HTTP; the root gets the tag, if there is one. */
export async function pushImage(send: Send, name: string, image: TestImage, tag?: string): Promise<void> {
  for (const [digest, body] of image.blobs) await expectCreated(send, `blobs/uploads/?digest=${digest}`, name, body);
  for (const { digest, bytes, mediaType } of image.manifests) {
    const reference = digest === image.root.digest ? (tag ?? digest) : digest;
    const answer = await send("PUT", `/v2/${repository(name)}/manifests/${reference}`, {
      body: bytes,
      headers: { "content-type": mediaType },
    });
    if (answer.status !== 201) throw new Error(`${name}: ${answer.status} ${answer.body.toString("utf8")}`);
  }
}

async function expectCreated(send: Send, path: string, name: string, body: Buffer): Promise<void> {
  const answer = await send("POST", `/v2/${name}/${path}`, { body });
  if (answer.status !== 201) throw new Error(`${name}: ${answer.status} ${answer.body.toString("utf8")}`);
}

/** Sends the head of a request and a part of its body, goes away, and waits until the registry is done with that. */
export async function breakOff(
  { port, activity }: Pick<TestRegistry, "port" | "activity">,
  head: { readonly method: string; readonly path: string; readonly headers: Readonly<Record<string, string>> },
  part: Buffer,
): Promise<void> {
  const before = activity.begun;
  const lines = [`${head.method} ${head.path} HTTP/1.1`, "host: registry"];
  for (const [name, value] of Object.entries(head.headers)) lines.push(`${name}: ${value}`);
  await new Promise<void>((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(`${lines.join("\r\n")}\r\n\r\n`);
      socket.write(part, () => socket.destroy());
    });
    socket.on("close", () => resolve()).on("error", reject);
  });
  await eventually(() => activity.begun > before && activity.ended === activity.begun);
}

function sender(port: number, authorization: string | undefined): Send {
  return (method, path, { headers = {}, body, isChunked = false } = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const shown = authorization === undefined ? {} : { authorization };
      const bytes = Buffer.from(body ?? "");
      const length = body === undefined || isChunked ? {} : { "content-length": String(bytes.length) };
      const outgoing = request(
        { host: "127.0.0.1", port, method, path, agent: false, headers: { ...shown, ...length, ...headers } },
        (incoming) => {
          const parts: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => parts.push(chunk));
          incoming.on("error", reject);
          incoming.on("end", () => resolve(toAnswer(incoming.statusCode ?? 0, incoming.headers, Buffer.concat(parts))));
        },
      );
      outgoing.on("error", reject);
      if (body !== undefined) outgoing.write(bytes);
      outgoing.end();
    });
}

function toAnswer(status: number, headers: IncomingHttpHeaders, body: Buffer): Answer {
  const json: unknown =
    /json/.test(headers["content-type"] ?? "") && body.length > 0 ? JSON.parse(body.toString()) : {};
  const { errors } = json as {
    readonly errors?: readonly { readonly code: string; readonly detail?: { code: string } }[];
  };
  return { status, headers, body, json, code: errors?.[0]?.code, detail: errors?.[0]?.detail?.code };
}
