// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { expandDefinition, listDefinitions } from "../src/definition/index.js";
import { packageRoot } from "../src/host/paths.js";
import { loadMappings, mapBase } from "../src/migrate/mappings.js";

const mappings = await loadMappings();
const definitions = await listDefinitions(packageRoot());
const images = definitions
  .filter(({ path }) => path.startsWith("images/"))
  .map((definition) => expandDefinition(definition, "linux/amd64"));

describe("the images that Dockerfiles are migrated to", () => {
  const targets = [...mappings.targets.values()].filter(({ planned }) => planned !== true);

  it.each(targets)(
    "$name is in the catalogue, with its tags, its user and a -dev variant to build on",
    ({ name, tags, user, build }) => {
      const own = images.filter(({ image }) => image === name);
      for (const tag of tags) {
        const runtime = own.find((image) => image.tags.includes(tag));
        expect(runtime, `${name}:${tag}`).toMatchObject({ variant: "runtime" });
        if (build === "dev")
          expect(
            own.find((image) => image.tags.includes(`${tag}-dev`)),
            `${name}:${tag}-dev`,
          ).toMatchObject({ variant: "dev" });
        const [uid, gid] = user.split(":").map(Number);
        expect(runtime?.accounts.runAs, `${name}:${tag}`).toEqual({ uid, gid });
      }
    },
  );

  it("are all there are, but for those of Alpine", () => {
    const names = new Set(images.map(({ image }) => image));
    expect([...names].filter((name) => !mappings.targets.has(name))).toEqual(["alpine-base"]);
  });
});

describe("ordinary images", () => {
  it.each([
    ["node", "22-bookworm-slim", "node:22"],
    ["docker.io/library/node", "22.3.1", "node:22"],
    ["library/node", "lts-alpine", "node:26"],
    ["node", "18", "node:22"],
    ["node", "99", "node:undefined"],
    ["node", "", "node:26"],
    ["python", "3", "python:3.13"],
    ["python", "3.9.18-slim", "python:3.13"],
    ["public.ecr.aws/docker/library/python", "3.13-alpine", "python:3.13"],
    ["ghcr.io/astral-sh/uv", "0.5-python3.13-bookworm", "python:3.13"],
    ["registry.access.redhat.com/ubi9/python-312", "1-25", "python:3.13"],
    ["registry.access.redhat.com/ubi9/nodejs-22", "latest", "node:22"],
    ["gcr.io/distroless/nodejs22-debian12", "nonroot", "node:22"],
    ["gcr.io/distroless/java21-debian12", "", "openjdk:21"],
    ["eclipse-temurin", "17-jre-alpine", "openjdk:21"],
    ["maven", "3.9-eclipse-temurin-25", "openjdk:25"],
    ["gradle", "8-jdk21", "openjdk:21"],
    ["php", "8.2-fpm-alpine", "php:8.4-fpm"],
    ["php", "8.4-cli", "php:8.4"],
    ["nginx", "1.29", "nginx:1.26"],
    ["mcr.microsoft.com/dotnet/aspnet", "8.0", "aspnetcore:8"],
    ["gcr.io/distroless/static-debian12", "nonroot", "static:13"],
    ["gcr.io/distroless/cc-debian12", "", "static-glibc:13"],
  ])("%s:%s is %s", (name, tag, expected) => {
    const mapped = mapBase(name, tag, mappings);
    expect(`${mapped?.target?.name}:${mapped?.tag}`).toBe(expected);
  });

  it.each(["registry.example/node", "nodered/node-red", "mysql", "node-exporter"])(
    "%s is none that is known",
    (name) => {
      expect(mapBase(name, "1", mappings)).toBeUndefined();
    },
  );
});

describe("packages", () => {
  const known = [...new Set(mappings.packages.apt.values())];

  it("are sorted, each name once, with what runs only for what builds", () => {
    const names = known.map(({ debian }) => debian);
    expect(known.length).toBeGreaterThan(250);
    expect(new Set(names).size).toBe(names.length);
    expect(known.filter(({ use, runtime }) => runtime !== undefined && use !== "build")).toEqual([]);
    for (const kind of ["alpine", "fedora", "aliases"] as const) {
      const all = known.flatMap((entry) => entry[kind] ?? []);
      expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
    }
  });

  it.each([
    ["apt", "libssl1.1", "libssl3t64"],
    ["apk", "postgresql-dev", "libpq-dev"],
    ["dnf", "gcc-c++", "g++"],
  ] as const)("of %s: %s is %s", (manager, name, debian) => {
    expect(mappings.packages[manager].get(name)?.debian).toBe(debian);
  });
});
