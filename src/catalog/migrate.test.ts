// SPDX-License-Identifier: Apache-2.0
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { catalogApp } from "../../test/support/catalog-app.js";
import { MAX_DOCKERFILE } from "./migrate.js";
import type { MigrationAnswer } from "./models.js";

const URL = "/api/v1/migrate";
const DOCKERFILE =
  "FROM python:3.13\nRUN apt-get update && apt-get install -y libpq5\nCOPY app.py /\nCMD python /app.py\n";

describe("POST /api/v1/migrate", () => {
  it("answers as basalt migrate does, in the shape that is documented", async () => {
    const { app, json } = await catalogApp();
    const answer = await app.inject({ method: "POST", url: URL, payload: { dockerfile: DOCKERFILE } });
    expect(answer.statusCode).toBe(200);
    const migration = answer.json<MigrationAnswer>();
    expect(migration).toMatchObject({
      changed: true,
      dockerfile: 'FROM registry.test:5050/python:3.13_libpq5\nCOPY app.py /\nCMD ["python", "/app.py"]\n',
      customizations: [{ base: "python:3.13", image: "python:3.13_libpq5", packages: ["libpq5"] }],
    });
    expect(migration.changes.map(({ rule }) => rule)).toContain("shell-form");
    expect(migration.diff).toContain("-CMD python /app.py");
    const { paths } = await json<{ paths: Record<string, Record<string, { responses: Record<string, never> }>> }>(
      "openapi.json",
    );
    const responses = paths[URL]?.["post"]?.responses as unknown as Readonly<
      Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>
    >;
    const validate = new Ajv2020({ strict: false }).compile(
      responses["200"]?.content["application/json"]?.schema ?? false,
    );
    expect(validate(migration)).toBe(true);
  });

  it("takes another registry", async () => {
    const { app } = await catalogApp();
    const payload = { dockerfile: "FROM node:22\n", registry: "registry.example/hardened/" };
    const answer = await app.inject({ method: "POST", url: URL, payload });
    expect(answer.json<MigrationAnswer>().dockerfile).toBe("FROM registry.example/hardened/node:22\n");
  });

  it.each([
    { summary: "no Dockerfile", payload: {}, expected: [400, "USAGE"] },
    { summary: "what is no text", payload: { dockerfile: { from: "a" } }, expected: [400, "USAGE"] },
    { summary: "too long a text", payload: { dockerfile: `#${" ".repeat(MAX_DOCKERFILE)}` }, expected: [400, "USAGE"] },
    { summary: "an empty one", payload: { dockerfile: "" }, expected: [422, "DOCKERFILE_INVALID"] },
    {
      summary: "an unknown instruction",
      payload: { dockerfile: "FROM a\nRUNN b\n" },
      expected: [422, "DOCKERFILE_INVALID"],
    },
    {
      summary: "one that is read in two ways",
      payload: { dockerfile: "FROM a\nRUN <<EOF\nb\n" },
      expected: [422, "DOCKERFILE_INVALID"],
    },
    {
      summary: "a registry that is none",
      payload: { dockerfile: "FROM a\n", registry: "a b" },
      expected: [400, "USAGE"],
    },
  ])("refuses $summary", async ({ payload, expected }) => {
    const { app } = await catalogApp();
    const answer = await app.inject({ method: "POST", url: URL, payload });
    expect([answer.statusCode, answer.json<{ error: { code: string } }>().error.code]).toEqual(expected);
  });

  it("is for those who may see the catalogue", async () => {
    const { app } = await catalogApp({ anonymousPull: false });
    const answer = await app.inject({ method: "POST", url: URL, payload: { dockerfile: "FROM node:22\n" } });
    expect(answer.statusCode).toBe(401);
  });
});
