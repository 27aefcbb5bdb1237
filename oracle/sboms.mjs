// SPDX-License-Identifier: Apache-2.0
// Usage: npm run oracle:sboms [-- DEFINITION…] [--home FOLDER] [--spdx COMMAND] [--syft COMMAND]. Needs pyspdxtools (PyPI: spdx-tools) and syft.
// Builds images and has their SBOMs judged: the SPDX document by SPDX's own validator, the CycloneDX document by its schema, and the packages
// of both by what Syft finds in the image. Prints a table for docs/oracle.md and what only one of the two lists. Ends with 1 if a validator
// refuses a document, the two documents differ, or Syft finds a package that they lack, unless all that it found it in are files of a Debian
// package, which they list: a Debian package of Go is not also each of its programs.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Ajv } from "ajv";
import { basaltAt } from "./basalt.mjs";

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
const basalt = basaltAt(home);
const takesCycloneDx = cycloneDxValidator();
const onlyOurs = new Map();
const insidePackages = new Map();
let faults = 0;
try {
  console.log(
    "| image | packages | SPDX | CycloneDX | Syft finds | of these inside packages | of these not listed |\n|---|--:|---|---|--:|--:|--:|",
  );
  for (const definition of positionals.length > 0 ? positionals : catalogue()) judge(definition);
  print("Listed, and not found by Syft", onlyOurs);
  print("Found by Syft inside of Debian packages", insidePackages);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(faults === 0 ? 0 : 1);

function isDefinition(path) {
  return /^[^/]+\/debian-[^/]+\/[^/]+\.yaml$/.test(path) && !/\/info\.yaml$|\.inc\.yaml$/.test(path);
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
  const found = foundBySyft(layout);
  const theirs = new Set(found.keys());
  rmSync(layout, { recursive: true });
  const owned = filesOfPackages(JSON.parse(spdx));
  const unlisted = [...theirs].filter((purl) => !ours.has(purl));
  const missing = unlisted.filter((purl) => !found.get(purl).every((path) => owned.has(path)));
  for (const purl of unlisted.filter((one) => !missing.includes(one)))
    insidePackages.set(purl, [...(insidePackages.get(purl) ?? []), repository]);
  for (const purl of ours) if (!theirs.has(purl)) onlyOurs.set(purl, [...(onlyOurs.get(purl) ?? []), repository]);
  const differences =
    [...ours].filter((purl) => !same.has(purl)).length + [...same].filter((purl) => !ours.has(purl)).length;
  for (const fault of [spdxFault, cycloneDxFault, ...missing.map((purl) => `lacks ${purl}`)])
    if (fault !== "") console.error(`${definition}: ${fault}`);
  if (differences > 0) console.error(`${definition}: its documents differ in ${differences} packages`);
  faults += [spdxFault, cycloneDxFault].filter((fault) => fault !== "").length + missing.length + differences;
  console.log(
    `| ${repository} (${definition.split("/").at(-1).replace(".yaml", "")}) | ${ours.size} | ${verdict(spdxFault)} | ${verdict(cycloneDxFault)} | ${theirs.size} | ${unlisted.length - missing.length} | ${missing.length} |`,
  );
}

function verdict(fault) {
  return fault === "" ? "taken" : "refused";
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

/** Packages, each with the files in which it was found. */
function foundBySyft(layout) {
  const output = execFileSync(values.syft, ["scan", `oci-dir:${layout}`, "-o", "json", "-q"], {
    env: { ...process.env, SYFT_CHECK_FOR_APP_UPDATE: "false" },
    encoding: "utf8",
    maxBuffer: 1024 ** 3,
  });
  const found = new Map();
  for (const { purl, name, version, type, locations = [] } of JSON.parse(output).artifacts) {
    const named = purl || `pkg:${type}/${name}@${version}`;
    if (isPackage(named))
      found.set(nameOf(named), [...(found.get(nameOf(named)) ?? []), ...locations.map(({ path }) => path)]);
  }
  return found;
}

/** Paths of the files that the document lists at a Debian package. */
function filesOfPackages({ packages, files = [], relationships }) {
  const debian = new Set(
    packages
      .filter(({ externalRefs = [] }) =>
        externalRefs.some(({ referenceLocator }) => referenceLocator.startsWith("pkg:deb/")),
      )
      .map(({ SPDXID }) => SPDXID),
  );
  const owned = new Set(
    relationships
      .filter(({ relationshipType, spdxElementId }) => relationshipType === "CONTAINS" && debian.has(spdxElementId))
      .map(({ relatedSpdxElement }) => relatedSpdxElement),
  );
  return new Set(files.filter(({ SPDXID }) => owned.has(SPDXID)).map(({ fileName }) => fileName.slice(1)));
}

function print(title, found) {
  console.log(`\n${title}:\n`);
  for (const [purl, images] of [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`- \`${purl}\` (${[...new Set(images)].join(", ")})`);
}

function isPackage(purl) {
  return purl.startsWith("pkg:") && !purl.startsWith("pkg:oci/") && !purl.startsWith("pkg:docker/");
}

/** Kind, name and version: qualifiers say where a package is from, each tool in its own way. */
function nameOf(purl) {
  return decodeURIComponent(purl.split(/[?#]/)[0] ?? "");
}
