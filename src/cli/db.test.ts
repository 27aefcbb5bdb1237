// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { basaltOn } from "../../test/support/commands.js";
import { feedFiles, kevText, nodejsText, trackerText } from "../../test/support/feed-files.js";
import { testHost } from "../../test/support/host.js";
import { startHttp } from "../../test/support/http-server.js";
import { temporaryFolder } from "../../test/support/temporary.js";
import type { Host } from "../host/host.js";

const TRACKER = trackerText({ zlib: { "CVE-2026-0001": { trixie: { status: "open" } } } });

async function hostWithTracker(): Promise<Host> {
  const host = testHost();
  const [path = ""] = feedFiles({ "tracker.json": TRACKER });
  await basaltOn(host, "db", "import", path, "--as-of", "2026-11-01");
  return host;
}

describe("basalt db import", () => {
  it("prints what was taken and notes what was not", async () => {
    const [tracker = "", readme = ""] = feedFiles({ "tracker.json": TRACKER, "README.md": "# x" });
    const ended = await basaltOn(testHost(), "db", "import", dirname(tracker));
    expect(ended).toEqual({
      code: 0,
      stdout: "Debian security tracker: 1 records\n",
      stderr: `passed over ${readme}: not a feed that this version reads\n`,
    });
  });

  it("--as-of says how old the data are, where they do not say it themselves", async () => {
    const host = await hostWithTracker();
    expect((await basaltOn(host, "db", "status")).stdout).toMatch(
      /^Debian security tracker: 1 records, as of 2026-11-01, from \S+tracker\.json\n$/,
    );
  });

  it("--complete says that what is absent is not known to be affected", async () => {
    const host = testHost();
    const [path = ""] = feedFiles({ "tracker.json": TRACKER });
    expect(await basaltOn(host, "db", "import", path, "--complete")).toMatchObject({ code: 0 });
  });

  it.each(["soon", "2026-13-45", ""])("--as-of takes a date: %j is none", async (asOf) => {
    const [path = ""] = feedFiles({ "tracker.json": TRACKER });
    const ended = await basaltOn(testHost(), "db", "import", path, "--as-of", asOf);
    expect(ended.code).toBe(64);
    expect(ended.stderr).toMatch(/^error: USAGE: /);
  });

  it("fails with one line for a file that is no feed, and prints nothing", async () => {
    const [path = ""] = feedFiles({ "x.json": "{}" });
    const ended = await basaltOn(testHost(), "db", "import", path);
    expect([ended.code, ended.stdout]).toEqual([1, ""]);
    expect(ended.stderr).toMatch(/^error: FEED_INVALID: [^\n]+\n$/);
  });
});

describe("basalt db status", () => {
  it("says when there is nothing, and what to do", async () => {
    const ended = await basaltOn(testHost(), "db", "status");
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain("basalt db update");
  });

  it("--json prints one document", async () => {
    expect(JSON.parse((await basaltOn(testHost(), "db", "status", "--json")).stdout)).toEqual({ feeds: [] });
    const { stdout } = await basaltOn(await hostWithTracker(), "db", "status", "--json");
    expect(JSON.parse(stdout)).toEqual({
      feeds: [
        {
          kind: "debian-tracker",
          title: "Debian security tracker",
          source: expect.stringContaining("tracker.json") as string,
          asOf: "2026-11-01T00:00:00.000Z",
          importedAt: "2026-11-20T12:00:00.000Z",
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          records: 1,
        },
      ],
    });
  });
});

describe("basalt db export", () => {
  it("makes a file that db import takes elsewhere", async () => {
    const file = join(temporaryFolder(), "advisories.db");
    expect(await basaltOn(await hostWithTracker(), "db", "export", file)).toMatchObject({ code: 0, stdout: "" });
    const elsewhere = testHost();
    expect(await basaltOn(elsewhere, "db", "import", file)).toMatchObject({ code: 0 });
    expect((await basaltOn(elsewhere, "db", "status")).stdout).toContain("Debian security tracker: 1 records");
  });

  it("fails where there is nothing to export, and says what to do", async () => {
    const file = join(temporaryFolder(), "advisories.db");
    const ended = await basaltOn(testHost(), "db", "export", file);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^error: FILE_NOT_FOUND: .*basalt db update/);
    expect(existsSync(file)).toBe(false);
  });
});

function mirror(has: (path: string) => string | undefined): Promise<{ readonly url: string }> {
  return startHttp((request, response) => {
    const content = has(request.url ?? "");
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
}

describe("basalt db update", () => {
  it("prints what was fetched, notes what was not, and ends with 1 then", async () => {
    const { url } = await mirror((path) => {
      if (path.endsWith("/tracker/data/json")) return TRACKER;
      if (path.endsWith("/index.json")) return nodejsText([{ vulnerable: "22.x", patched: "^22.1.1" }]);
      return path.endsWith("vulnerabilities.json") ? kevText(["CVE-1"]) : undefined;
    });
    const ended = await basaltOn(testHost({ env: { BASALT_FEED_MIRROR: url } }), "db", "update");
    expect(ended.code).toBe(1);
    expect(ended.stdout).toBe(
      "Debian security tracker: 1 records\nNode.js core vulnerabilities: 1 records\nCISA Known Exploited Vulnerabilities: 1 records\n",
    );
    expect(ended.stderr).toContain("fetching http://127.0.0.1:");
    expect(ended.stderr).toMatch(/^error: HTTP_STATUS: nvd: .*; the old data of this feed are kept$/m);
  });

  it("fails when nothing can be fetched", async () => {
    const { url } = await mirror(() => undefined);
    const ended = await basaltOn(testHost({ env: { BASALT_FEED_MIRROR: url } }), "db", "update");
    expect([ended.code, ended.stdout]).toEqual([1, ""]);
    expect(ended.stderr).toMatch(/^error: FEEDS_UNREACHABLE: .*basalt db import/m);
  });

  it("shows no password of a mirror", async () => {
    const { url } = await mirror(() => undefined);
    const secret = url.replace("http://", "http://user:secret@");
    const ended = await basaltOn(testHost({ env: { BASALT_FEED_MIRROR: secret } }), "db", "update");
    expect(ended.stderr).not.toContain("secret");
  });
});
