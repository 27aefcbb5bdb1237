// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runScript, scriptOf, type ScriptRun } from "../../../test/support/actions.js";
import { temporaryFolder } from "../../../test/support/temporary.js";

/** Notes what it was called with, one argument a line; says what it is told to say. */
const GO = `
{ for word; do printf '<%s>' "$word"; done; echo; } >> "$HOME/calls"
case $1 in
  env) echo "\${FAKE_WORK:-}" ;;
  get) echo "\${FAKE_SAID:-go: upgraded a.test/m v1.0.0 => v1.2.0}" >&2; exit "\${FAKE_STATUS:-0}" ;;
esac
{ echo "$GOPROXY"; echo "$CGO_ENABLED"; echo "$GOEXPERIMENT"; echo "$EXTRA"; } > "$HOME/environment" 2>/dev/null
exit 0
`;

function run(
  uses: string,
  inputs: Readonly<Record<string, unknown>>,
  { folder = temporaryFolder(), env = {} }: { folder?: string; env?: Readonly<Record<string, string>> } = {},
): ScriptRun & { readonly calls: readonly string[]; readonly folder: string } {
  const result = runScript(scriptOf(uses, inputs), folder, { programs: { go: GO }, env });
  const log = join(folder, "calls");
  const calls = existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : [];
  return { ...result, calls: calls.filter((call) => !call.startsWith("<env>")), folder };
}

/** What `-ldflags` is given. */
function ldflagsOf(ldflags: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const { calls, output, status } = run("go/build@v1", { packages: ".", ldflags }, { env });
  if (status !== 0) return `failed: ${output.trim()}`;
  return /<-ldflags><([^>]*)>/.exec(calls.join("\n"))?.[1] ?? "";
}

describe("go/build@v1", () => {
  it("builds what can be built again", () => {
    const { calls } = run("go/build@v1", { packages: "./cmd/a ./cmd/b" });
    expect(calls).toEqual(["<build><-trimpath><-buildvcs=false><-ldflags><-buildid=><./cmd/a><./cmd/b>"]);
  });

  it("knows all of its inputs", () => {
    const { calls, folder, status } = run(
      "go/build@v1",
      {
        output: "out/$NAME",
        tags: ["a", "b"],
        "extra-args": ["-p=1"],
        "extra-env": { EXTRA: "x'$NAME" },
        cgo_enabled: 0,
        strip: true,
        tidy: true,
        experiments: "x,y",
      },
      { env: { NAME: "n m" } },
    );
    expect(status).toBe(0);
    expect(calls).toEqual([
      "<mod><tidy>",
      "<build><-trimpath><-buildvcs=false><-ldflags><-buildid= -s -w><-tags><a,b><-o><out/n m><-p=1><.>",
    ]);
    expect(readFileSync(join(folder, "environment"), "utf8")).toBe("off\n0\nx,y\nx'n m\n");
    expect(existsSync(join(folder, "out"))).toBe(true);
  });

  it("leaves the place of a program without a folder free", () => {
    const { calls, folder } = run("go/build@v1", { output: "tool" });
    expect(calls[0]).toContain("<-o><tool><.>");
    expect(existsSync(join(folder, "tool"))).toBe(false);
  });

  const flags: readonly (readonly [summary: string, written: string, expected: string])[] = [
    ["text as it stands", `-X a.B=it's "so" \\n`, `-buildid= -X a.B=it's "so" \\n`],
    ["variables", "-X a.B=$NAME/${NAME}", "-buildid= -X a.B=name/name"],
    ["a default", "-X a.B=${NONE:-x}", "-buildid= -X a.B=x"],
    [
      "the time of the stage",
      "-X a.B=$(date -ud @${SOURCE_DATE_EPOCH} +'%Y-%m-%dT%H:%M:%SZ')",
      "-buildid= -X a.B=2023-11-14T22:13:20Z",
    ],
    ["a quote that a program prints", `-X a.B=$(date -ud @0 +'"%Y')`, `-buildid= -X a.B="1970`],
    ["brackets in quotes of a program", `-X a.B=$(printf '%s' ")('")`, `-buildid= -X a.B=)('`],
    ["a dollar sign", String.raw`-X a.B=\$NAME`, "-buildid= -X a.B=$NAME"],
    ["backquotes as they stand", "-X a.B=`id`", "-buildid= -X a.B=`id`"],
    ["blanks in quotes of Go", "'-X a.B=$BLANK'", "-buildid= '-X a.B=a b'"],
  ];
  it.each(flags)("ldflags: %s", (_summary, written, expected) => {
    expect(ldflagsOf([written], { NAME: "name", BLANK: "a b" })).toBe(expected);
  });

  const breaking: readonly (readonly [summary: string, written: string, value: string])[] = [
    ["a blank makes two flags of one", "-X a.B=$VALUE", "x -linkmode=external"],
    ["a line end, too", "-X a.B=$VALUE", "x\ny"],
    ["a quote at the start is one of Go's", "$VALUE", "'-X"],
    ["a quote ends the one around it", "'-X a.B=$VALUE'", "x' -linkmode=external '"],
  ];
  it.each(breaking)("ldflags: %s, and is refused", (_summary, written, value) => {
    expect(ldflagsOf([written], { VALUE: value })).toMatch(/^failed: ldflags: .* does not stay one flag/s);
  });

  it("a variable that is not there and a program that fails end the step", () => {
    expect(ldflagsOf(["-X a.B=$NONE"])).toMatch(/^failed: .*NONE/);
    expect(ldflagsOf(["-X a.B=$(exit 3)x$(echo fine)"])).toBe("failed: ");
  });
});

describe("go/bump", () => {
  it("sets modules together, then tidies and downloads", () => {
    const inputs = {
      deps: ["a.test/m@v1.2.0", "b.test/n@v2"],
      replaces: ["c=d@v1", "e => ./f"],
      tidy: true,
      download: true,
    };
    const { calls, status } = run("go/bump@v2", inputs);
    expect(status).toBe(0);
    expect(calls).toEqual([
      "<mod><edit><-replace=c=d@v1>",
      "<mod><edit><-replace=e=./f>",
      "<get><a.test/m@v1.2.0><b.test/n@v2>",
      "<mod><tidy>",
      "<mod><download>",
    ]);
  });

  const lowered = { FAKE_SAID: "go: upgraded x v1 => v2\ngo: downgraded a.test/m v1.2.0 => v1.1.0" };
  it("refuses what lowers a version, unless it is wanted", () => {
    const deps = ["a.test/m@v1.1.0"];
    const refused = run("go/bump@v2", { deps }, { env: lowered });
    expect([refused.status, refused.output]).toEqual([1, expect.stringContaining("would be lowered")]);
    expect(run("go/bump@v2", { deps, downgrade: true }, { env: lowered }).status).toBe(0);
  });

  it("fails with what Go says", () => {
    const env = { FAKE_SAID: "go: no such module", FAKE_STATUS: "1" };
    expect(run("go/bump@v1", { deps: ["a@v1"], downgrade: true }, { env })).toMatchObject({
      status: 1,
      output: "go: no such module\n",
    });
  });

  it("keeps vendored modules up to date, of a module and of a workspace", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "vendor"));
    writeFileSync(join(folder, "vendor", "modules.txt"), "");
    expect(run("go/bump@v1", { tidy: true }, { folder }).calls).toEqual(["<mod><tidy>", "<mod><vendor>"]);
    const work = run("go/bump@v1", { download: true }, { folder, env: { FAKE_WORK: join(folder, "go.work") } });
    expect(work.calls.slice(2)).toEqual(["<work><vendor>", "<mod><download>"]);
    expect(run("go/hermetic@v1", {}, { folder }).output).toContain("the modules are in vendor");
  });
});

it("go/hermetic@v1 downloads", () => {
  expect(run("go/hermetic@v1", {}).calls).toEqual(["<mod><download>"]);
});
