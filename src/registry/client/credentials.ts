// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { readTextIfAny } from "../../host/files.js";
import type { Host } from "../../host/host.js";
import { userFolder } from "../../host/paths.js";
import { findProgram, runProgram } from "../../host/programs.js";
import type { Credentials } from "../auth/accounts.js";

/** What is known for a registry. */
export type StoredCredentials =
  | { readonly kind: "password"; readonly credentials: Credentials }
  | { readonly kind: "identity-token"; readonly token: string };

/** Finds what `docker login` or `podman login` stored for a registry's host. */
export type CredentialStore = (host: string) => Promise<StoredCredentials | undefined>;

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

/** What helper programs answer with. Source: docker/docker-credential-helpers, credentials/credentials.go. */
interface HelperAnswer {
  readonly Username?: string;
  readonly Secret?: string;
}

const IDENTITY_TOKEN_USER = "<token>";
const DOCKER_HUB_KEY = "https://index.docker.io/v1/";

/** Docker's own files first, then those of podman, buildah and skopeo. */
export function createCredentialStore(host: Host): CredentialStore {
  const { env } = host;
  const docker = join(env["DOCKER_CONFIG"] ?? join(userFolder(env), ".docker"), "config.json");
  const containers = [
    env["REGISTRY_AUTH_FILE"],
    ...(env["XDG_RUNTIME_DIR"] === undefined ? [] : [join(env["XDG_RUNTIME_DIR"], "containers", "auth.json")]),
  ];
  return async (registry) => {
    for (const path of [docker, ...containers]) {
      const config = path === undefined ? undefined : await readConfig(path);
      const found = config === undefined ? undefined : await lookUp(config, registry, env);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

async function readConfig(path: string): Promise<DockerConfig | undefined> {
  const text = await readTextIfAny(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as DockerConfig;
  } catch {
    return undefined; // another program's file: what cannot be read gives no credentials
  }
}

async function lookUp(
  config: DockerConfig,
  registry: string,
  env: Host["env"],
): Promise<StoredCredentials | undefined> {
  const keys = registry === "docker.io" ? [DOCKER_HUB_KEY] : [registry, `https://${registry}`, `http://${registry}`];
  for (const key of keys) {
    const helper = config.credHelpers?.[key] ?? config.credsStore;
    const fromHelper = helper === undefined || helper === "" ? undefined : await askHelper(helper, key, env);
    if (fromHelper !== undefined) return fromHelper;
    const entry = config.auths?.[key];
    if (entry?.identitytoken !== undefined && entry.identitytoken !== "")
      return { kind: "identity-token", token: entry.identitytoken };
    const text = Buffer.from(entry?.auth ?? "", "base64").toString("utf8");
    const colon = text.indexOf(":");
    if (colon > 0)
      return { kind: "password", credentials: { user: text.slice(0, colon), password: text.slice(colon + 1) } };
  }
  return undefined;
}

async function askHelper(name: string, key: string, env: Host["env"]): Promise<StoredCredentials | undefined> {
  const program = findProgram(`docker-credential-${name}`, env);
  if (program === undefined) return undefined;
  const result = await runProgram(program, ["get"], { input: key, env });
  if (result.exitCode !== 0) return undefined; // "credentials not found in native keychain"
  try {
    const { Username: user, Secret: secret } = JSON.parse(result.stdout) as HelperAnswer;
    if (user === undefined || secret === undefined || secret === "") return undefined;
    return user === IDENTITY_TOKEN_USER
      ? { kind: "identity-token", token: secret }
      : { kind: "password", credentials: { user, password: secret } };
  } catch {
    return undefined;
  }
}
