// SPDX-License-Identifier: Apache-2.0
// Files of images and packages, read by other programs than Basalt: GNU tar unpacks, the kernel says what is there.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const OPAQUE = ".wh..wh..opq";

/** Unpacks the layers of the one image of an OCI layout, lowest first, whiteouts applied. Source: OCI image-spec, layer.md. */
export function unpackImage(layout, root) {
  const blob = ({ digest }) => join(layout, "blobs", ...digest.split(":"));
  let document = JSON.parse(readFileSync(join(layout, "index.json"), "utf8"));
  while (document.manifests !== undefined) document = JSON.parse(readFileSync(blob(document.manifests[0]), "utf8"));
  for (const layer of document.layers) {
    const names = execFileSync("tar", ["--list", "--quoting-style=literal", "--file", blob(layer)], {
      encoding: "utf8",
      maxBuffer: 1024 ** 3,
    }).split("\n");
    for (const name of names.filter((one) => basename(one).startsWith(".wh."))) {
      const parent = join(root, dirname(name));
      if (basename(name) !== OPAQUE) rmSync(join(parent, basename(name).slice(4)), { recursive: true, force: true });
      else if (names.includes(`${dirname(name)}/`)) rmSync(parent, { recursive: true, force: true });
    }
    mkdirSync(root, { recursive: true });
    execFileSync("tar", [
      "--extract",
      "--preserve-permissions",
      "--numeric-owner",
      "--same-owner",
      "--xattrs",
      "--xattrs-include=security.capability",
      "--exclude=.wh.*",
      "--directory",
      root,
      "--file",
      blob(layer),
    ]);
  }
}

/**
 * Path → what stands there: kind, mode, owner, and the content's hash and number of names, or the target.
 * @returns {Map<string, string>}
 */
export function readTree(root) {
  const tree = new Map();
  const visit = (path) => {
    for (const name of readdirSync(join(root, path)).toSorted()) {
      const inner = path === "" ? name : `${path}/${name}`;
      const facts = lstatSync(join(root, inner));
      const owner = `${(facts.mode & 0o7777).toString(8)} ${facts.uid}:${facts.gid}`;
      if (facts.isSymbolicLink()) tree.set(inner, `link ${readlinkSync(join(root, inner))}`);
      else if (facts.isDirectory()) {
        tree.set(inner, `folder ${owner}`);
        visit(inner);
      } else if (facts.isFile()) {
        const hash = createHash("sha256")
          .update(readFileSync(join(root, inner)))
          .digest("hex");
        tree.set(inner, `file ${owner} ${hash.slice(0, 24)} names=${facts.nlink}`);
      } else tree.set(inner, `device ${owner}`);
    }
  };
  visit("");
  return tree;
}

/** Files with capabilities, as getcap(8) shows them. */
export function capabilitiesOf(root) {
  const lines = execFileSync("getcap", ["-r", root], { encoding: "utf8" }).split("\n");
  return lines
    .filter((line) => line !== "")
    .map((line) => [line.slice(root.length).split(" ")[0], line.split(" ").slice(1).join(" ")]);
}
