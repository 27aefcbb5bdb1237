// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { startMirror } from "../../test/support/debian-mirror.js";
import { testHost } from "../../test/support/host.js";
import { track, type TrackResult } from "../../test/support/tracking.js";

const UPSTREAM = String.raw`^(?:[0-9]+:)?([0-9.]+)`;

interface Asked {
  readonly package?: string;
  readonly match?: string;
  readonly from?: string;
  readonly platforms?: readonly string[];
  readonly codename?: string;
}

/** Tracks the package `aa`, which the release has as 1:2.0-1, and its security suite as 1:2.10-1+deb13u2. */
async function ask(asked: Asked): Promise<TrackResult> {
  const { match, from = "1.0", platforms = ["linux/amd64", "linux/arm64"], codename } = asked;
  const mirror = await startMirror({
    packages: [
      { name: "aa", version: "1:2.0-1" },
      { name: "bb", version: "9-1", architecture: "amd64" },
      { name: "late", version: "1-1" },
    ],
    security: [
      { name: "aa", version: "1:2.10-1+deb13u2" },
      { name: "late", version: "1-2", architecture: "amd64" },
    ],
    ...(codename === undefined ? {} : { codename }),
  });
  const host = testHost({ env: { BASALT_DEBIAN_MIRROR: mirror.url }, trust: mirror.trust });
  const tracker = {
    type: "debian_package",
    package: asked.package ?? "pkg:deb/debian/aa",
    set: "V",
    ...(match === undefined ? {} : { match }),
  };
  return track(host, { vars: { V: from }, track: [tracker], parts: { platforms } });
}

describe("debian_package", () => {
  const good: readonly (Asked & { readonly summary: string; readonly line?: string })[] = [
    { summary: "the highest version of all suites", line: "V 1.0 -> 1:2.10-1+deb13u2" },
    { summary: "a part of it", match: UPSTREAM, line: "V 1.0 -> 2.10" },
    { summary: "the highest that matches", match: "^1:2\\.0-.*", line: "V 1.0 -> 1:2.0-1" },
    { summary: "what all platforms have", package: "pkg:deb/debian/late", from: "0", line: "V 0 -> 1-1" },
    {
      summary: "what one platform has",
      package: "pkg:deb/debian/late",
      from: "0",
      platforms: ["linux/amd64"],
      line: "V 0 -> 1-2",
    },
    {
      summary: "another release, by its codename",
      package: "pkg:deb/debian/aa?distro=bookworm",
      codename: "bookworm",
      line: "V 1.0 -> 1:2.10-1+deb13u2",
    },
    {
      summary: "another release, by its number",
      package: "pkg:deb/debian/aa?distro=debian-12",
      codename: "bookworm",
      line: "V 1.0 -> 1:2.10-1+deb13u2",
    },
    { summary: "what is there already", from: "1:2.10-1+deb13u2" },
    { summary: "what is newer than the mirror", from: "1:3.0-1" },
  ];
  it.each(good)("$summary", async ({ line, ...asked }) => {
    expect(await ask(asked)).toMatchObject({ lines: line === undefined ? [] : [line], codes: [] });
  });

  const bad: readonly (Asked & { readonly summary: string; readonly code: string })[] = [
    { summary: "no such package", package: "pkg:deb/debian/missing", code: "TRACK_NOTHING" },
    { summary: "not on every platform", package: "pkg:deb/debian/bb", code: "TRACK_NOTHING" },
    { summary: "another distribution", package: "pkg:deb/ubuntu/aa", code: "TRACK_INVALID" },
    { summary: "another kind of package", package: "pkg:deb/debian/aa%2Fb", code: "TRACK_INVALID" },
    { summary: "an unknown release", package: "pkg:deb/debian/aa?distro=sid", code: "TRACK_INVALID" },
    { summary: "an expression that is malformed", match: "[", code: "TRACK_INVALID" },
  ];
  it.each(bad)("$summary", async ({ code, ...asked }) => {
    expect(await ask(asked)).toMatchObject({ lines: [], codes: [code] });
  });

  it("a mirror that is not signed is not believed", async () => {
    const mirror = await startMirror({
      packages: [{ name: "aa" }],
      tamper: (path, content) => (path.endsWith("InRelease") ? Buffer.from("x") : content),
    });
    const host = testHost({ env: { BASALT_DEBIAN_MIRROR: mirror.url }, trust: mirror.trust });
    const tracker = { type: "debian_package", package: "pkg:deb/debian/aa", set: "V" };
    expect(await track(host, { vars: { V: "0" }, track: [tracker] })).toMatchObject({
      lines: [],
      codes: ["SIGNATURE_INVALID"],
    });
  });
});
