// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import type { Host } from "./host.js";
import { findProgram, runProgram } from "./programs.js";

const NPM_URL = /^npm:((?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*)@([^@]+)$/;
const NPM_NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;
/** Three numbers, so that the name means one package for ever. Source: semver.org 2.0.0, items 2, 9 and 10. */
const EXACT_VERSION =
  /^[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

let asked: Promise<string | undefined> | undefined;

/** A package of the npm registry, by name and exact version. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
}

/** Parses `npm:NAME@VERSION`. @throws BasaltError `DEFINITION_INVALID` */
export function parseNpmUrl(url: string): NpmPackage {
  const match = NPM_URL.exec(url);
  if (match?.[1] === undefined || match[2] === undefined || !EXACT_VERSION.test(match[2]))
    throw new BasaltError("DEFINITION_INVALID", `not an npm: URL with an exact version: ${JSON.stringify(url)}`);
  return { name: match[1], version: match[2] };
}

/** Address of a package's tarball. Source: npm registry API, "dist.tarball": `NAME/-/BASENAME-VERSION.tgz`. @throws BasaltError `NPM_REGISTRY_UNKNOWN` */
export async function npmTarballUrl(npmPackage: NpmPackage, host: Host): Promise<URL> {
  const base = await npmRegistry(host);
  const file = `${npmPackage.name.replace(/^@[^/]+\//, "")}-${npmPackage.version}.tgz`;
  return new URL(`${npmPackage.name}/-/${file}`, base.endsWith("/") ? base : `${base}/`);
}

/** Address of what the registry says of all versions of a package. Source: npm registry API, "GET /{package}". @throws BasaltError `NPM_REGISTRY_UNKNOWN`, `DEFINITION_INVALID` */
export async function npmPackageUrl(name: string, host: Host): Promise<URL> {
  if (!NPM_NAME.test(name))
    throw new BasaltError("DEFINITION_INVALID", `not the name of an npm package: ${JSON.stringify(name)}`);
  const base = await npmRegistry(host);
  return new URL(name.replace("/", "%2f"), base.endsWith("/") ? base : `${base}/`);
}

/** The registry that this machine's npm uses, unless `BASALT_NPM_REGISTRY` names one. @throws BasaltError `NPM_REGISTRY_UNKNOWN` */
async function npmRegistry(host: Host): Promise<string> {
  const configured = host.env["BASALT_NPM_REGISTRY"];
  if (configured !== undefined && configured !== "") {
    if (isHttpUrl(configured)) return configured;
    // Without the value, which may hold a password.
    throw new BasaltError("NPM_REGISTRY_UNKNOWN", "BASALT_NPM_REGISTRY is not an http or https URL");
  }
  const answer = await (asked ??= askNpm());
  if (answer !== undefined && isHttpUrl(answer)) return answer;
  throw new BasaltError(
    "NPM_REGISTRY_UNKNOWN",
    "no npm registry is configured, and there is no npm program to ask for one",
  );
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}

async function askNpm(): Promise<string | undefined> {
  const npm = findProgram("npm");
  if (npm === undefined) return undefined;
  const result = await runProgram(npm, ["config", "get", "registry"], { env: { NO_UPDATE_NOTIFIER: "1" } });
  return result.exitCode === 0 ? result.stdout.trim() : undefined;
}
