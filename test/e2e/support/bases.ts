// SPDX-License-Identifier: Apache-2.0
// Images on which a build reaches packages from here: with this machine's mirrors, certificates and registries.
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { debianMirrors, type Mirrors } from "../../../src/distro/debian/mirrors.js";
import { createHost } from "../../../src/host/host.js";
import { must, run } from "./run.js";

export const SOURCES = "/etc/apt/sources.list.d/debian.sources";
const CA = "/opt/ca.pem";

export type Docker = (...args: readonly string[]) => Promise<string>;

/** Builds `tag` on an image that the engine has or can pull. */
export async function adaptBase(image: string, tag: string, folder: string, docker: Docker): Promise<void> {
  const context = await mkdtemp(join(folder, "base-"));
  await copyFile(process.env["NODE_EXTRA_CA_CERTS"] ?? "/etc/ssl/certs/ca-certificates.crt", join(context, "ca.pem"));
  await writeFile(join(context, "debian.sources"), await sourcesOf(image, await debianMirrors(createHost()), docker));
  const environment = {
    NODE_EXTRA_CA_CERTS: CA,
    SSL_CERT_FILE: CA,
    PIP_CERT: CA,
    // Debian marks its Python as its own, and the official image's is not
    PIP_BREAK_SYSTEM_PACKAGES: "1",
    NPM_CONFIG_REGISTRY: (await must("npm", ["config", "get", "registry"])).trim(),
    ...(await goEnvironment()),
  };
  const dockerfile = [
    `FROM ${image}`,
    `COPY debian.sources ${SOURCES}`,
    `COPY ca.pem ${CA}`,
    `ENV ${Object.entries(environment)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join(" ")}`,
    "",
  ].join("\n");
  await writeFile(join(context, "Dockerfile"), dockerfile);
  await docker("build", "--no-cache", "-q", "-t", tag, context);
}

/** The image's own sources, with this machine's mirrors in place of the public one. */
async function sourcesOf(image: string, mirrors: Mirrors, docker: Docker): Promise<string> {
  const text = await docker("run", "--rm", "--entrypoint", "cat", image, SOURCES);
  return text.replaceAll(/^URIs: \S+\/(debian|debian-security)$/gm, (_line, repository: keyof Mirrors) => {
    return `URIs: ${mirrors[repository].href}`;
  });
}

/** Where this machine's Go gets modules; nothing where it has no Go. */
async function goEnvironment(): Promise<Readonly<Record<string, string>>> {
  const go = ["/usr/local/go/bin/go", "/usr/bin/go"].find((path) => existsSync(path));
  const proxy = go === undefined ? undefined : (await run(go, ["env", "GOPROXY"])).stdout.trim();
  return proxy === undefined || proxy === "" ? {} : { GOPROXY: proxy, GONOSUMDB: "*", GOFLAGS: "-mod=mod" };
}
