// SPDX-License-Identifier: Apache-2.0
import { beforeAll, describe, expect, it } from "vitest";
import { basaltOn } from "../../test/support/commands.js";
import { faultsOfCycloneDx } from "../../test/support/cyclonedx-schema.js";
import { debianImage } from "../../test/support/debian-images.js";
import { putEvidence, sourcesOf, statementAbout } from "../../test/support/evidence.js";
import { testHost } from "../../test/support/host.js";
import { descriptorOfManifest, makeIndex, repository } from "../../test/support/images.js";
import { sharedFolder } from "../../test/support/shared.js";
import { testSigner } from "../../test/support/signer.js";
import { putImage } from "../../test/support/store.js";
import type { CycloneDxBom } from "../formats/cyclonedx.js";
import type { SpdxDocument } from "../formats/spdx.js";
import { openSigner, signDescriptions, type Signer } from "../sign/index.js";
import { openStore } from "../store/index.js";

const HOST = testHost({ home: sharedFolder() });
const ATTESTED = {
  spdxVersion: "SPDX-2.3",
  packages: [
    { name: "image", primaryPackagePurpose: "CONTAINER" },
    { name: "debian", primaryPackagePurpose: "OPERATING-SYSTEM" },
    {
      name: "zlib1g",
      versionInfo: "1:1.3-1",
      supplier: "Organization: Debian",
      licenseDeclared: "Zlib",
      licenseConcluded: "NOASSERTION",
      externalRefs: [
        { referenceCategory: "SECURITY", referenceType: "cpe23Type", referenceLocator: "cpe:2.3:a:x" },
        {
          referenceCategory: "PACKAGE-MANAGER",
          referenceType: "purl",
          referenceLocator: "pkg:deb/debian/zlib1g@1%3A1.3-1",
        },
      ],
    },
    { name: "own", licenseDeclared: "NOASSERTION" },
  ],
};

/** `attested:1`, `stranger:1` of two platforms each, with an SBOM by this installation and by somebody else, and `plain:1` without. */
beforeAll(async () => {
  const store = await openStore(HOST);
  const packages = ["zlib1g 1:1.3-1 zlib", "bash 5.2-1"];
  for (const [name, signer] of [
    ["attested", await openSigner(HOST)],
    ["stranger", testSigner()],
    ["plain", undefined],
  ] as readonly (readonly [string, Signer | undefined])[]) {
    const amd64 = debianImage({ packages, config: { Labels: { of: name } } });
    const image = makeIndex([amd64, debianImage({ packages: ["dash 1"], platform: "linux/arm64" })]);
    await putImage(store, name, image, ["1"]);
    if (signer === undefined) continue;
    const statements = sourcesOf(
      statementAbout(amd64.root, "spdx", ATTESTED),
      statementAbout(amd64.root, "cycloneDx", { bomFormat: "CycloneDX" }),
    );
    const options = { repository: repository(name), signer, store };
    const descriptions = [{ subject: descriptorOfManifest(amd64.root), statements }];
    await putEvidence(store, name, await signDescriptions(descriptions, options));
  }
  await store.close();
});

async function sbom<T>(image: string, ...flags: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await basaltOn(HOST, "sbom", image, "--platform", "linux/amd64", ...flags);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}

describe("basalt sbom of an image with one that is signed by a trusted key", () => {
  it("lists what that says", async () => {
    const { stdout, stderr } = await basaltOn(HOST, "sbom", "attested:1", "--platform", "linux/amd64");
    expect(stdout.split("\n").map((line) => line.replaceAll(/ +/g, " ").trim())).toEqual([
      "package │ version │ kind │ licence │ supplier",
      expect.stringMatching(/^─+┼/),
      "own │ │ │ │",
      "zlib1g │ 1:1.3-1 │ deb │ Zlib │ Debian",
      "",
    ]);
    expect(stderr).toBe("as attested, by a signer who is trusted\n");
  });

  it("prints it as it is", async () => {
    expect(await sbom("attested:1", "--format", "spdx")).toEqual(ATTESTED);
    expect(await sbom("attested:1", "--format", "cyclonedx")).toEqual({ bomFormat: "CycloneDX" });
    expect(await sbom("attested:1", "--json")).toMatchObject({
      image: "attested:1",
      platform: "linux/amd64",
      from: "attestation",
      packages: [
        { name: "own", version: "", kind: "", purl: "", license: "", supplier: "" },
        {
          name: "zlib1g",
          version: "1:1.3-1",
          kind: "deb",
          purl: "pkg:deb/debian/zlib1g@1%3A1.3-1",
          license: "Zlib",
          supplier: "Debian",
        },
      ],
    });
  });
});

describe.each(["plain:1", "stranger:1"])("basalt sbom of %s, which has none that counts", (image) => {
  it("lists what is found in it", async () => {
    const found = await sbom<{ from: string; packages: readonly { name: string }[] }>(image, "--json");
    expect([found.from, found.packages.map(({ name }) => name)]).toEqual(["analysis", ["bash", "zlib1g"]]);
    const { stderr } = await basaltOn(HOST, "sbom", image, "--platform", "linux/amd64");
    expect(stderr).toMatch(/^by analysis: /);
  });

  it("makes documents of it, of the same packages, which do not claim to be complete", async () => {
    const spdx = await sbom<SpdxDocument>(image, "--format", "spdx");
    const cycloneDx = await sbom<CycloneDxBom>(image, "--format", "cyclonedx");
    expect(spdx.packages.map(({ name }) => name)).toEqual([image.split(":")[0], "debian", "bash", "zlib1g"]);
    expect(spdx.files).toBeUndefined();
    expect(cycloneDx.components.map(({ name }) => name)).toEqual(["debian", "bash", "zlib1g"]);
    expect(cycloneDx.compositions).toMatchObject([{ aggregate: "incomplete" }]);
    expect(faultsOfCycloneDx(cycloneDx)).toEqual([]);
  });

  it("is another of another platform", async () => {
    const { stdout } = await basaltOn(HOST, "sbom", image, "--platform", "linux/arm64", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ platform: "linux/arm64", packages: [{ name: "dash" }] });
  });
});

it.each([
  ["--format", "xml"],
  ["--format", "spdx", "--json"],
])("basalt sbom refuses %s %s", async (...flags) => {
  expect((await basaltOn(HOST, "sbom", "plain:1", ...flags)).code).toBe(64);
});
