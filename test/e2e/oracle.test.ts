// SPDX-License-Identifier: Apache-2.0
// What Basalt resolves, against apt-get on the same indexes; the order of versions, against dpkg's library; files, against dpkg-deb.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { must, ROOT } from "./support/run.js";

interface Report {
  readonly releases: readonly {
    readonly asked: number;
    readonly same: number;
    readonly differences: readonly unknown[];
  }[];
  readonly versions: { readonly pairs: number; readonly wrong: readonly unknown[] };
}

it("forty packages drawn from trixie come with what apt-get would install, and versions stand as in dpkg", async () => {
  const folder = await mkdtemp(join(tmpdir(), "basalt-oracle-test-"));
  try {
    const file = join(folder, "report.json");
    const sample = ["--names", "40", "--seed", "40", "--release", "13", "--pairs", "20000"];
    await must(process.execPath, ["oracle/resolve.mjs", ...sample, "--json", file], { cwd: ROOT });
    const report = JSON.parse(await readFile(file, "utf8")) as Report;
    expect(report.releases).toMatchObject([{ asked: 40, same: 40, differences: [] }]);
    expect(report.versions).toEqual({ pairs: 20_000, wrong: [] });
  } finally {
    await rm(folder, { recursive: true });
  }
});

// Set-user-ID programs, capabilities and links of alternatives; and a release without a merged /usr.
it("the files of two images are what dpkg-deb unpacks, but for what written rules change", async () => {
  const table = await must(process.execPath, ["oracle/trees.mjs", "ping", "bookworm"], { cwd: ROOT });
  for (const name of ["ping", "bookworm"])
    expect(table).toMatch(
      new RegExp(String.raw`^\| ${name} \| [0-9]+ \| [1-9][0-9]+ \| [1-9][0-9]+ \| [1-9][0-9]+ \| 0 \|$`, "m"),
    );
  expect(table).toMatch(/^\| merged-usr \| 0 \| [1-9]/m);
});
