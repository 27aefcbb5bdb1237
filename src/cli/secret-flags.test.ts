// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/support/temporary.js";
import { readSecrets } from "./secret-flags.js";

const ENV = { TOKEN: "t0", other: "o" };

describe("--secret", () => {
  it("takes variables and files", async () => {
    const file = join(temporaryFolder(), "secret");
    writeFileSync(file, "from a file\n");
    const entries = ["id=TOKEN", "id=a,env=other", `id=b,src=${file}`, `source=${file},id=c`];
    expect([...(await readSecrets(entries, ENV))]).toEqual([
      ["TOKEN", "t0"],
      ["a", "o"],
      ["b", "from a file\n"],
      ["c", "from a file\n"],
    ]);
  });

  const cases: readonly { summary: string; entries: readonly string[]; says: RegExp }[] = [
    { summary: "without an id", entries: ["env=TOKEN"], says: /not --secret/ },
    { summary: "that is a value", entries: ["hunter2"], says: /^not --secret id=ID,env=VARIABLE or id=ID,src=FILE$/ },
    { summary: "with another key", entries: ["id=a,value=hunter2"], says: /^not --secret [^2]*$/ },
    { summary: "from two places", entries: ["id=a,env=TOKEN,src=x"], says: /not --secret/ },
    { summary: "with a key twice", entries: ["id=a,id=b"], says: /not --secret/ },
    { summary: "that is not set", entries: ["id=a,env=MISSING"], says: /variable MISSING for the secret a is not set/ },
    { summary: "given twice", entries: ["id=TOKEN", "id=TOKEN"], says: /secret TOKEN is given twice/ },
    { summary: "whose file is not there", entries: ["id=a,src=/nowhere/secret"], says: /\/nowhere\/secret/ },
  ];
  it.each(cases)("$summary is refused", async ({ entries, says }) => {
    await expect(readSecrets(entries, ENV)).rejects.toThrow(says);
  });
});
