// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { homeAt, homeOf, packageRoot, programPath, userFolder } from "./paths.js";

describe("the home", () => {
  const cases: readonly { summary: string; env: Readonly<Record<string, string>>; root: string }[] = [
    { summary: "BASALT_HOME is the home", env: { BASALT_HOME: "/srv/basalt" }, root: "/srv/basalt" },
    {
      summary: "BASALT_HOME goes before XDG_DATA_HOME",
      env: { BASALT_HOME: "/srv/basalt", XDG_DATA_HOME: "/data" },
      root: "/srv/basalt",
    },
    {
      summary: "a relative BASALT_HOME lies below the working folder",
      env: { BASALT_HOME: "here" },
      root: resolve("here"),
    },
    { summary: "XDG_DATA_HOME is the home's parent", env: { XDG_DATA_HOME: "/data" }, root: "/data/basalt" },
    {
      summary: "without both the home lies in the user's data folder",
      env: { HOME: "/home/user" },
      root: "/home/user/.local/share/basalt",
    },
    { summary: "without anything it lies there as well", env: {}, root: join(homedir(), ".local/share/basalt") },
    {
      summary: "an empty BASALT_HOME is as if it were not set",
      env: { BASALT_HOME: "", XDG_DATA_HOME: "/data" },
      root: "/data/basalt",
    },
    {
      summary: "an empty XDG_DATA_HOME is as if it were not set, as its specification says",
      env: { XDG_DATA_HOME: "", HOME: "/home/user" },
      root: "/home/user/.local/share/basalt",
    },
    {
      summary: "a relative XDG_DATA_HOME is ignored, as its specification says",
      env: { XDG_DATA_HOME: "data", HOME: "/home/user" },
      root: "/home/user/.local/share/basalt",
    },
  ];
  it.each(cases)("$summary", ({ env, root }) => {
    expect(homeOf(env)).toEqual(homeAt(root));
  });

  it("everything lies below the home, each under its own name", () => {
    const { root, ...parts } = homeAt("/srv/basalt");
    const paths = Object.values(parts);
    expect(paths.every((path) => path.startsWith(`${root}/`))).toBe(true);
    expect(new Set(paths).size).toBe(paths.length);
  });

  it("the user's folder is the environment's, else the machine's", () => {
    expect(userFolder({ HOME: "/home/user" })).toBe("/home/user");
    expect(userFolder({})).toBe(homedir());
  });
});

describe("database and blobs elsewhere", () => {
  const good = [
    { summary: "no URL leaves the place below the home", text: undefined, path: undefined },
    { summary: "an empty URL leaves it as well", text: "", path: undefined },
    { summary: "an absolute path", text: "/srv/x", path: "/srv/x" },
    { summary: "an absolute path behind an empty host", text: "///srv/x", path: "/srv/x" },
    { summary: "a relative path", text: "some/x", path: resolve("some/x") },
    { summary: "a path with a parent folder", text: "/srv/a/../x", path: "/srv/x" },
  ];
  it.each(good)("$summary", ({ text, path }) => {
    const url = (scheme: string): string | undefined => (text === undefined || text === "" ? text : `${scheme}${text}`);
    const home = homeOf({
      BASALT_HOME: "/srv/basalt",
      BASALT_DATABASE_URL: url("sqlite:"),
      BASALT_BLOBS_URL: url("file:"),
    });
    const before = homeAt("/srv/basalt");
    expect(home).toEqual({ ...before, database: path ?? before.database, blobs: path ?? before.blobs });
  });

  const bad = [
    { summary: "another database", env: { BASALT_DATABASE_URL: "postgres://user:secret@db.test/basalt" } },
    { summary: "a database in a file: URL", env: { BASALT_DATABASE_URL: "file:/srv/x" } },
    { summary: "a plain path of a database", env: { BASALT_DATABASE_URL: "/srv/x" } },
    { summary: "another store of blobs", env: { BASALT_BLOBS_URL: "s3://key:secret@bucket" } },
    { summary: "blobs in a sqlite: URL", env: { BASALT_BLOBS_URL: "sqlite:/srv/x" } },
    { summary: "a plain path of blobs", env: { BASALT_BLOBS_URL: "/srv/x" } },
    { summary: "a database without a path", env: { BASALT_DATABASE_URL: "sqlite:" } },
    { summary: "blobs without a path", env: { BASALT_BLOBS_URL: "file:" } },
  ];
  it.each(bad)("refused: $summary", async ({ env }) => {
    expect(await codeOf(() => homeOf({ BASALT_HOME: "/srv/basalt", ...env }))).toBe("USAGE");
  });

  it("the message of a refused URL does not repeat its password", () => {
    const urls = { BASALT_DATABASE_URL: "postgres://user:secret@db.test/basalt" };
    expect(() => homeOf(urls)).toThrow(/^(?!.*secret).*postgres:/);
  });
});

describe("the program's own files", () => {
  it("the package is where its definitions, schemas and keys are", () => {
    const root = packageRoot();
    expect(isAbsolute(root)).toBe(true);
    for (const name of ["package.json", "images", "reference", "schema", "trust"])
      expect(existsSync(join(root, name))).toBe(true);
  });

  it("the program is a part of the package", () => {
    expect(programPath().startsWith(`${packageRoot()}/dist/`)).toBe(true);
  });
});
