// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { basaltOn } from "../../test/support/commands.js";
import { testHost } from "../../test/support/host.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { lintFiles } from "../definition/index.js";

const BEFORE = `FROM python:3.13
RUN apt-get update && apt-get install -y libpq5
COPY app.py /app.py
CMD python /app.py
`;
const AFTER = `FROM registry.example/python:3.13_libpq5
COPY app.py /app.py
CMD ["python", "/app.py"]
`;

function dockerfile(text: string): string {
  const path = join(temporaryFolder(), "Dockerfile");
  writeFileSync(path, text);
  return path;
}

async function migrate(path: string, ...flags: readonly string[]) {
  return basaltOn(testHost(), "migrate", path, "--registry", "registry.example", ...flags);
}

describe("basalt migrate", () => {
  it("prints the new file to stdout, and why to stderr", async () => {
    const { code, stdout, stderr } = await migrate(dockerfile(BEFORE));
    expect({ code, stdout }).toEqual({ code: 0, stdout: AFTER });
    expect(stderr).toMatch(/Dockerfile: 4 changes\n {2}1 {2}base-image: .*\n/);
    expect(stderr).toContain("Images to build first:\n  python:3.13_libpq5: python:3.13 with libpq5\n");
  });

  it("prints a diff that says what to change", async () => {
    const { stdout } = await migrate(dockerfile(BEFORE), "--diff");
    expect(stdout).toContain('-CMD python /app.py\n+CMD ["python", "/app.py"]\n');
    expect(stdout).toMatch(/^--- a\/.*Dockerfile\n\+\+\+ b\/.*Dockerfile\n@@ -1,4 \+1,3 @@\n/);
  });

  it("writes the file, and a definition that lints clean for what it needs", async () => {
    const path = dockerfile(BEFORE);
    const { stdout } = await migrate(path, "--write");
    const folder = join(path, "..");
    expect(readFileSync(path, "utf8")).toBe(AFTER);
    expect(readdirSync(folder).toSorted()).toEqual(["Dockerfile", "python-3.13_libpq5.basalt.yaml"]);
    expect(stdout.split("\n").filter((line) => line !== "")).toHaveLength(2);
    const definition = join(folder, "python-3.13_libpq5.basalt.yaml");
    expect((await lintFiles([definition], { today: "2026-11-25" })).problems).toEqual([]);
    expect(readFileSync(definition, "utf8")).toContain("    - libpq5\n");
    // What was written is left alone the next time
    expect((await migrate(path, "--write")).stdout).toBe("");
  });

  it("writes a definition that needs no file but itself", async () => {
    const path = dockerfile("FROM php:8.4-fpm\nRUN docker-php-ext-install pdo_mysql\nCOPY . /var/www/html\n");
    await migrate(path, "--write");
    const definition = join(path, "..", "php-8.4-fpm_php8.4-mysql.basalt.yaml");
    expect(readFileSync(definition, "utf8")).not.toContain("includes:");
    expect((await lintFiles([definition], { today: "2026-11-25" })).problems).toEqual([]);
  });

  it("prints one JSON document, and SARIF", async () => {
    const path = dockerfile(BEFORE);
    const { stdout } = await migrate(path, "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      file: path,
      changed: true,
      dockerfile: AFTER,
      changes: expect.arrayContaining([
        expect.objectContaining({ rule: "shell-form", line: 4, before: "CMD python /app.py" }),
      ]),
      findings: [],
      customizations: [{ base: "python:3.13", image: "python:3.13_libpq5", packages: ["libpq5"] }],
    });
    const sarif = JSON.parse((await migrate(path, "--format", "sarif")).stdout) as { runs: { results: object[] }[] };
    expect(sarif.runs[0]?.results).toContainEqual(expect.objectContaining({ ruleId: "shell-form", level: "note" }));
  });

  it("ends with 2 for --strict when something is left for a person", async () => {
    expect((await migrate(dockerfile(BEFORE), "--strict")).code).toBe(0);
    expect((await migrate(dockerfile("FROM python:2\nCMD python\n"), "--strict")).code).toBe(2);
    expect((await migrate(dockerfile("FROM registry.example.com/own:1\n"), "--strict")).code).toBe(2);
  });

  it("prints the original when it cannot be read, and says where and why", async () => {
    const path = dockerfile("FROM a\nRUN <<EOF\nb\n");
    const { code, stdout, stderr } = await migrate(path);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "FROM a\nRUN <<EOF\nb\n" });
    expect(stderr).toContain(`error: DOCKERFILE_INVALID: ${path}:2: the heredoc EOF has no end; `);
    expect((await migrate(path, "--write")).code).toBe(1);
    expect(readFileSync(path, "utf8")).toBe("FROM a\nRUN <<EOF\nb\n");
  });

  it("prints suggestions for a Compose file, and writes nothing", async () => {
    const path = join(temporaryFolder(), "compose.yaml");
    writeFileSync(path, "services:\n  app:\n    image: node:22\n");
    const { code, stdout } = await migrate(path);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `${path}:3: base-image: image: registry.example/node:22 instead of node:22\n`,
    });
    expect(JSON.parse((await migrate(path, "--json")).stdout)).toMatchObject({ file: path, findings: [{ line: 3 }] });
    expect((await migrate(path, "--write")).code).toBe(64);
  });

  it.each([
    [["--build-on", "moon"], /--build-on is auto, dev or ordinary/],
    [["--format", "xml"], /unknown format "xml"/],
  ])("refuses %j", async (flags, message) => {
    const { code, stderr } = await migrate(dockerfile(BEFORE), ...flags);
    expect(code).toBe(64);
    expect(stderr).toMatch(message);
  });

  it("refuses what says how to try it when it is not tried, and to try what is no Dockerfile", async () => {
    const { code, stderr } = await migrate(dockerfile(BEFORE), "--env", "A=1");
    expect([code, stderr]).toEqual([64, expect.stringContaining("--env says how to try it, and --verify is missing")]);
    const compose = join(temporaryFolder(), "compose.yaml");
    writeFileSync(compose, "services: { a: { image: 'node:22' } }\n");
    expect((await migrate(compose, "--verify")).code).toBe(64);
  });

  it("refuses a registry that is none, and a file that is not there", async () => {
    const path = dockerfile(BEFORE);
    expect(await basaltOn(testHost(), "migrate", path, "--registry", "https://a b")).toMatchObject({ code: 64 });
    expect((await migrate(join(path, "none"))).code).toBe(1);
  });
});
