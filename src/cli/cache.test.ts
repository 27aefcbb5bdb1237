// SPDX-License-Identifier: Apache-2.0
import { readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { basaltOn } from "../../test/support/commands.js";
import { testHost } from "../../test/support/host.js";
import { hostFor, run, world } from "../../test/support/pipeline.js";
import { BasaltError } from "../errors.js";

const NOW = (): Date => new Date();

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

describe("basalt cache", () => {
  it("an empty cache is said to be one", async () => {
    const host = testHost({ now: NOW });
    expect((await basaltOn(host, "cache", "df")).stdout).toBe(`nothing is in the cache ${host.home.cache}\n`);
    expect((await basaltOn(host, "cache", "prune")).stdout).toBe("removed 0 entries (0 B)\n");
  });

  it("a build fills it; df says with what, prune empties it, and the next build has the same digest", async () => {
    const here = await world();
    const host = hostFor(here);
    const first = await run(host, here.definition);
    const df = JSON.parse((await basaltOn(host, "cache", "df", "--json")).stdout) as {
      readonly kinds: readonly { readonly kind: string; readonly sizeBytes: number }[];
      readonly sizeBytes: number;
    };
    expect(df.kinds.map(({ kind }) => kind)).toEqual(["downloads", "layers", "indexes", "releases", "surfaces"]);
    const { stdout: table } = await basaltOn(host, "cache", "df");
    expect(table).toMatch(/^ *Kind +│ +Entries +│ +Size +│ +Oldest use +│ +Newest use/);
    const kept = await basaltOn(host, "cache", "prune", "--all");
    expect(kept.stdout).toMatch(/^removed 0 entries \(0 B\); kept \d+ \(.*\) that running commands may use\n$/);
    await host.cache.leave();
    const { stdout } = await basaltOn(host, "cache", "prune", "--all", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ sizeBytes: df.sizeBytes, failures: [], inUse: { entries: 0 } });
    expect(filesBelow(host.home.cache)).toEqual([]);
    const second = await run(hostFor(here, { home: host.home.root }), here.definition);
    expect(second.digest).toBe(first.digest);
  });

  it.each(["downloads", "layers", "indexes", "releases"])(
    "the next build has the same digest when %s are gone",
    async (kind) => {
      const here = await world();
      const host = hostFor(here);
      const first = await run(host, here.definition);
      await host.cache.leave();
      const { stdout } = await basaltOn(host, "cache", "prune", "--all", "--kind", kind);
      expect(stdout).toMatch(new RegExp(`^${kind}: [1-9]`));
      expect((await run(hostFor(here, { home: host.home.root }), here.definition)).digest).toBe(first.digest);
    },
  );

  it("without options only what was not used for 30 days goes", async () => {
    const host = testHost({ now: NOW });
    await host.cache.store(streamOnce("old"));
    const old = new Date(Date.now() - 31 * 24 * 60 * 60 * 1000);
    for (const path of filesBelow(join(host.home.cache, "content"))) utimesSync(path, old, old);
    await host.cache.store(streamOnce("young"));
    await host.cache.leave();
    const dry = await basaltOn(host, "cache", "prune", "--dry-run");
    expect(dry.stdout).toBe("downloads: 1 (3 B)\nwould remove 1 entries (3 B)\n");
    expect((await basaltOn(host, "cache", "prune")).stdout).toBe("downloads: 1 (3 B)\nremoved 1 entries (3 B)\n");
    expect((await basaltOn(host, "cache", "prune", "--keep-bytes", "4")).stdout).toContain("removed 1 entries (5 B)");
  });

  const wrong = [
    ["--older-than", "soon"],
    ["--keep-bytes", "much"],
    ["--kind", "blobs"],
    ["--all", "--keep-bytes", "1G"],
    ["--all", "--older-than", "1d"],
  ];
  it.each(wrong)("wrong options: %s %s", async (...flags) => {
    expect(await basaltOn(testHost(), "cache", "prune", ...flags)).toMatchObject({ code: 64, stdout: "" });
  });
});

describe("a cache that was damaged", () => {
  const damages = [
    { summary: "files of no bytes", damage: (path: string) => writeFileSync(path, "") },
    { summary: "files of other text", damage: (path: string) => writeFileSync(path, "{}") },
    {
      summary: "files cut in half",
      damage: (path: string) => writeFileSync(path, "x".repeat(statSync(path).size >> 1)),
    },
    { summary: "files that are gone", damage: (path: string) => rmSync(path) },
  ];
  it.each(damages)(
    "$summary, in each part of it: at most one clear error, then the same digest",
    async ({ damage }) => {
      const here = await world();
      const host = hostFor(here);
      const { digest } = await run(host, here.definition);
      for (const part of ["indexes", "layers", "releases", "content"]) {
        for (const path of filesBelow(join(host.home.cache, part))) damage(path);
        const again = await run(host, here.definition).catch((error: unknown) => error);
        const code = again instanceof BasaltError ? again.code : undefined;
        if (code !== undefined) expect([part, code]).toEqual([part, "CACHE_DAMAGED"]);
        const built = again instanceof Error ? await run(host, here.definition) : again;
        expect([part, built]).toMatchObject([part, { digest }]);
      }
    },
  );
});

async function* streamOnce(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}
