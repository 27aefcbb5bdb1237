// SPDX-License-Identifier: Apache-2.0
// Usage: npm run oracle:trees [-- NAME…] [--home FOLDER] [--scripts]. Needs root, dpkg-deb, tar; with --scripts also mmdebstrap and keytool.
// Compares the files of images, entry by entry, with what dpkg-deb unpacks of the same packages. Prints tables for docs/oracle.md.
// Ends with 1 if something differs that no written rule explains.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { basaltAt } from "./basalt.mjs";
import { IMAGES, definitionOf } from "./images.mjs";
import { CAPABILITIES, ruleOf } from "./rules.mjs";
import { compareWithScripts } from "./scripts.mjs";
import { capabilitiesOf, readTree, unpackImage } from "./tree.mjs";

const PLATFORM = "linux/amd64";
/** Top-level folders that a merged /usr replaces by links. */
const MERGED = /^(?:bin|sbin|lib|lib32|lib64|libo32|libx32)(?=\/)/;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { home: { type: "string" }, scripts: { type: "boolean", default: false } },
});
const folder = mkdtempSync(join(tmpdir(), "basalt-oracle-"));
const home = values.home ?? join(folder, "home");
const basalt = basaltAt(home);
const unpacked = new Map();
let unexplained = 0;
try {
  const images = IMAGES.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const totals = new Map();
  console.log("| image | packages | entries | equal | by a rule | unexplained |\n|---|--:|--:|--:|--:|--:|");
  for (const image of images) compareImage(image, totals);
  console.log("\n| rule | missing | added | changed | for example |\n|---|--:|--:|--:|---|");
  for (const [rule, { missing, added, changed, example }] of [...totals].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    console.log(`| ${rule} | ${missing} | ${added} | ${changed} | ${example} |`);
  if (values.scripts) {
    for (const image of images.filter(({ hasScripts }) => hasScripts === true)) {
      const { packages } = lockOf(image);
      unexplained += compareWithScripts({ image, packages, folder, ours: join(folder, image.name, "root") });
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(unexplained === 0 ? 0 : 1);

function definitionFile(image) {
  if (image.definition !== undefined) return image.definition;
  const file = join(folder, image.name, "definition.yaml");
  mkdirSync(join(folder, image.name), { recursive: true });
  writeFileSync(file, definitionOf(image));
  return file;
}

function lockOf(image) {
  return JSON.parse(basalt("resolve", definitionFile(image), "--platform", PLATFORM)).platforms[PLATFORM];
}

function compareImage(image, totals) {
  const file = definitionFile(image);
  const { images } = JSON.parse(basalt("build", file, "--platform", PLATFORM, "--json"));
  const { packages } = lockOf(image);
  const layout = join(folder, image.name, "layout");
  const root = join(folder, image.name, "root");
  mkdirSync(root, { recursive: true });
  basalt("copy", `${images[0].repository}@${images[0].digest}`, `oci-dir://${layout}`);
  unpackImage(layout, root);
  const found = readTree(root);
  const wanted = expectedTree(packages);
  const counts = { equal: 0, explained: 0, unexplained: 0 };
  const note = (path, kind) => {
    const rule = ruleOf({ path, kind, found: found.get(path), wanted: wanted.get(path) });
    if (rule === undefined) {
      counts.unexplained += 1;
      unexplained += 1;
      console.error(
        `${image.name}: ${kind} ${path}: ${found.get(path) ?? "nothing"}; dpkg-deb: ${wanted.get(path) ?? "nothing"}`,
      );
      return;
    }
    counts.explained += 1;
    const total = totals.get(rule) ?? { missing: 0, added: 0, changed: 0, example: `\`/${path}\`` };
    total[kind] += 1;
    totals.set(rule, total);
  };
  for (const [path, entry] of found) {
    if (!wanted.has(path)) note(path, "added");
    else if (wanted.get(path) === entry) counts.equal += 1;
    else note(path, "changed");
  }
  for (const path of wanted.keys()) if (!found.has(path)) note(path, "missing");
  for (const [path, capabilities] of capabilitiesOf(root)) {
    if (CAPABILITIES[path] === capabilities) continue;
    counts.unexplained += 1;
    unexplained += 1;
    console.error(`${image.name}: capabilities of ${path}: ${capabilities}`);
  }
  console.log(
    `| ${image.name} | ${packages.length} | ${found.size} | ${counts.equal} | ${counts.explained} | ${counts.unexplained} |`,
  );
  if (image.hasScripts !== true || !values.scripts) rmSync(root, { recursive: true });
  rmSync(layout, { recursive: true });
}

/** What dpkg would have: a folder is that of the package that brought it first, a file that of the last. Base-files is the first. */
function expectedTree(packages) {
  const sorted = packages.toSorted((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1));
  const tree = new Map();
  for (const item of sorted) {
    for (const [path, entry] of treeOf(item)) {
      const known = tree.get(path);
      if (known === undefined || !(entry.startsWith("folder") && known.startsWith("folder"))) tree.set(path, entry);
    }
  }
  return tree;
}

function rank(name) {
  return ["base-files", "libc6"].indexOf(name) === -1 ? 2 : ["base-files", "libc6"].indexOf(name);
}

/** `dpkg-deb -x`, with the paths that a merged /usr makes of the package's. */
function treeOf({ sha256 }) {
  const known = unpacked.get(sha256);
  if (known !== undefined) return known;
  const root = join(folder, "package");
  execFileSync("dpkg-deb", ["-x", cachedFile(sha256), root]);
  const tree = new Map();
  for (const [path, entry] of readTree(root)) {
    // A folder that the merged /usr replaces by a link is the one below /usr.
    const isTop = !entry.startsWith("link") && MERGED.test(`${path}/`) && !path.includes("/");
    tree.set(isTop ? `usr/${path}` : path.replace(MERGED, "usr/$&"), entry);
  }
  rmSync(root, { recursive: true });
  unpacked.set(sha256, tree);
  return tree;
}

function cachedFile(sha256) {
  return join(home, "cache", "content", "sha256", sha256.slice(0, 2), sha256);
}
