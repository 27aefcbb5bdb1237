// SPDX-License-Identifier: Apache-2.0
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { catalogApp } from "../../test/support/catalog-app.js";
import { debianImage, lookThrough, putCatalogEntry } from "../../test/support/debian-images.js";
import { advisoriesOf, cvssText, trackerText, VECTORS } from "../../test/support/feed-files.js";
import { putImage } from "../../test/support/store.js";

interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Every route of the API, as the document writes it, with a request that is answered well. */
const ROUTES = {
  "/api/v1/images": "images",
  "/api/v1/images/{name}": "images/node",
  "/api/v1/images/{name}/logo": "images/node/logo",
  "/api/v1/images/{name}/versions/{reference}": "images/node/versions/22",
  "/api/v1/compare": "compare?image=node:22&to=reference/node:22",
  "/api/v1/status": "status",
};

describe("openapi.json", () => {
  it("lists every route and no other", async () => {
    const document = await (await catalogApp()).json<Document>("openapi.json");
    // What is sent there has a test of its own
    const paths = [...Object.keys(ROUTES), "/api/v1/migrate"];
    expect(Object.keys(document.paths).toSorted()).toEqual(paths.toSorted());
    expect(document).toMatchObject({ openapi: "3.1.0", info: { title: "Basalt catalogue", version: "1.2.3" } });
  });

  it("says of each route what it is for and what it takes", async () => {
    const { paths } = await (await catalogApp()).json<Document>("openapi.json");
    for (const [path, { get, post }] of Object.entries(paths)) {
      expect((get ?? post)?.summary, path).toBeTruthy();
      const named = [...path.matchAll(/\{([a-z]+)\}/g)].map((match) => match[1]);
      const inPath = (get?.parameters ?? []).filter((parameter) => parameter.in === "path");
      expect(
        inPath.map((parameter) => [parameter.name, parameter.required]),
        path,
      ).toEqual(named.map((name) => [name, true]));
    }
  });

  it("points only to what is in it", async () => {
    const document = await (await catalogApp()).json<Document>("openapi.json");
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? "");
    for (const reference of references) {
      let value: unknown = document;
      for (const step of reference.split("/").slice(1)) value = (value as Readonly<Record<string, unknown>>)[step];
      expect(value, reference).toBeTypeOf("object");
    }
  });

  it("describes what is answered", async () => {
    const advisories = await advisoriesOf([
      trackerText({
        bash: { "CVE-2026-0001": { trixie: { status: "resolved", fixed_version: "6-1", nodsa: "Minor issue" } } },
        linux: { "CVE-2026-0002": { trixie: { status: "open" } } },
      }),
      cvssText({ "CVE-2026-0001": { "nvd:v3": VECTORS.high } }),
    ]);
    const api = await catalogApp({ advisories });
    await putImage(api.store, "node", debianImage({ packages: ["bash 5-1", "linux-libc-dev 6-1 linux"] }), ["22"]);
    await putImage(api.store, "reference/node", debianImage({ packages: ["bash 5-0", "zlib1g 1-1 zlib"] }), ["22"]);
    for (const name of ["node:22", "reference/node:22"]) await lookThrough(api.store, name);
    await putCatalogEntry(api.store, "node", { logo: "<svg/>", homeUrl: "https://nodejs.org" });
    const { paths } = await api.json<Document>("openapi.json");
    const ajv = new Ajv2020({ strict: false });
    for (const [path, request] of Object.entries(ROUTES)) {
      const schema = paths[path]?.["get"]?.responses["200"]?.content?.["application/json"]?.schema;
      if (schema === undefined) {
        expect(path).toMatch(/logo$/); // SVG, which no schema describes
        continue;
      }
      const validate = ajv.compile(schema);
      expect(validate(await api.json(request)), `${path}: ${ajv.errorsText(validate.errors)}`).toBe(true);
    }
  });

  it("describes failures, too", async () => {
    const api = await catalogApp();
    const { paths } = await api.json<Document>("openapi.json");
    const schema = paths["/api/v1/images/{name}"]?.["get"]?.responses["4XX"]?.content?.["application/json"]?.schema;
    const validate = new Ajv2020({ strict: false }).compile(schema ?? false);
    expect(validate((await api.get("images/none")).json())).toBe(true);
  });
});

describe("what is sent", () => {
  it("keeps every part of a finding that the scanner gives", async () => {
    const advisories = await advisoriesOf([
      trackerText({
        bash: { "CVE-2026-0001": { trixie: { status: "resolved", fixed_version: "6-1", nodsa: "Minor issue" } } },
        linux: { "CVE-2026-0002": { trixie: { status: "open" } } },
      }),
      cvssText({ "CVE-2026-0001": { "nvd:v3": VECTORS.high } }),
    ]);
    const api = await catalogApp({ advisories });
    await putImage(api.store, "app", debianImage({ packages: ["bash 5-1", "linux-libc-dev 6-1 linux"] }), ["sent"]);
    await lookThrough(api.store, "app:sent");
    const { findings } = await api.json<{ readonly findings: readonly Readonly<Record<string, unknown>>[] }>(
      "images/app/versions/sent",
    );
    expect(findings.map((finding) => Object.keys(finding).toSorted())).toEqual([
      [
        "advisory",
        "affectedRange",
        "cvss",
        "fixedVersion",
        "isExploited",
        "isUnimportant",
        "package",
        "rule",
        "severity",
        "state",
        "title",
        "vulnerability",
      ],
      [
        "advisory",
        "affectedRange",
        "isExploited",
        "isUnimportant",
        "package",
        "rule",
        "severity",
        "state",
        "suppression",
        "vulnerability",
      ],
    ]);
    expect(findings[0]?.["advisory"]).toMatchObject({ note: "Minor issue" });
  });
});
