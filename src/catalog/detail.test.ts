// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { catalogApp } from "../../test/support/catalog-app.js";
import { debianImage, lookThrough, putCatalogEntry } from "../../test/support/debian-images.js";
import { advisoriesOf, nodejsText, trackerText } from "../../test/support/feed-files.js";
import { makeArtifact, makeCosignSignature, makeIndex } from "../../test/support/images.js";
import { putImage } from "../../test/support/store.js";
import { PREDICATE_TYPE_ANNOTATION } from "../formats/in-toto.js";
import type { ImageDetail, PlatformContents } from "./models.js";

const LABELS = {
  "org.opencontainers.image.title": "Node.js 22",
  "io.basalt.variant": "runtime",
  "io.basalt.distro": "debian-13",
  "io.basalt.shell": "",
  "io.basalt.package-manager": "",
  "io.basalt.date.end-of-life": "2027-04-30",
};

describe("an image with its texts", () => {
  it("has overview, guides, tools, and how to pull the latest version", async () => {
    const api = await catalogApp();
    await putImage(api.store, "node", debianImage({ packages: ["texts 1"] }), ["22", "22-debian13"]);
    const tools = [{ name: "npm", description: "packages" }];
    await putCatalogEntry(api.store, "node", {
      homeUrl: "https://nodejs.org",
      overview: "# Node",
      guides: "Run",
      tools,
    });
    const image = await api.json<ImageDetail>("images/node");
    expect(image).toMatchObject({
      name: "node",
      origin: "hardened",
      homeUrl: "https://nodejs.org",
      overview: "# Node",
      guides: "Run",
      tools,
      pull: { login: "docker login registry.test:5050", command: "docker pull registry.test:5050/node:22" },
    });
    expect(image).not.toHaveProperty("replaces");
  });

  it("that was pushed has none", async () => {
    const api = await catalogApp();
    await putImage(api.store, "team/app", debianImage({ packages: ["pushed 1"] }), ["1"]);
    expect(await api.json("images/team%2Fapp")).toMatchObject({
      origin: "pushed",
      overview: "",
      guides: "",
      tools: [],
    });
  });

  it("names the ordinary image of the same tag that it replaces", async () => {
    const api = await catalogApp();
    await putImage(api.store, "node", debianImage({ packages: ["hardened 1"] }), ["22"]);
    await putImage(api.store, "reference/node", debianImage({ packages: ["ordinary 1"] }), ["22"]);
    expect((await api.json<ImageDetail>("images/node")).replaces).toBe("reference/node:22");
    expect(await api.json("images/reference%2Fnode")).not.toHaveProperty("replaces");
  });
});

describe("versions of an image", () => {
  it("say what the configuration and its labels say, short tags first", async () => {
    const api = await catalogApp();
    const image = debianImage({ packages: ["labels 1"], config: { User: "65532:65532", Labels: LABELS } });
    await putImage(api.store, "node", image, ["22.1.0-debian13", "22", "22-debian13", "22.1"]);
    const { tags } = await api.json<ImageDetail>("images/node");
    expect(tags).toEqual([
      {
        tags: ["22", "22.1", "22-debian13", "22.1.0-debian13"],
        digest: image.root.digest,
        title: "Node.js 22",
        variant: "runtime",
        distro: "debian-13",
        user: "65532:65532",
        shell: "",
        packageManager: "",
        endOfLife: "2027-04-30",
        createdAt: "2026-11-01T00:00:00Z",
        pushedAt: "2026-11-20T12:00:00.000Z",
        platforms: [
          {
            platform: "linux/amd64",
            digest: image.root.digest,
            sizeBytes: expect.any(Number) as number,
            packages: null,
            vulnerabilities: null,
            dataAsOf: null,
          },
        ],
        isSigned: false,
        attestations: [],
      },
    ]);
  });

  it("come with runtimes first, then what was pushed last", async () => {
    const api = await catalogApp();
    for (const [tag, variant] of [
      ["22-dev", "dev"],
      ["20", "runtime"],
      ["22", "runtime"],
    ] as const) {
      const config = { Labels: { "io.basalt.variant": variant, tag } };
      await putImage(api.store, "node", debianImage({ config }), [tag]);
      api.clock.advance(1000);
    }
    const { tags } = await api.json<ImageDetail>("images/node");
    expect(tags.map((version) => version.tags[0])).toEqual(["22", "20", "22-dev"]);
  });

  it("were pushed when the last of their tags was set", async () => {
    const api = await catalogApp();
    const image = debianImage({ packages: ["twice 1"] });
    await putImage(api.store, "app", image, ["1"]);
    api.clock.advance(60_000);
    await putImage(api.store, "app", image, ["latest"]);
    const { tags } = await api.json<ImageDetail>("images/app");
    expect(tags).toMatchObject([{ tags: ["1", "latest"], pushedAt: "2026-11-20T12:01:00.000Z" }]);
  });

  it("list every platform, and what is attached to the first", async () => {
    const api = await catalogApp();
    const amd64 = debianImage({ packages: ["evidence 1"] });
    const index = makeIndex([amd64, debianImage({ packages: ["evidence 1"], platform: "linux/arm64" })]);
    await putImage(api.store, "app", index, ["1"]);
    const signature = makeCosignSignature(index.root);
    await putImage(api.store, "app", signature.image, [signature.tag]);
    for (const type of ["https://slsa.dev/provenance/v1", "https://spdx.dev/Document", "https://spdx.dev/Document"]) {
      const annotations = { [PREDICATE_TYPE_ANNOTATION]: type };
      await putImage(api.store, "app", makeArtifact(amd64.root, { annotations, body: type }), []);
    }
    const { tags } = await api.json<ImageDetail>("images/app");
    expect(tags).toMatchObject([
      {
        digest: index.root.digest,
        platforms: [{ platform: "linux/amd64" }, { platform: "linux/arm64" }],
        isSigned: true,
        attestations: ["https://slsa.dev/provenance/v1", "https://spdx.dev/Document"],
      },
    ]);
  });
});

describe("a version that a certificate signed", () => {
  it.each([
    {
      summary: "says whom it was for",
      signer: "https://ci.test/build.yml@refs/heads/main (https://issuer.test)",
      certificate: { identity: "https://ci.test/build.yml@refs/heads/main", issuer: "https://issuer.test" },
    },
    {
      summary: "or nothing, where a key signed",
      signer: "DSRgAxwBYz5fSbLAjgbYcw7v2jEbSbRGZkYxMHEkZnU=",
      certificate: undefined,
    },
    {
      summary: "or nothing, where it says something else",
      signer: "somebody (javascript:alert(1))",
      certificate: undefined,
    },
  ])("$summary", async ({ signer, certificate }) => {
    const api = await catalogApp();
    const image = debianImage({ packages: ["certified 1"] });
    await putImage(api.store, "app", image, ["1"]);
    const annotations = {
      "dev.sigstore.bundle.predicateType": "https://sigstore.dev/cosign/sign/v1",
      "io.basalt.signing-key": signer,
    };
    await putImage(api.store, "app", makeArtifact(image.root, { annotations, body: "bundle" }), []);
    const { tags } = await api.json<ImageDetail>("images/app");
    expect(tags[0]).toMatchObject({ isSigned: true });
    expect(tags[0]?.certificate).toEqual(certificate);
  });
});

describe("what is inside one platform of a version", () => {
  const INDEX = makeIndex([
    debianImage({
      packages: ["zlib1g 1:1.3-1 zlib", "bash 5.2-1"],
      node: "22.1.0",
      config: {
        User: "65532",
        WorkingDir: "/app",
        Entrypoint: ["node"],
        Cmd: ["server.js"],
        Env: ["NODE_ENV=production"],
        ExposedPorts: { "8080/tcp": {} },
        Labels: { "io.basalt.shell": "" },
      },
    }),
    debianImage({ packages: ["bash 5.2-1"], platform: "linux/arm64" }),
  ]);

  async function contents(path: string): Promise<PlatformContents> {
    const advisories = await advisoriesOf([
      trackerText({ zlib: { "CVE-2026-0001": { trixie: { status: "open", urgency: "low" } } } }),
      nodejsText([{ cve: ["CVE-2026-0002"], vulnerable: "22.x", patched: "^22.1.1", severity: "high" }]),
    ]);
    const api = await catalogApp({ advisories });
    await putImage(api.store, "app", INDEX, ["1"]);
    await lookThrough(api.store, "app:1");
    return api.json<PlatformContents>(path);
  }

  it("is packages, findings, what is unknown, and how it runs", async () => {
    const found = await contents("images/app/versions/1");
    expect(found.inventory).toEqual([
      expect.objectContaining({ kind: "deb", name: "bash", version: "5.2-1", source: "bash" }),
      expect.objectContaining({ kind: "deb", name: "zlib1g", version: "1:1.3-1", source: "zlib", license: "" }),
      { kind: "nodejs", name: "node", version: "22.1.0", source: "", license: "MIT", purl: "pkg:generic/node@22.1.0" },
    ]);
    expect(found).toMatchObject({
      name: "app",
      tag: "1",
      platform: "linux/amd64",
      packages: 3,
      vulnerabilities: { high: 1, low: 1 },
      findings: [
        { vulnerability: "CVE-2026-0002", package: { name: "node" }, fixedVersion: "^22.1.1" },
        { vulnerability: "CVE-2026-0001", package: { name: "zlib", binaries: [{ name: "zlib1g" }] } },
      ],
      unknown: [{ kind: "deb", names: ["bash"] }],
      configuration: {
        user: "65532",
        workingDir: "/app",
        entrypoint: ["node"],
        cmd: ["server.js"],
        environment: ["NODE_ENV=production"],
        ports: ["8080/tcp"],
        labels: { "io.basalt.shell": "" },
      },
    });
  });

  it("is that of the platform asked for", async () => {
    const found = await contents("images/app/versions/1?platform=linux%2Farm64");
    expect(found).toMatchObject({ platform: "linux/arm64", packages: 1, vulnerabilities: null });
  });

  it("can be asked for by digest", async () => {
    const found = await contents(`images/app/versions/${INDEX.root.digest}`);
    expect(found).toMatchObject({ tag: INDEX.root.digest, platform: "linux/amd64" });
  });

  it("says how an image runs that says nothing itself", async () => {
    const found = await contents("images/app/versions/1?platform=linux%2Farm64");
    expect(found.configuration).toEqual({
      user: "",
      workingDir: "/",
      entrypoint: [],
      cmd: [],
      environment: [],
      ports: [],
      labels: {},
    });
  });

  it("is null, not zero, before the image was looked through", async () => {
    const advisories = await advisoriesOf([trackerText({ zlib: { "CVE-1": { trixie: { status: "open" } } } })]);
    const api = await catalogApp({ advisories });
    await putImage(api.store, "app", debianImage({ packages: ["zlib1g 7-7 zlib"] }), ["1"]);
    const found = await api.json("images/app/versions/1");
    expect(found).toMatchObject({ packages: null, vulnerabilities: null, dataAsOf: null, inventory: [], findings: [] });
  });
});
