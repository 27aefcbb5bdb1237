// SPDX-License-Identifier: Apache-2.0
import type { Advisories } from "../advisories/index.js";
import type { Store } from "../store/index.js";

/** What the catalogue's answers are made from. */
export interface CatalogDeps {
  readonly store: Store;
  readonly advisories: () => Promise<Advisories>;
  /** `host[:port]` that image names begin with. */
  readonly publicHost: () => string;
  /** Whether the one who asks may see a repository. */
  readonly mayPull: (repository: string) => boolean;
}
