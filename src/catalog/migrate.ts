// SPDX-License-Identifier: Apache-2.0
import { formatDiff, loadMappings, migrateDockerfile, parseRegistry, toMigrationJson } from "../migrate/index.js";
import type { CatalogDeps } from "./deps.js";
import type { MigrationAnswer } from "./models.js";

/** Longer ones are for the command: a request is answered while others wait. In characters. */
export const MAX_DOCKERFILE = 65_536;

export interface MigrateRequest {
  readonly dockerfile: string;
  /** @default this registry */
  readonly registry?: string;
}

/** Rewrites a Dockerfile as `basalt migrate -` does: without a build context, and nothing is built. @throws DockerfileFault, BasaltError `USAGE` */
export async function migrateText(
  { dockerfile, registry }: MigrateRequest,
  { publicHost }: Pick<CatalogDeps, "publicHost">,
): Promise<MigrationAnswer> {
  const options = { registry: parseRegistry(registry ?? publicHost(), "registry") };
  const migration = migrateDockerfile(dockerfile, await loadMappings(), options);
  return { ...toMigrationJson(migration), diff: formatDiff(dockerfile, migration.text, "Dockerfile") };
}
