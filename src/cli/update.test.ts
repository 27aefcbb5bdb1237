// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { basaltOn, testContext, type CommandResult } from "../../test/support/commands.js";
import { definitionText } from "../../test/support/definitions.js";
import { startHttp } from "../../test/support/http-server.js";
import { testHost } from "../../test/support/host.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import { runUpdate, type UpdateFlags } from "./update.js";

interface Catalogue {
  readonly update: (targets: readonly string[], flags?: UpdateFlags) => Promise<CommandResult>;
  readonly read: (path: string) => string;
}

/**
 * A working folder with three definitions: `old` has something to change, `same` has not, `bad` has a tracker that fails, too.
 */
async function startCatalogue(): Promise<Catalogue> {
  const server = await startHttp((request, response) => {
    response.writeHead(request.url === "/v" ? 200 : 404).end("2.0");
  });
  const tracker = (path: string, variable: string): unknown => {
    return { type: "file", url: `${server.url}${path}`, set: { [variable]: "^.*" } };
  };
  const folder = temporaryFolder();
  const files = {
    "images/old/1.yaml": definitionText({ image: "old", vars: { V: "1.0" }, track: [tracker("v", "V")] }),
    "images/old/info.yaml": "metadata: {}\n",
    "images/same/1.yaml": definitionText({ image: "same", vars: { V: "2.0" }, track: [tracker("v", "V")] }),
    "reference/bad/1.yaml": definitionText({
      image: "bad",
      vars: { V: "1.0", W: "1" },
      track: [tracker("gone", "W"), tracker("v", "V")],
    }),
    "images/none/1.yaml": definitionText({ image: "none" }),
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const below = (text: string): string => text.replaceAll(`${folder}/`, "").replaceAll(server.url, "URL/");
  return {
    update: async (targets, flags = {}) => {
      const context = testContext();
      const code = await runUpdate(
        targets.map((target) => target.replace("./", `${folder}/`)),
        flags,
        context,
        folder,
      );
      return { code, stdout: below(context.console.stdout()), stderr: below(context.console.stderr()) };
    },
    read: (path) => readFileSync(join(folder, path), "utf8"),
  };
}

describe("basalt update", () => {
  it("all definitions of the working folder: a line for each change, and problems of their own", async () => {
    const { update, read } = await startCatalogue();
    const { code, stdout, stderr } = await update([]);
    expect(code).toBe(1);
    expect(stdout).toBe(
      [
        "images/none/1.yaml: tracks nothing",
        "images/old/1.yaml: V 1.0 -> 2.0 (URL/v)",
        "images/same/1.yaml: up to date",
        "reference/bad/1.yaml: V 1.0 -> 2.0 (URL/v)",
        "",
      ].join("\n"),
    );
    expect(stderr).toMatch(/^error: HTTP_STATUS: reference\/bad\/1\.yaml: URL\/gone answered 404; [^\n]+\n$/);
    expect(read("images/old/1.yaml")).toContain('V: "2.0"');
    expect(read("reference/bad/1.yaml")).toContain('V: "2.0"\n  W: "1"');
    expect((await update(["./images/old/1.yaml"])).stdout).toBe("images/old/1.yaml: up to date\n");
  });

  const cases: readonly {
    readonly summary: string;
    readonly argv: readonly string[];
    readonly flags?: UpdateFlags;
    readonly code: number;
    readonly says: RegExp;
  }[] = [
    { summary: "a file", argv: ["./images/old/1.yaml"], code: 0, says: /^images\/old\/1\.yaml: V 1\.0 -> 2\.0/ },
    { summary: "a name of the catalogue", argv: ["old"], code: 0, says: /^images\/old\/1\.yaml: V 1\.0 -> 2\.0/ },
    { summary: "a file that is named twice", argv: ["old:1", "./images/old/1.yaml"], code: 0, says: /^[^\n]+\n$/ },
    { summary: "a change that was asked about", argv: ["old"], flags: { exitCode: true }, code: 2, says: /V 1\.0/ },
    {
      summary: "a change that would be, and was asked about",
      argv: ["old"],
      flags: { dryRun: true, exitCode: true },
      code: 2,
      says: /V 1\.0/,
    },
    {
      summary: "no change, and it was asked about",
      argv: ["same"],
      flags: { exitCode: true },
      code: 0,
      says: /up to date/,
    },
    {
      summary: "a problem weighs more than a change",
      argv: ["bad"],
      flags: { exitCode: true },
      code: 1,
      says: /V 1\.0/,
    },
    { summary: "no such file", argv: ["./x.yaml", "old"], code: 1, says: /^images\/old\/1\.yaml: V/ },
  ];
  it.each(cases)("$summary", async ({ argv, flags, code, says }) => {
    const { update } = await startCatalogue();
    const result = await update(argv, flags);
    expect(result.code, result.stderr).toBe(code);
    expect(result.stdout).toMatch(says);
  });

  it("a dry run says the same and writes nothing", async () => {
    const { update, read } = await startCatalogue();
    const { code, stdout } = await update(["old"], { dryRun: true });
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("V 1.0 -> 2.0") as string });
    expect(read("images/old/1.yaml")).toContain('V: "1.0"');
  });

  it("--json prints one document and nothing else", async () => {
    const { update } = await startCatalogue();
    const { stdout, stderr } = await update(["bad", "same"], { json: true });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({
      dryRun: false,
      definitions: [
        {
          file: "reference/bad/1.yaml",
          trackers: 2,
          written: true,
          changes: [{ variable: "V", from: "1.0", to: "2.0", source: expect.any(String) as string }],
          notes: [],
          problems: [{ code: "HTTP_STATUS", message: expect.any(String) as string }],
        },
        { file: "images/same/1.yaml", written: false, changes: [], problems: [] },
      ],
    });
  });

  const nowhere = [{ targets: [] }, { targets: ["nobody"] }];
  it.each(nowhere)("a folder without what was asked for is an error: $targets", async ({ targets }) => {
    const work = runUpdate(targets, {}, testContext(), temporaryFolder());
    expect(await codeOf(() => work)).toBe("DEFINITION_NOT_FOUND");
  });

  it("the command line says the same of a file", async () => {
    const file = join(temporaryFolder(), "x.yaml");
    writeFileSync(file, definitionText());
    const result = await basaltOn(testHost(), "update", file, "--dry-run", "-e");
    expect(result).toEqual({ code: 0, stdout: `${file}: tracks nothing\n`, stderr: "" });
  });
});
