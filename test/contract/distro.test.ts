// SPDX-License-Identifier: Apache-2.0
import { distroOf } from "../../src/distro/index.js";
import { startAlpineMirror } from "../support/alpine-mirror.js";
import { startMirror } from "../support/debian-mirror.js";
import { testHost } from "../support/host.js";
import { describeDistro } from "./distro.js";

describeDistro(distroOf("debian"), {
  release: { versionId: "13", codename: "trixie" },
  startRepository: async () => {
    const mirror = await startMirror({
      packages: [
        { name: "app", fields: { Depends: "library (>= 1.0)" }, files: [{ path: "usr/bin/app", content: "app" }] },
        {
          name: "library",
          fields: { Depends: "base", Source: "libraries (0.9-1)" },
          files: [
            { path: "lib/library.so", content: "library" },
            { path: "usr/share/doc/library/copyright", content: "MIT" },
            { path: "usr/share/man/man1/library.1", content: "manual" },
          ],
          control: { postinst: "#!/bin/sh\nexit 0\n" },
        },
        { name: "base" },
        { name: "docs", files: [{ path: "usr/share/docs/index", content: "docs" }] },
        { name: "other", fields: { Conflicts: "library" } },
      ],
    });
    return testHost({ env: { BASALT_DEBIAN_MIRROR: mirror.url }, trust: mirror.trust });
  },
  versions: [
    "0~~",
    "0~",
    "0",
    "1.0~beta1-1",
    "1.0~rc1-1",
    "1.0-1~bpo12+1",
    "1.0-1",
    "1.0-1+b1",
    "1.0-1+deb13u1",
    "1.0-1.1",
    "1.0-2",
    "1.0a-1",
    "1.0.1-1",
    "1.2-1",
    "1.10-1",
    "20250101-1",
    "1:0.1-1",
    "2:0",
  ],
  equalVersions: [
    ["1.0-1", "0:1.0-1"],
    ["1.0", "1.0-0"],
    ["1.01-1", "1.1-1"],
  ],
  purl: { type: "deb", namespace: "debian" },
  advisoryEcosystem: "debian:13",
  moved: { path: "lib/library.so", imagePath: "usr/lib/library.so" },
});

describeDistro(distroOf("alpine"), {
  release: { versionId: "3.24" },
  startRepository: async () => {
    const mirror = await startAlpineMirror({
      packages: [
        { name: "app", fields: { depend: "so:library.so.1>=1.0" }, files: [{ path: "usr/bin/app", content: "app" }] },
        {
          name: "library",
          fields: { depend: "base", origin: "libraries", provides: "so:library.so.1=1.2" },
          files: [
            { path: "usr/lib/library.so", content: "library" },
            { path: "usr/lib/library.so.1", kind: "symlink", target: "library.so" },
          ],
          scripts: { "post-install": "#!/bin/sh\nexit 0\n" },
        },
        { name: "base", architecture: "noarch" },
      ],
      community: [
        { name: "docs", files: [{ path: "usr/share/docs/index", content: "docs" }] },
        { name: "other", fields: { depend: "!library" } },
      ],
    });
    return testHost({ env: { BASALT_ALPINE_MIRROR: mirror.url }, trust: mirror.trust });
  },
  versions: [
    "1.0_alpha",
    "1.0_alpha2",
    "1.0_beta1-r3",
    "1.0_pre",
    "1.0_rc1",
    "1.0",
    "1.0-r0",
    "1.0-r1",
    "1.0-r10",
    "1.0_git20240101",
    "1.0_p1",
    "1.0_p1-r1",
    "1.0a",
    "1.0b",
    "1.0.1",
    "1.02",
    "1.1",
    "1.10",
    "20250101",
  ],
  equalVersions: [["1.0-r1", "1.0-r01"]],
  purl: { type: "apk", namespace: "alpine" },
  advisoryEcosystem: "alpine:3.24",
  moved: { path: "usr/lib/library.so", imagePath: "usr/lib/library.so" },
});
