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

/** Another program's file, in which members may be missing, or of another kind than they should be. */
type JsonObject = Readonly<Record<string, unknown>>;

const IDENTITY_TOKEN_USER = "<token>";
/** What Docker and podman call Docker Hub. */
const DOCKER_HUB_KEYS = ["https://index.docker.io/v1/", "docker.io"];

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
      if (path === undefined) continue;
      const found = await lookUp(parseObject((await readTextIfAny(path)) ?? ""), registry, env);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

async function lookUp(config: JsonObject, registry: string, env: Host["env"]): Promise<StoredCredentials | undefined> {
  const keys = registry === "docker.io" ? DOCKER_HUB_KEYS : [registry, `https://${registry}`, `http://${registry}`];
  for (const key of keys) {
    const helper = textOf(objectOf(config["credHelpers"])[key]) ?? textOf(config["credsStore"]);
    const fromHelper = helper === undefined ? undefined : await askHelper(helper, key, env);
    if (fromHelper !== undefined) return fromHelper;
    const entry = objectOf(objectOf(config["auths"])[key]);
    const token = textOf(entry["identitytoken"]);
    if (token !== undefined) return { kind: "identity-token", token };
    const text = Buffer.from(textOf(entry["auth"]) ?? "", "base64").toString("utf8");
    const colon = text.indexOf(":");
    if (colon > 0)
      return { kind: "password", credentials: { user: text.slice(0, colon), password: text.slice(colon + 1) } };
  }
  return undefined;
}

/** Source: docker/docker-credential-helpers, credentials/credentials.go. */
async function askHelper(name: string, key: string, env: Host["env"]): Promise<StoredCredentials | undefined> {
  const program = findProgram(`docker-credential-${name}`, env);
  if (program === undefined) return undefined;
  const result = await runProgram(program, ["get"], { input: key, env });
  if (result.exitCode !== 0) return undefined; // "credentials not found in native keychain"
  const answer = parseObject(result.stdout);
  const [user, secret] = [textOf(answer["Username"]), textOf(answer["Secret"])];
  if (user === undefined || secret === undefined) return undefined;
  return user === IDENTITY_TOKEN_USER
    ? { kind: "identity-token", token: secret }
    : { kind: "password", credentials: { user, password: secret } };
}

/** What cannot be read gives no credentials, as an empty object does. */
function parseObject(text: string): JsonObject {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return {};
  }
}

function objectOf(value: unknown): JsonObject {
  return value !== null && typeof value === "object" ? (value as JsonObject) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
