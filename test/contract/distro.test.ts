// SPDX-License-Identifier: Apache-2.0
import { distroOf } from "../../src/distro/index.js";
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
