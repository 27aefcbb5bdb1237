// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { collect, limited, type ByteStream } from "../formats/bytes.js";

export interface HttpRequest {
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes to send; a stream needs `sizeBytes`. */
  readonly body?: Uint8Array | string | { readonly stream: ByteStream; readonly sizeBytes: number };
  readonly signal?: AbortSignal;
  /** Follow redirects. @default true */
  readonly followRedirects?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** Must be read to its end or cancelled. */
  readonly body: ByteStream;
  readonly cancel: () => Promise<void>;
}

/** The network. The offline one refuses every request. */
export interface HttpClient {
  /** Sends one request. Any status is an answer. @throws BasaltError `NETWORK_UNREACHABLE`, `NETWORK_OFFLINE`, `CANCELLED` */
  request: (url: URL, request?: HttpRequest) => Promise<HttpResponse>;
}

export interface HttpLimits {
  /** Silence tolerated before a request fails, in milliseconds. */
  readonly idleTimeoutMs: number;
  readonly connectTimeoutMs: number;
}

export const HTTP_LIMITS: HttpLimits = { idleTimeoutMs: 30_000, connectTimeoutMs: 10_000 }; // chosen, not measured

export interface HttpClientOptions {
  readonly limits?: HttpLimits;
  /** Speaks through a Unix socket, whatever the URL's host. */
  readonly socketPath?: string;
  /** Asks without a proxy, whatever the environment says. @default false */
  readonly isDirect?: boolean;
}

/** A client on undici, which honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY; loaded at the first request. */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  let loading: Promise<Awaited<ReturnType<typeof load>>> | undefined;
  return {
    request: async (url, request = {}) => {
      const { undici, agent } = await (loading ??= load(options));
      const { bare, authorization } = splitCredentials(url);
      try {
        const body = request.body;
        const isStream = body !== undefined && typeof body === "object" && "stream" in body;
        const response = await undici.fetch(bare, {
          dispatcher: agent,
          method: request.method ?? "GET",
          headers: {
            "user-agent": "basalt",
            ...authorization,
            ...request.headers,
            ...(isStream ? { "content-length": String(body.sizeBytes) } : {}),
          },
          redirect: request.followRedirects === false ? "manual" : "follow",
          ...(body === undefined ? {} : { body: isStream ? body.stream : body, duplex: "half" as const }),
          ...(request.signal === undefined ? {} : { signal: request.signal }),
        });
        return toResponse(url, response, request.signal);
      } catch (cause) {
        throw networkError(url, cause, request.signal);
      }
    },
  };
}

/** `fetch` refuses URLs with a user, and says so with the password in its message. */
function splitCredentials(url: URL): { readonly bare: URL; readonly authorization: Readonly<Record<string, string>> } {
  if (url.username === "" && url.password === "") return { bare: url, authorization: {} };
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  const credentials = `${unescaped(url.username)}:${unescaped(url.password)}`;
  return { bare, authorization: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` } };
}

/** Text with a percent sign that escapes nothing is meant as it stands. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A client for `--offline`. */
export const OFFLINE_CLIENT: HttpClient = {
  request: (url) =>
    Promise.reject(
      new BasaltError("NETWORK_OFFLINE", `${redactUrl(url)} would be needed, and the network is switched off`),
    ),
};

/** The body of a good answer in memory. @throws BasaltError `HTTP_STATUS`, `SIZE_LIMIT_EXCEEDED` */
export async function getBytes(
  http: HttpClient,
  url: URL,
  options: {
    readonly maxBytes: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal;
  },
): Promise<Buffer> {
  const { headers = {}, signal } = options;
  const response = await http.request(url, { headers, ...(signal === undefined ? {} : { signal }) });
  if (response.status !== 200) {
    await response.cancel();
    throw new BasaltError("HTTP_STATUS", `${redactUrl(url)} answered ${response.status}`);
  }
  return collect(limited(response.body, { ...options, name: redactUrl(url) }), { ...options, name: redactUrl(url) });
}

const LOOPBACK = /^(?:localhost|127(?:\.[0-9]+){3}|\[::1\])$/;

/** Whether what comes from there cannot be changed on the way: in HTTPS, or from this machine. */
export function isSafeOrigin(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname));
}

const MAX_REDIRECTS = 5;

/** As `getBytes`, of safe origins only, whatever redirects say. @throws BasaltError `HTTP_STATUS`, `SIZE_LIMIT_EXCEEDED` */
export async function getBytesSafely(
  http: HttpClient,
  url: URL,
  options: { readonly maxBytes: number; readonly signal?: AbortSignal },
): Promise<Buffer> {
  const { signal } = options;
  let target = url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    if (!isSafeOrigin(target))
      throw new BasaltError("HTTP_STATUS", `${redactUrl(url)} leads to ${redactUrl(target)}, which is not HTTPS`);
    const request = { followRedirects: false, ...(signal === undefined ? {} : { signal }) };
    const response = await http.request(target, request);
    const name = redactUrl(target);
    if (response.status === 200) return collect(response.body, { ...options, name });
    await response.cancel();
    const location = response.header("location");
    if (![301, 302, 303, 307, 308].includes(response.status) || !URL.canParse(location ?? "", target))
      throw new BasaltError("HTTP_STATUS", `${name} answered ${response.status}`);
    target = new URL(location ?? "", target);
  }
  throw new BasaltError("HTTP_STATUS", `${redactUrl(url)} leads from one address to the next, ${MAX_REDIRECTS} times`);
}

/** A URL for messages: without user, password and query. */
export function redactUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

async function load(
  options: HttpClientOptions,
): Promise<{ undici: typeof import("undici"); agent: import("undici").Dispatcher }> {
  const undici = await import("undici");
  const limits = options.limits ?? HTTP_LIMITS;
  const timeouts = { headersTimeout: limits.idleTimeoutMs, bodyTimeout: limits.idleTimeoutMs };
  const { socketPath } = options;
  if (socketPath !== undefined) {
    // An engine that packs a large image sends nothing for a while.
    const agent = new undici.Agent({
      connect: { socketPath, timeout: limits.connectTimeoutMs },
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return { undici, agent };
  }
  const { EnvHttpProxyAgent, Agent } = undici;
  const settings = { connectTimeout: limits.connectTimeoutMs, ...timeouts };
  return { undici, agent: options.isDirect === true ? new Agent(settings) : new EnvHttpProxyAgent(settings) };
}

function toResponse(url: URL, response: import("undici").Response, signal: AbortSignal | undefined): HttpResponse {
  return {
    status: response.status,
    header: (name) => response.headers.get(name) ?? undefined,
    body: bodyOf(url, response, signal),
    cancel: async () => {
      await response.body?.cancel().catch(() => undefined);
    },
  };
}

async function* bodyOf(
  url: URL,
  response: import("undici").Response,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  try {
    for await (const chunk of response.body) yield chunk as Uint8Array;
  } catch (cause) {
    throw networkError(url, cause, signal);
  }
}

function networkError(url: URL, cause: unknown, signal: AbortSignal | undefined): unknown {
  if (cause instanceof BasaltError) return cause;
  if (signal?.aborted === true)
    return new BasaltError("CANCELLED", `the request to ${redactUrl(url)} was cancelled`, { cause });
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const why =
    inner instanceof Error ? inner.message || ("code" in inner ? String(inner.code) : inner.name) : String(inner);
  return new BasaltError("NETWORK_UNREACHABLE", `${redactUrl(url)} cannot be reached: ${why}`, { cause });
}
