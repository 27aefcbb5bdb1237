// SPDX-License-Identifier: Apache-2.0
import type { Host } from "../host/host.js";

/** Where the server listens unless told otherwise. Docker speaks plain HTTP with `localhost`. */
export const DEFAULT_LISTEN = { host: "127.0.0.1", port: 5050 } as const;

/** `host[:port]` of this installation's registry, as people write it in image names; `BASALT_PUBLIC_URL` overrides. */
export function publicHost(host: Pick<Host, "env">): string {
  const configured = host.env["BASALT_PUBLIC_URL"];
  if (configured !== undefined && URL.canParse(configured)) return new URL(configured).host;
  return `localhost:${DEFAULT_LISTEN.port}`;
}
