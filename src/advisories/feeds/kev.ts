// SPDX-License-Identifier: Apache-2.0
import { requireAllTexts } from "../texts.js";
import { createFeed, type Feed } from "../feed.js";

/** Known Exploited Vulnerabilities. Source: CISA, known_exploited_vulnerabilities_schema.json. */
export interface KevCatalog {
  readonly catalogVersion: string;
  readonly dateReleased: string;
  readonly vulnerabilities: readonly { readonly cveID: string; readonly dateAdded: string }[];
}

export function isKevCatalog(value: unknown): value is KevCatalog {
  return (
    value !== null &&
    typeof value === "object" &&
    "catalogVersion" in value &&
    "vulnerabilities" in value &&
    Array.isArray(value.vulnerabilities)
  );
}

export function readKevCatalog(catalog: KevCatalog): Feed {
  return createFeed({
    kind: "kev",
    title: "CISA Known Exploited Vulnerabilities",
    asOf: catalog.dateReleased,
    exploited: catalog.vulnerabilities.map((item) => {
      requireAllTexts(item, ["cveID", "dateAdded"]);
      return { id: item.cveID, addedOn: item.dateAdded };
    }),
  });
}
