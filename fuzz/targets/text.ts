// SPDX-License-Identifier: Apache-2.0
import { readFeed } from "../../src/advisories/read-feed.js";
import { evaluateExpression } from "../../src/definition/expression.js";
import { lintDefinition, parseDefinition } from "../../src/definition/index.js";
import { resolveVariables, substitute } from "../../src/definition/substitution.js";
import { parseAlternatives } from "../../src/distro/debian/alternatives.js";
import { parseDpkgDatabase } from "../../src/distro/debian/installed.js";
import { readScriptLines } from "../../src/distro/debian/script-lines.js";
import { parseTriggers } from "../../src/distro/debian/triggers.js";
import { npm } from "../../src/ecosystem/npm.js";
import { BasaltError } from "../../src/errors.js";
import { parseBoundedPattern } from "../../src/formats/bounded-pattern.js";
import { findChecksum, parseChecksumFile } from "../../src/formats/checksum-file.js";
import { parseCommandWords } from "../../src/formats/command-words.js";
import { parseCvss } from "../../src/formats/cvss.js";
import { parseControl } from "../../src/formats/debian/control.js";
import { parseDependencies } from "../../src/formats/debian/dependency.js";
import { scanPackagesIndex } from "../../src/formats/debian/index-scan.js";
import { parsePackageStanza } from "../../src/formats/debian/packages-index.js";
import { parseRelease } from "../../src/formats/debian/release.js";
import { compareDebianVersions, parseDebianVersion } from "../../src/formats/debian/version.js";
import { parseDigest } from "../../src/formats/digest.js";
import { compileGlob } from "../../src/formats/glob.js";
import { parseImageReference, parseRepositoryName, parseTag } from "../../src/formats/image-reference.js";
import { parseIntegrity } from "../../src/formats/integrity.js";
import { parseLock } from "../../src/formats/lock.js";
import { patchPom } from "../../src/formats/maven-pom.js";
import { parseImageConfig } from "../../src/formats/oci/config.js";
import { parseManifest } from "../../src/formats/oci/manifest.js";
import { parseVexDocument } from "../../src/formats/openvex.js";
import { suppressionsBy } from "../../src/vex/index.js";
import { definitionText } from "../../test/support/definitions.js";
import { eachLine, textTarget, type FuzzTarget } from "../target.js";
import * as samples from "./samples.js";

const TODAY = "2026-01-01";

async function readDefinition(text: string): Promise<void> {
  lintDefinition(await parseDefinition(text, "fuzz.yaml"), { today: TODAY });
}

/** What is read can be asked about anything. */
function readVex(text: string): void {
  const document = parseVexDocument(Buffer.from(text), "fuzz");
  const lookedAt = { image: { repository: "a/b", registries: ["r:1"], digests: [] }, distro: undefined };
  const purl = "pkg:deb/debian/b@1:2?arch=amd64";
  const item = {
    kind: "deb",
    name: "a",
    version: "1:2",
    purl,
    binaries: [{ name: "b", version: "1:2", purl }],
  } as const;
  suppressionsBy([{ document, origin: "fuzz" }], lookedAt)("CVE-1", item);
}

function readIndex(text: string): void {
  const bytes = Buffer.from(text);
  for (const [offset = 0, length = 0] of scanPackagesIndex(bytes, "fuzz").packages.values())
    parsePackageStanza(bytes.toString("utf8", offset, offset + length), "fuzz");
}

function readVersions(text: string): void {
  const lines = text.split("\n").slice(0, 40);
  for (const [index, line] of lines.entries()) {
    const other = lines[index + 1] ?? "1";
    parseDebianVersion(line);
    if (compareDebianVersions(line, other) + compareDebianVersions(other, line) !== 0)
      throw new Error(`${JSON.stringify(line)} and ${JSON.stringify(other)} have no order`);
  }
}

function readPattern(text: string): void {
  parseBoundedPattern(text.slice(0, 300), (why) => new BasaltError("DEFINITION_INVALID", why)).attempts(100);
}

function readGlob(text: string): void {
  const [pattern = "", path = ""] = text.split("\n");
  compileGlob(pattern.slice(0, 4096))(path.slice(0, 4096));
}

const debian: readonly FuzzTarget[] = [
  textTarget("packages-index", samples.INDEX, readIndex, samples.FIELDS),
  textTarget("release", samples.RELEASE, (text) => parseRelease(text, "fuzz"), samples.FIELDS),
  textTarget("control", samples.INDEX, (text) => parseControl(text, "fuzz"), samples.FIELDS),
  textTarget("debian-version", ["1:2.0-1+b1\n2.0~rc1-1\n0\n"], readVersions, ["~", ":", "-", "+", "~~"]),
  textTarget(
    "dependencies",
    ["a (>= 1) | b [!amd64] <!nocheck>, c:any\nd (= 2)"],
    eachLine((line) => parseDependencies(line, "fuzz")),
    ["|", ",", "(>= ", "<<", ")", "[", "]", "<!x>", ":any"],
  ),
  textTarget(
    "maintainer-script",
    samples.SCRIPTS,
    (text) => {
      readScriptLines(text);
      parseAlternatives(text);
      parseTriggers(text, "fuzz");
    },
    ["update-alternatives --install", "\\\n", "<<EOF", "'", '"', "$(", "`", "#"],
  ),
  textTarget("dpkg-status", samples.INDEX, (text) =>
    parseDpkgDatabase(new Map([["var/lib/dpkg/status", Buffer.from(text)]])),
  ),
];

const definitions: readonly FuzzTarget[] = [
  textTarget("definition", [definitionText(), ...samples.DEFINITIONS], readDefinition, samples.DEFINITION_KEYS),
  textTarget(
    "expression",
    ["vars.a == 'x' && !(vars.b != \"y\")\ntrue || false\ncontains(vars.a, 'b')"],
    eachLine((line) => evaluateExpression(line, () => "x")),
    ["&&", "||", "!", "(", ")", "==", "'", "vars."],
  ),
  textTarget(
    "substitution",
    ["${a} $${b} ${resolved.x.version}\n${c}"],
    (text) => {
      substitute(text, new Map([["a", "1"]]));
      resolveVariables(new Map(text.split("\n").map((line, index) => [`v${index}`, line] as const)), new Map());
    },
    ["${", "}", "$${", "${v0}", "${v1}", "#{"],
  ),
  textTarget("glob", ["usr/**/*.so\nusr/lib/x.so", "a/[b-d]?\na/c"], readGlob, ["**", "*", "?", "{a,b}", "[!"]),
  textTarget("bounded-pattern", ["^v([0-9]+\\.[0-9]+)$", "[a-z]{2,5}(x|y)?"], readPattern, [
    "(",
    ")*",
    "+",
    "[",
    "{1,9}",
  ]),
  textTarget("command-words", ["sh -c 'a b' \"c d\" e\\ f"], eachLine(parseCommandWords), ["'", '"', "\\", "$"]),
  textTarget("maven-pom", samples.POM, (text) => patchPom(text, samples.POM_PATCH), [
    "<!--",
    "]]>",
    "<![CDATA[",
    "<!DOCTYPE",
    "<?",
    "&#0;",
  ]),
];

const documents: readonly FuzzTarget[] = [
  textTarget("lock", samples.LOCK, (text) => parseLock(text, "fuzz"), samples.JSON_TOKENS),
  textTarget("oci-manifest", samples.MANIFESTS, (text) => parseManifest(Buffer.from(text)), samples.JSON_TOKENS),
  textTarget("oci-config", samples.CONFIGS, (text) => parseImageConfig(Buffer.from(text)), samples.JSON_TOKENS),
  textTarget("feed", samples.FEEDS, (text) => readFeed(text, { name: "fuzz", isComplete: true }), samples.JSON_TOKENS),
  textTarget("openvex", samples.VEX, (text) => readVex(text), samples.JSON_TOKENS),
  textTarget("cvss", ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\nAV:N/AC:L/Au:N/C:P/I:P/A:P"], eachLine(parseCvss)),
  textTarget("npm-manifest", samples.NPM, (text) => npm.find(new Map([["node_modules/a/package.json", text]]))),
  textTarget(
    "spdx-document",
    samples.SPDX,
    (text) => npm.find(new Map([["opt/docker/sbom/a/b.spdx.json", text]])),
    samples.JSON_TOKENS,
  ),
  textTarget("checksum-file", samples.CHECKSUMS, (text) => {
    parseChecksumFile(text);
    findChecksum(text, "a.tar.gz", "fuzz");
  }),
  textTarget(
    "names",
    ["repo/name:tag@sha256:ab\nlocalhost:5000/a/b:1\nsha512-AA=="],
    eachLine((line) => {
      for (const read of [parseImageReference, parseRepositoryName, parseTag, parseDigest, parseIntegrity]) {
        try {
          read(line);
        } catch (error) {
          if (!(error instanceof BasaltError)) throw error;
        }
      }
    }),
  ),
];

export const TEXT_TARGETS: readonly FuzzTarget[] = [...debian, ...definitions, ...documents];
