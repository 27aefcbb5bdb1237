// SPDX-License-Identifier: Apache-2.0
// Images of one layer, images of zstd layers, and Java's trust store, by programs that are not ours.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ImageConfig } from "../../src/formats/oci/config.js";
import type { ImageManifest } from "../../src/formats/oci/manifest.js";
import { homeWithDownloads } from "./support/shared.js";
import type { Basalt } from "./support/basalt.js";
import { DOCKER, must } from "./support/run.js";

const PLATFORM = "linux/amd64";

let folder: string;
let basalt: Basalt;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "basalt-outputs-"));
  basalt = await homeWithDownloads(folder, "home");
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function define(name: string, packages: readonly string[], more: string = ""): Promise<string> {
  const file = join(folder, `${name}.yaml`);
  await writeFile(
    file,
    `name: ${name}
image: ${name}
variant: dev
tags: [latest]
platforms: [${PLATFORM}]
contents: { packages: [base-files, ${packages.join(", ")}] }
accounts: { root: true, run-as: root }
os-release: { name: Test, id: debian, version-id: "13", version-codename: trixie }
paths:
  - { type: delete, path: /usr/bin/gzexe }
  - { type: directory, path: /data, uid: 1000, gid: 1000, mode: "0700" }
${more}`,
  );
  return file;
}

async function built(name: string, packages: readonly string[], more?: string): Promise<string> {
  await basalt.must(["build", await define(name, packages, more), "--platform", PLATFORM]);
  const layout = join(folder, `${name}-layout`);
  await basalt.must(["copy", name, `oci-dir://${layout}`]);
  return layout;
}

async function manifestOf(layout: string): Promise<ImageManifest> {
  const read = async (path: string): Promise<{ manifests?: readonly { digest: string }[] }> =>
    JSON.parse(await readFile(join(layout, path), "utf8")) as { manifests?: readonly { digest: string }[] };
  let document = await read("index.json");
  while (document.manifests !== undefined)
    document = await read(join("blobs", ...(document.manifests[0]?.digest ?? "").split(":")));
  return document as unknown as ImageManifest;
}

/** Unpacked by GNU tar, which knows neither whiteouts nor layers; a listing with modes, owners, sizes and links. */
async function listingOf(layout: string): Promise<readonly string[]> {
  const root = `${layout}-root`;
  await mkdir(root);
  for (const { digest } of (await manifestOf(layout)).layers)
    await must("tar", [
      "-xpf",
      join(layout, "blobs", ...digest.split(":")),
      "--same-owner",
      "--numeric-owner",
      "-C",
      root,
    ]);
  const format = "%P %y %m %U:%G %s %l %n\\n";
  const lines = (await must("find", [root, "-printf", format])).split("\n");
  return lines
    .filter((line) => !/\/?\.wh\.| d /.test(line) || line.includes(" d "))
    .map((line) => line.replace(/( d \S+ \S+) .*/, "$1"))
    .toSorted();
}

describe("one layer", () => {
  it("has the files of several, and Docker runs it", async () => {
    const several = await built("several", ["bash", "coreutils", "gzip"]);
    const one = await built("one", ["bash", "coreutils", "gzip"], "output: squashed\n");
    expect((await manifestOf(one)).layers).toHaveLength(1);
    const expected = (await listingOf(several)).filter((line) => !/gzexe/.test(line));
    expect(await listingOf(one)).toEqual(expected);
    expect(expected.length).toBeGreaterThan(500);
    const archive = join(folder, "one.tar");
    await basalt.must(["copy", "one", `archive://${archive}`]);
    const loaded = await must(DOCKER, ["load", "-i", archive]);
    const image = loaded.trim().split(/\s+/).at(-1) ?? "";
    expect(
      await must(DOCKER, ["run", "--rm", image, "bash", "-c", "stat -c '%a %u' /data; ls /usr/bin/gzexe || true"]),
    ).toBe("700 1000\n");
    await must(DOCKER, ["rmi", image]);
  });
});

describe("zstd", () => {
  it.each(["", "output: squashed\n"])("layers are read by skopeo and tar (%j)", async (output) => {
    const layout = await built(output === "" ? "zstd" : "zstd-one", ["gzip"], `compression: zstd\n${output}`);
    const { layers } = await manifestOf(layout);
    expect(new Set(layers.map(({ mediaType }) => mediaType))).toEqual(
      new Set(["application/vnd.oci.image.layer.v1.tar+zstd"]),
    );
    const plain = join(folder, output === "" ? "zstd.dir" : "zstd-one.dir");
    await must("skopeo", ["copy", "--insecure-policy", "--dest-decompress", `oci:${layout}`, `dir:${plain}`]);
    // What skopeo unpacks is named by its hash, which the configuration has as a diff id.
    const config = JSON.parse(await must("skopeo", ["inspect", "--config", `oci:${layout}`])) as ImageConfig;
    for (const diffId of config.rootfs.diff_ids)
      expect(existsSync(join(plain, diffId.replace("sha256:", "")))).toBe(true);
    expect((await listingOf(layout)).some((line) => line.startsWith("usr/bin/gzip f 755"))).toBe(true);
    await basalt.must(["qv", output === "" ? "zstd" : "zstd-one"]);
  });
});

describe("Java's trust store", () => {
  it("is read by keytool of the image's own Java, and has every certificate of the bundle", async () => {
    await listingOf(await built("java", ["openjdk-21-jre-headless"], "output: squashed\n"));
    const root = join(folder, "java-layout-root");
    const archive = join(folder, "java.tar");
    await basalt.must(["copy", "java", `archive://${archive}`]);
    const image = (await must(DOCKER, ["load", "-i", archive])).trim().split(/\s+/).at(-1) ?? "";
    const listed = await must(DOCKER, ["run", "--rm", image, "keytool", "-list", "-cacerts", "-storepass", "changeit"]);
    await must(DOCKER, ["rmi", image]);
    const bundle = await readFile(join(root, "etc/ssl/certs/ca-certificates.crt"), "utf8");
    const count = bundle.split("BEGIN CERTIFICATE").length - 1;
    expect(count).toBeGreaterThan(100);
    expect(listed).toContain(`Your keystore contains ${count} entries`);
    expect(listed).toContain("debian:isrg_root_x1.pem");
  });
});
