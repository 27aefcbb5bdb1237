// SPDX-License-Identifier: Apache-2.0
import type { Action, InputValues } from "./action.js";
import { enter, quote } from "./shell.js";

/** Newer versions of npm packages, also of those that others depend on, with npm, Yarn and Node.js of the stage. */
export const NODE_ACTIONS: Readonly<Record<string, Action>> = {
  "npm/bump@v1": {
    inputs: { bumps: "text", "npm-root": "text" },
    needs: [["bumps"]],
    hasNetwork: true,
    plan: (inputs) => ({
      kind: "run",
      script: [
        bumpsFile(inputs.text("bumps")),
        enter(inputs.text("npm-root")),
        `node -e ${quote(READ_BUMPS + EDIT_FOR_NPM)} "$bumps"\n`,
        "npm install --package-lock-only --ignore-scripts --no-audit --no-fund\n",
        `node -e ${quote(READ_BUMPS + CHECK_NPM_LOCK)} "$bumps"\n`,
      ].join(""),
    }),
  },
  "yarn/bump@v1": {
    inputs: { bumps: "text", patches: "text", "yarn-root": "text", "skip-yarn-add": "flag" },
    needs: [["bumps", "patches"]],
    hasNetwork: true,
    plan: (inputs) => ({
      kind: "run",
      script: yarnScript(inputs, inputs.flag("skip-yarn-add") === true ? "everywhere" : "added"),
    }),
  },
  "yarn/bump@v2": {
    inputs: { bumps: "text", "yarn-root": "text" },
    needs: [["bumps"]],
    hasNetwork: true,
    plan: (inputs) => ({ kind: "run", script: yarnScript(inputs, "precise") }),
  },
};

/** The file's place is meant from where the step begins. */
function bumpsFile(path = ""): string {
  return `bumps=${quote(path)}\ncase $bumps in /*) ;; *) bumps=$PWD/$bumps ;; esac\n`;
}

function yarnScript(inputs: InputValues, mode: "added" | "everywhere" | "precise"): string {
  return [
    bumpsFile(inputs.text("bumps") ?? inputs.text("patches")),
    enter(inputs.text("yarn-root")),
    `version=$(yarn --version)\n`,
    `node -e ${quote(READ_BUMPS + EDIT_FOR_YARN)} "$bumps" ${mode} "\${version%%.*}"\n`,
    // Yarn 1 cannot write its lock file alone.
    `case $version in
  0.* | 1.*) yarn install --ignore-scripts --non-interactive ;;
  *) YARN_ENABLE_IMMUTABLE_INSTALLS=false yarn install --mode=update-lockfile ;;
esac
`,
  ].join("");
}

/**
 * The list of what is raised: `{ "NAME": "VERSION" }`, or `[{ package, version, overridePath?, resolutions? }]`. Source: the files
 * that the public catalogue's definitions name.
 */
const READ_BUMPS = `"use strict";
const fs = require("fs");
const [file, ...rest] = require("process").argv.slice(1);
const listed = JSON.parse(fs.readFileSync(file, "utf8"));
const bumps = Array.isArray(listed)
  ? listed
  : Object.entries(listed).map(([name, version]) => ({ package: name, version }));
for (const { package: name, version } of bumps)
  if (typeof name !== "string" || typeof version !== "string")
    throw new Error(file + ": each entry needs package and version");
const manifest = JSON.parse(fs.readFileSync("package.json", "utf8"));
const LISTS = ["dependencies", "devDependencies", "optionalDependencies"];
const listsWith = (name) => LISTS.filter((list) => Object.hasOwn(manifest[list] ?? {}, name));
const save = () => fs.writeFileSync("package.json", JSON.stringify(manifest, null, 2) + "\\n");
`;

/** Own dependencies are set, those of others overridden: everywhere, or below the packages of a path. Source: npm, package.json, "overrides". */
const EDIT_FOR_NPM = `
for (const { package: name, version, overridePath = [] } of bumps) {
  const lists = overridePath.length === 0 ? listsWith(name) : [];
  for (const list of lists) manifest[list][name] = version;
  if (lists.length > 0 && manifest.overrides?.[name] === undefined) continue;
  let at = (manifest.overrides ??= {});
  for (const step of overridePath) {
    if (typeof at[step] !== "object") at[step] = at[step] === undefined ? {} : { ".": at[step] };
    at = at[step];
  }
  if (typeof at[name] === "object") at[name]["."] = version;
  else at[name] = version;
}
save();
`;

/** npm keeps what a lock file has where it thinks that nothing changed; then it is better to fail than to go on with what was to be raised. */
const CHECK_NPM_LOCK = `
const { packages = {} } = JSON.parse(fs.readFileSync("package-lock.json", "utf8"));
const exact = /^[0-9]+[.][0-9]+[.][0-9]+/;
const stale = [];
for (const { package: name, version, overridePath = [] } of bumps) {
  const own = listsWith(name).length > 0;
  for (const [path, entry] of Object.entries(packages)) {
    const isMeant = own ? path === "node_modules/" + name : path.endsWith("node_modules/" + name);
    if (overridePath.length > 0 || !isMeant || !exact.test(version) || entry.version === version) continue;
    stale.push("package-lock.json still has " + entry.version + " of " + name + " at " + path + ", not " + version);
  }
}
if (stale.length > 0) throw new Error(stale.join("\\n"));
`;

/**
 * Own dependencies are set, and resolutions decide for all others: those that an entry lists, or the package wherever it is. v1 also
 * makes a dependency of what is none, unless it is told not to. Source: yarn 1 and yarn berry, package.json, "resolutions".
 */
const EDIT_FOR_YARN = `
const [mode, major] = rest;
const keyOf = (key) => (Number(major) > 1 ? key.replace(/^[*][*][/]/, "") : key);
for (const { package: name, version, resolutions } of bumps) {
  const lists = listsWith(name);
  for (const list of lists) manifest[list][name] = version;
  if (mode === "added" && lists.length === 0) (manifest.dependencies ??= {})[name] = version;
  if (mode === "precise" && lists.length > 0 && resolutions === undefined) continue;
  for (const key of mode === "precise" ? (resolutions ?? [name]) : [name])
    (manifest.resolutions ??= {})[keyOf(key)] = version;
}
save();
`;
