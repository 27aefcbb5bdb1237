// SPDX-License-Identifier: Apache-2.0
import { statIfAny } from "./files.js";
import { createHttpClient, HTTP_LIMITS, type HttpClient, type HttpRequest, type HttpResponse } from "./http.js";

/** Asks the Docker engine. Source: Docker Engine API, v1.41. */
export interface EngineApi {
  readonly request: (path: string, options?: HttpRequest) => Promise<HttpResponse>;
  /** Whether it is reached by a socket of this machine. */
  readonly isLocal: boolean;
}

const DEFAULT_SOCKET = "/var/run/docker.sock";

/** Connects to the engine of `DOCKER_HOST`, or of the usual socket; undefined where none answers. `idleTimeoutMs` bounds its silence. */
export async function openEngineApi(
  env: Readonly<Record<string, string | undefined>>,
  idleTimeoutMs: number = HTTP_LIMITS.idleTimeoutMs,
): Promise<EngineApi | undefined> {
  const connection = await connect(env["DOCKER_HOST"] ?? "", idleTimeoutMs);
  if (connection === undefined) return undefined;
  const { http, base, isLocal } = connection;
  const request: EngineApi["request"] = (path, options = {}) => http.request(new URL(path, base), options);
  const answer = await request("/_ping").catch(() => undefined);
  await answer?.cancel();
  return answer?.status === 200 ? { request, isLocal } : undefined;
}

/** Why the engine refuses, in its own words. */
export function engineMessage(answer: string, status: number): string {
  return /"message"\s*:\s*"([^"]*)"/.exec(answer)?.[1] ?? `status ${status}`;
}

interface Connection {
  readonly http: HttpClient;
  readonly base: URL;
  readonly isLocal: boolean;
}

async function connect(configured: string, idleTimeoutMs: number): Promise<Connection | undefined> {
  const limits = { ...HTTP_LIMITS, idleTimeoutMs };
  if (configured === "" || configured.startsWith("unix://")) {
    const socketPath = configured === "" ? DEFAULT_SOCKET : configured.slice("unix://".length);
    if ((await statIfAny(socketPath)) === undefined) return undefined;
    return { http: createHttpClient({ socketPath, limits }), base: new URL("http://docker/"), isLocal: true };
  }
  const address = configured.replace(/^tcp:/, "http:");
  return URL.canParse(address) && /^https?:/.test(address)
    ? { http: createHttpClient({ limits }), base: new URL(address), isLocal: false }
    : undefined;
}
