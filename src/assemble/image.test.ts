// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { testDefinition } from "../../test/support/definitions.js";
import { expandDefinition } from "../definition/index.js";
import { parseDigest, sha256Hex, type DiffId } from "../formats/digest.js";
import { MEDIA_TYPES } from "../formats/oci/media-types.js";
import { describeImage, type ImageDocuments } from "./image.js";

async function documents(parts: Readonly<Record<string, unknown>> = {}): Promise<ImageDocuments> {
  const image = expandDefinition(await testDefinition(parts), "linux/arm64");
  const digest = parseDigest(`sha256:${sha256Hex("layer")}`);
  const layer = {
    descriptor: { mediaType: MEDIA_TYPES.layerGzip, digest, size: 9 },
    diffId: digest as string as DiffId,
    title: "demo 1",
    newestMtimeSeconds: 0,
    entries: [],
    packages: [],
    facts: { files: {}, removed: [], emptied: [] },
  };
  return describeImage({
    image,
    layers: [layer],
    interfaces: { shell: "", packageManager: "" },
    createdAt: new Date("2026-11-08T20:20:00Z"),
    hasCaBundle: true,
  });
}

it("the user is a number", async () => {
  expect((await documents()).config.config?.User).toBe("65532:65532");
});

it("environment, command, ports and the like are what the definition says, with usual defaults", async () => {
  const { config } = await documents({
    environment: { A: "1", EMPTY: "" },
    entrypoint: ["/bin/x"],
    cmd: ["y"],
    ports: ["8080", "53/udp", "90-91/tcp"],
    "work-dir": "/app",
    "stop-signal": "SIGQUIT",
    volumes: ["/data"],
  });
  expect(config.config).toMatchObject({
    Env: [
      "A=1",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
    ],
    Entrypoint: ["/bin/x"],
    Cmd: ["y"],
    ExposedPorts: { "8080/tcp": {}, "53/udp": {}, "90/tcp": {}, "91/tcp": {} },
    WorkingDir: "/app",
    StopSignal: "SIGQUIT",
    Volumes: { "/data": {} },
  });
  expect([config.os, config.architecture]).toEqual(["linux", "arm64"]);
});

it("labels tell the truth about the image, and a definition's own go before them", async () => {
  const { config } = await documents({ labels: { "io.basalt.flavor": "own" }, dates: { "end-of-life": "2027-04-30" } });
  expect(config.config?.Labels).toMatchObject({
    "io.basalt.shell": "",
    "io.basalt.flavor": "own",
    "io.basalt.distro": "debian-13",
    "io.basalt.date.end-of-life": "2027-04-30",
  });
});

it("equal facts are equal bytes", async () => {
  const [a, b] = [await documents(), await documents()];
  expect(a.manifestBytes.equals(b.manifestBytes) && a.configBytes.equals(b.configBytes)).toBe(true);
});
