// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import type { Host } from "../host/host.js";

/** Where the server listens unless told otherwise. Docker speaks plain HTTP with `localhost`. */
export const DEFAULT_LISTEN = { host: "127.0.0.1", port: 5050 } as const;

/** `host[:port]` of this installation's registry, as people write it in image names; `BASALT_PUBLIC_URL` overrides. */
export function publicHost(host: Pick<Host, "env">): string {
  const configured = host.env["BASALT_PUBLIC_URL"];
  if (configured !== undefined && URL.canParse(configured)) return new URL(configured).host;
  return `localhost:${DEFAULT_LISTEN.port}`;
}

const MIRROR = /^[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:\/[a-z0-9._/-]+)?$/;

/** `HOST[:PORT][/PREFIX]` of other registries that have copies of what is built here, from `BASALT_MIRRORS`. @throws BasaltError `USAGE` */
export function mirrorsOf({ env }: Pick<Host, "env">): readonly string[] {
  const mirrors = (env["BASALT_MIRRORS"] ?? "").split(/[\s,]+/).filter((text) => text !== "");
  const wrong = mirrors.find((text) => !MIRROR.test(text));
  if (wrong === undefined) return mirrors;
  throw new BasaltError("USAGE", `BASALT_MIRRORS lists HOST[:PORT][/PREFIX], and not ${JSON.stringify(wrong)}`);
}

/** Where what is built here can be had: this installation's registry, and its mirrors. */
export function registriesOf(host: Pick<Host, "env">): readonly string[] {
  return [publicHost(host), ...mirrorsOf(host)];
}
