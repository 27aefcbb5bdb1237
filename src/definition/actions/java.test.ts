// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runScript, scriptOf } from "../../../test/support/actions.js";
import { temporaryFolder } from "../../../test/support/temporary.js";

const MIRROR = "https://mirror.test/maven?a=b";

it.each([
  ["mvn/mirror@v1", ".m2/settings.xml"],
  ["gradle/mirror@v1", ".gradle/init.d/mirror.gradle"],
])("%s writes the mirror of the environment, without secrets, or says that there is none", (uses, path) => {
  const folder = temporaryFolder();
  const without = runScript(scriptOf(uses), folder);
  expect(without).toEqual({ status: 0, output: expect.stringContaining("names no mirror") as string });
  expect(existsSync(join(folder, path))).toBe(false);
  const env = { MAVEN_MIRROR: MIRROR, MAVEN_USER: "somebody", MAVEN_PASSWORD: "secret" };
  expect(runScript(scriptOf(uses), folder, { env })).toEqual({ status: 0, output: "" });
  const text = readFileSync(join(folder, path), "utf8");
  expect(text).toContain(MIRROR);
  expect(text).toMatch(/MAVEN_PASSWORD/);
  expect(text).not.toMatch(/secret|somebody/);
});

it.each([
  "https://a.test/<b>",
  'https://a.test/"',
  "https://a.test/ b",
  "https://a.test/$b",
  String.raw`https://a.test/\b`,
])("an address that would leave its quotes is refused: %s", (address) => {
  for (const uses of ["mvn/mirror@v1", "gradle/mirror@v1"])
    expect(runScript(scriptOf(uses), temporaryFolder(), { env: { MAVEN_MIRROR: address } })).toEqual({
      status: 1,
      output: "MAVEN_MIRROR is not a URL\n",
    });
});
