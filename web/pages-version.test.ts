// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import {
  comparisonAnswer,
  COUNTS,
  DIGEST,
  finding,
  imageDetail,
  imageVersion,
  platformContents,
  platformSummary,
  refusal,
  renderPage,
  side,
  status,
  textOf,
  type Answers,
} from "../test/support/pages.js";

const URL_OF_VERSION = "/images/node/tags/22";

function answers(contents: object, image: object = imageDetail()): Answers {
  return { "images/node/versions/22": contents, "images/node": image, status: status([{}]) };
}

describe("a version", () => {
  it("lists its packages", async () => {
    const { html, status: code } = await renderPage(URL_OF_VERSION, answers(platformContents()));
    expect(code).toBe(200);
    expect(textOf(html)).toContain("Package Version Type Source Licence zlib1g 1-1 Debian zlib Zlib");
    expect(textOf(html)).toContain("node:22 linux/amd64 abababababab 41 MB compressed");
    expect(html).toContain("<title>node:22 · Basalt</title>");
  });

  it("that was not looked through says so, and has no count", async () => {
    const contents = platformContents({ packages: null, vulnerabilities: null, inventory: [] });
    const { html } = await renderPage(URL_OF_VERSION, answers(contents));
    expect(textOf(html)).toContain("was pushed and not looked through yet");
    expect(textOf(html)).toContain("compressed unknown");
  });

  it("is shown for the platform asked for, and links to the others", async () => {
    const platforms = [platformSummary(), platformSummary({ platform: "linux/arm64" })];
    const image = imageDetail({ tags: [imageVersion({ platforms })] });
    const path = "images/node/versions/22?platform=linux%2Farm64";
    const contents = platformContents({ platform: "linux/arm64" });
    const page = await renderPage(`${URL_OF_VERSION}?platform=linux%2Farm64`, {
      [path]: contents,
      "images/node": image,
    });
    expect(page.status).toBe(200);
    expect(page.html).toContain('href="/images/node/tags/22?tab=packages&amp;platform=linux%2Famd64"');
  });

  it("is shown without what the image's own page says", async () => {
    const page = await renderPage(URL_OF_VERSION, { "images/node/versions/22": platformContents() });
    expect(page.status).toBe(200);
  });

  it("has a specification", async () => {
    const configuration = {
      user: "65532",
      workingDir: "/app",
      entrypoint: ["node"],
      cmd: [],
      environment: ["A=1", "B=2"],
      ports: ["8080/tcp"],
      labels: { "io.basalt.shell": "" },
    };
    const { html } = await renderPage(
      `${URL_OF_VERSION}?tab=specification`,
      answers(platformContents({ configuration })),
    );
    expect(textOf(html)).toContain(
      'Entrypoint ["node"] Command – Working directory /app Ports 8080/tcp Environment A=1 B=2',
    );
  });

  it("has evidence that can be checked, with the server's own name", async () => {
    const version = imageVersion({ isSigned: true, attestations: ["https://slsa.dev/provenance/v1", "urn:other"] });
    const image = imageDetail({ tags: [version] });
    const { html } = await renderPage(`${URL_OF_VERSION}?tab=evidence`, answers(platformContents(), image));
    const text = textOf(html);
    expect(text).toContain(
      "Signature signed with this server's key Provenance (SLSA v1) https://slsa.dev/provenance/v1",
    );
    expect(text).toContain("curl -O https://registry.test/keys/basalt.pub");
    expect(text).toContain(`cosign verify --key basalt.pub --insecure-ignore-tlog=true registry.test/node@${DIGEST}`);
  });

  it("by a certificate names whom it was for, and what checks that", async () => {
    const certificate = { identity: "build@example.test'; reboot; '", issuer: "https://issuer.test" };
    const image = imageDetail({ tags: [imageVersion({ isSigned: true, certificate })] });
    const { html } = await renderPage(`${URL_OF_VERSION}?tab=evidence`, answers(platformContents(), image));
    const text = textOf(html);
    expect(text).toContain(
      "Signature signed, it says, by a certificate for build@example.test'; reboot; ', whom https://issuer.test knows",
    );
    expect(text).toContain("curl -O https://registry.test/keys/trusted_root.json");
    expect(text).toContain(
      String.raw`cosign verify --certificate-identity 'build@example.test'\''; reboot; '\''' --certificate-oidc-issuer 'https://issuer.test' --trusted-root trusted_root.json registry.test/node@${DIGEST}`,
    );
  });

  it("that is not signed says so and offers no check", async () => {
    const { html } = await renderPage(`${URL_OF_VERSION}?tab=evidence`, answers(platformContents()));
    expect(textOf(html)).toContain("Signature none");
    expect(textOf(html)).not.toContain("cosign");
  });
});

describe("the vulnerabilities of a version", () => {
  const URL = `${URL_OF_VERSION}?tab=vulnerabilities`;

  it("say how each was found", async () => {
    const findings = [
      finding({
        title: "memory overread",
        isExploited: true,
        cvss: { vector: "v", score: 7.5, source: "nvd" },
        fixedVersion: "1-2",
        rule: "zlib 1-1 is lower than 1-2",
      }),
    ];
    const text = textOf((await renderPage(URL, answers(platformContents({ findings })))).html);
    expect(text).toContain(
      "CVE-2026-0001 exploited memory overread high CVSS 7.5 (nvd) zlib 1-1 1-2 zlib 1-1 is lower than 1-2 Debian security tracker",
    );
    expect(text).toContain("Advisory data as of 2026-11-01.");
  });

  it("keep what is counted apart in sight", async () => {
    const findings = [
      finding(),
      finding({ vulnerability: "CVE-2026-0002", isUnimportant: true }),
      finding({ vulnerability: "CVE-2026-0003", suppression: { by: "rule", reason: "headers only" } }),
    ];
    const vulnerabilities = { ...COUNTS, unimportant: 1, suppressed: 1 };
    const { html } = await renderPage(URL, answers(platformContents({ findings, vulnerabilities })));
    const text = textOf(html);
    expect(text).toContain("Counted apart: 1 that the distribution calls unimportant, 1 suppressed.");
    expect(text).toContain("2 that are counted apart");
    expect(text).toContain("headers only");
    expect(html).toMatch(/Vulnerabilities<span class="tab-count">1<\/span>/);
  });

  it("name what was not assessed", async () => {
    const unknown = [{ kind: "npm" as const, names: ["a", "b"], why: "not assessed by this version of Basalt" }];
    const contents = platformContents({ unknown, vulnerabilities: null, dataAsOf: null });
    const text = textOf((await renderPage(URL, answers(contents))).html);
    expect(text).toContain("2 npm packages not assessed: not assessed by this version of Basalt (a, b).");
    expect(text).toContain("unknown No advisory data took part.");
    expect(text).not.toContain("None known");
  });
});

describe("a comparison", () => {
  const PATH = "compare?image=node%3A22&to=reference%2Fnode%3A22";
  const URL = `/${PATH}`;

  it("begins with a form", async () => {
    const page = await renderPage("/compare");
    expect([page.status, page.asked]).toEqual([200, []]);
    expect(page.html).toMatch(/<input name="image" value(?:="")? placeholder="node:22"\/?>/);
  });

  it("shows both sides and the packages that differ", async () => {
    const packages = [
      { change: "removed", kind: "deb", name: "bash", comparisonVersion: "5.2-1" },
      { change: "unchanged", kind: "deb", name: "zlib1g", version: "1-1", comparisonVersion: "1-1" },
    ] as const;
    const page = await renderPage(URL, { [PATH]: comparisonAnswer({ packages }) });
    const text = textOf(page.html);
    expect(page.status).toBe(200);
    expect(text).toContain("1 of 2 packages differ");
    expect(text).toContain("removed bash Debian – 5.2-1");
    expect(text).not.toContain("zlib1g");
    expect(text).toContain("Size 41 MB -90 %");
    expect(text).toContain("Packages 20 -95 %");
  });

  it("says unknown where nobody knows", async () => {
    const unknown = [{ kind: "deb", names: ["bash"], why: "no data" }];
    const analyzed = side({ vulnerabilities: null, dataAsOf: null, coverage: { unknown } });
    const text = textOf((await renderPage(URL, { [PATH]: comparisonAnswer({ analyzed }) })).html);
    expect(text).toContain("Vulnerabilities unknown");
    expect(text).toContain("Advisory data none");
    expect(text).toContain("1 Debian package not assessed: no data");
  });

  it("keeps what was typed when it fails", async () => {
    const page = await renderPage(URL, { [PATH]: refusal(404, "MANIFEST_UNKNOWN", "there is no image node:22") });
    expect(page.status).toBe(404);
    expect(textOf(page.html)).toContain("there is no image node:22");
    expect(page.html).toContain('value="reference/node:22"');
  });

  it("asks to log in where that is needed", async () => {
    const page = await renderPage(URL, { [PATH]: refusal(401, "LOGIN_REFUSED", "log in to see the catalogue") });
    expect([page.status, textOf(page.html).startsWith("Log in")]).toEqual([401, true]);
  });

  it("of images without packages divides by nothing", async () => {
    const comparison = side({ packages: 0, sizeBytes: 0 });
    const { html } = await renderPage(URL, { [PATH]: comparisonAnswer({ comparison }) });
    expect(textOf(html)).not.toMatch(/NaN|Infinity/);
  });
});
