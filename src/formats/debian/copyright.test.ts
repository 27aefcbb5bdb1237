// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { licenseExpression } from "../spdx.js";
import { licensesInCopyright } from "./copyright.js";

const FORMAT = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n";

/** A machine-readable file with these `License` fields. */
function fileWith(...licenses: readonly string[]): string {
  return FORMAT + licenses.map((license) => `\nFiles: *\nCopyright: 2020 Somebody\nLicense: ${license}\n`).join("");
}

describe("licences in the machine-readable format", () => {
  it.each([
    ["Expat", "MIT"],
    ["GPL-2+", "GPL-2.0-or-later"],
    ["GPL-2", "GPL-2.0-only"],
    ["GPL-3.0+", "GPL-3.0-or-later"],
    ["GPLv3+", "GPL-3.0-or-later"],
    ["LGPL-2.1", "LGPL-2.1-only"],
    ["GFDL-1.3+", "GFDL-1.3-or-later"],
    ["BSD-3-clause", "BSD-3-Clause"],
    ["zlib", "Zlib"],
    ["Apache-2.0", "Apache-2.0"],
    ["GPL-1+ or Artistic", "GPL-1.0-or-later OR Artistic-1.0-Perl"],
    ["MPL-2.0+", "LicenseRef-debian-MPL-2.0-or-later"],
    ["MPL-1.1 or GPL-2+ or LGPL-2.1+", "MPL-1.1 OR GPL-2.0-or-later OR LGPL-2.1-or-later"],
    ["BSL-1.0 and MIT", "BSL-1.0 AND MIT"],
    ["public-domain", "LicenseRef-debian-public-domain"],
    ["GPL-2+ with Autoconf exception", "LicenseRef-debian-GPL-2-with-Autoconf-exception"],
    ["custom (see below)", "LicenseRef-debian-custom-see-below"],
  ])("%s is %s", (written, expected) => {
    expect(licensesInCopyright(fileWith(written))).toBe(expected);
    expect(licenseExpression(expected)).toBe(expected);
  });

  it("are each named once, and joined", () => {
    const text = fileWith("GPL-2+", "Expat", "ISC and Expat", "GPL-1+ or Artistic", "GPL-2+");
    expect(licensesInCopyright(text)).toBe(
      "(GPL-1.0-or-later OR Artistic-1.0-Perl) AND GPL-2.0-or-later AND ISC AND MIT",
    );
  });

  it("may be sentences, which name none", () => {
    const sentence = "Permission to use, copy, modify, and distribute this software and its documentation is granted.";
    expect(licensesInCopyright(fileWith(sentence))).toBeUndefined();
  });
});

describe("licences of files in prose", () => {
  it("are the texts that they refer to", () => {
    const text = `On Debian systems, the text is in \`/usr/share/common-licenses/GPL-2', and /usr/share/common-licenses/LGPL-2.1.`;
    expect(licensesInCopyright(text)).toBe("GPL-2.0-only AND LGPL-2.1-only");
  });

  it("are unknown where they refer to none", () => {
    expect(licensesInCopyright("All rights reserved.")).toBeUndefined();
  });
});

it.each([
  ["nothing", ""],
  ["names without end", fileWith("a ".repeat(200_000))],
  ["many alternatives", fileWith(Array.from({ length: 20_000 }, (_, index) => `x${index}`).join(" or "))],
  ["brackets", fileWith("((((((((((", "))))")],
  ["control characters", fileWith("\u0001\u0002 or \u0003")],
  ["a hundred thousand licences", fileWith(...Array.from({ length: 100_000 }, (_, index) => `L-${index}`))],
])("%s is read in no time, and gives an expression or none", (_, text) => {
  const started = performance.now();
  const found = licensesInCopyright(text);
  expect(performance.now() - started).toBeLessThan(2_000);
  if (found !== undefined && found.length < 2_000) expect(licenseExpression(found)).toBe(found);
});
