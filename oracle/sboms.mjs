// SPDX-License-Identifier: Apache-2.0
// Usage: npm run oracle:sboms [-- DEFINITION…] [--home FOLDER] [--spdx COMMAND] [--syft COMMAND]. Needs pyspdxtools (PyPI: spdx-tools) and syft.
// Builds images and has their SBOMs judged: the SPDX document by SPDX's own validator, the CycloneDX document by its schema, and the packages
// of both by what Syft finds in the image. Prints a table for docs/oracle.md and what only one of the two lists. Ends with 1 if a validator
// refuses a document, the two documents differ, or Syft finds a package that they lack.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Ajv } from "ajv";

const PLATFORM = "linux/amd64";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    home: { type: "string" },
    spdx: { type: "string", default: "pyspdxtools" },
    syft: { type: "string", default: "syft" },
  },
});
const folder = mkdtempSync(join(tmpdir(), "basalt-sboms-"));
const home = values.home ?? join(folder, "home");
const takesCycloneDx = cycloneDxValidator();
const onlyOurs = new Map();
let faults = 0;
try {
  console.log("| image | packages | SPDX | CycloneDX | Syft finds | of these not listed |\n|---|--:|---|---|--:|--:|");
  for (const definition of positionals.length > 0 ? positionals : catalogue()) judge(definition);
  console.log("\nListed, and not found by Syft:\n");
  for (const [purl, images] of [...onlyOurs].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`- \`${purl}\` (${images.join(", ")})`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(faults === 0 ? 0 : 1);

function isDefinition(path) {
  return /^[^/]+\/debian-[^/]+\/[^/]+\.yaml$/.test(path) && !path.endsWith("/info.yaml");
}

/** What Debian's mirror has the packages of. */
function catalogue() {
  return readdirSync("images", { recursive: true })
    .filter(isDefinition)
    .toSorted()
    .map((path) => join("images", path));
}

function judge(definition) {
  const { images } = JSON.parse(basalt("build", definition, "--platform", PLATFORM, "--json"));
  const [{ repository, digest }] = images;
  const image = `${repository}@${digest}`;
  const [spdx, cycloneDx] = ["spdx", "cyclonedx"].map((format) => basalt("sbom", image, "--format", format));
  const spdxFault = judgeSpdx(spdx);
  const cycloneDxFault = takesCycloneDx(JSON.parse(cycloneDx));
  const ours = packagesOfSpdx(JSON.parse(spdx));
  const same = packagesOfCycloneDx(JSON.parse(cycloneDx));
  const layout = join(folder, "layout");
  basalt("copy", image, `oci-dir://${layout}`);
  const theirs = packagesOfSyft(layout);
  rmSync(layout, { recursive: true });
  const missing = [...theirs].filter((purl) => !ours.has(purl));
  for (const purl of ours) if (!theirs.has(purl)) onlyOurs.set(purl, [...(onlyOurs.get(purl) ?? []), repository]);
  const differences =
    [...ours].filter((purl) => !same.has(purl)).length + [...same].filter((purl) => !ours.has(purl)).length;
  for (const fault of [spdxFault, cycloneDxFault, ...missing.map((purl) => `lacks ${purl}`)])
    if (fault !== "") console.error(`${definition}: ${fault}`);
  if (differences > 0) console.error(`${definition}: its documents differ in ${differences} packages`);
  faults += [spdxFault, cycloneDxFault].filter((fault) => fault !== "").length + missing.length + differences;
  console.log(
    `| ${repository} (${definition.split("/").at(-1).replace(".yaml", "")}) | ${ours.size} | ${verdict(spdxFault)} | ${verdict(cycloneDxFault)} | ${theirs.size} | ${missing.length} |`,
  );
}

function verdict(fault) {
  return fault === "" ? "taken" : "refused";
}

function basalt(...args) {
  return execFileSync(process.execPath, ["dist/bin/basalt.js", ...args], {
    env: { ...process.env, BASALT_HOME: home },
    encoding: "utf8",
    maxBuffer: 1024 ** 3,
    stdio: ["ignore", "pipe", "ignore"],
  });
}

/** What is wrong, or nothing. */
function judgeSpdx(document) {
  const file = join(folder, "image.spdx.json");
  writeFileSync(file, document);
  const { status, stderr, error } = spawnSync(values.spdx, ["-i", file], { encoding: "utf8", maxBuffer: 1024 ** 3 });
  if (error !== undefined) throw new Error(`${values.spdx} does not run`, { cause: error });
  return status === 0 ? "" : stderr.slice(0, 2_000);
}

function cycloneDxValidator() {
  const schemas = join(
    createRequire(import.meta.url).resolve("@cyclonedx/cyclonedx-library/package.json"),
    "../res/schema",
  );
  const read = (name) => JSON.parse(readFileSync(join(schemas, name), "utf8"));
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  for (const name of ["spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json"])
    ajv.addSchema(read(name), `http://cyclonedx.org/schema/${name}`);
  const validate = ajv.compile(read("bom-1.6.SNAPSHOT.schema.json"));
  return (document) => (validate(document) ? "" : JSON.stringify(validate.errors).slice(0, 2_000));
}

function packagesOfSpdx({ packages }) {
  const purls = packages.flatMap(({ externalRefs = [] }) =>
    externalRefs.map(({ referenceLocator }) => referenceLocator),
  );
  return new Set(purls.filter(isPackage).map(nameOf));
}

function packagesOfCycloneDx({ components }) {
  return new Set(components.flatMap(({ purl = "" }) => (isPackage(purl) ? [nameOf(purl)] : [])));
}

function packagesOfSyft(layout) {
  const found = execFileSync(values.syft, ["scan", `oci-dir:${layout}`, "-o", "json", "-q"], {
    env: { ...process.env, SYFT_CHECK_FOR_APP_UPDATE: "false" },
    encoding: "utf8",
    maxBuffer: 1024 ** 3,
  });
  const purls = JSON.parse(found).artifacts.map(
    ({ purl, name, version, type }) => purl || `pkg:${type}/${name}@${version}`,
  );
  return new Set(purls.filter(isPackage).map(nameOf));
}

function isPackage(purl) {
  return purl.startsWith("pkg:") && !purl.startsWith("pkg:oci/") && !purl.startsWith("pkg:docker/");
}

/** Kind, name and version: qualifiers say where a package is from, each tool in its own way. */
function nameOf(purl) {
  return decodeURIComponent(purl.split(/[?#]/)[0] ?? "");
}
