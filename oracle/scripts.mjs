// SPDX-License-Identifier: Apache-2.0
// The same packages with their maintainer scripts run, by mmdebstrap: what the rules make must be what the scripts make.
import { execFileSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { debianMirrors } from "../dist/src/distro/debian/mirrors.js";
import { createHost } from "../dist/src/host/host.js";
import { readTree } from "./tree.mjs";

const SUITES = [
  ["debian", ""],
  ["debian", "-updates"],
  ["debian-security", "-security"],
];
const mirrors = await debianMirrors(createHost());

/** What is looked at; the root of the scripts has the essential packages, too, without which most scripts do not run. */
const EFFECTS = [
  ["CA bundle", /^etc\/ssl\/certs\/ca-certificates\.crt$/],
  ["alternatives", /^etc\/alternatives\/(?!.*\.(?:[0-9]|[a-z]{2}1)\.gz$)/],
  ["merged /usr", /^(?:bin|sbin|lib|lib32|lib64)$/],
  ["base folders", /^(?:media|mnt|opt|srv|tmp|run|var\/(?:run|lock|mail|tmp|opt|spool)|usr\/local(?:\/[a-z]+)?)$/],
  ["shells, PAM", /^(?:etc\/shells|etc\/pam\.d\/common-.*)$/],
];
/** Whose scripts make what no other file shows. */
const MADE_BY = [
  [/^etc\/shells$/, ["bash", "dash"]],
  [/^etc\/pam\.d\/common-/, ["libpam-runtime"]],
  [/^etc\/alternatives\/README$/, ["dpkg"]],
];
const STORE = "etc/ssl/certs/java/cacerts";

/** @returns {number} how many entries differ */
export function compareWithScripts({ image, packages, folder, ours }) {
  const [, codename] = image.release ?? ["13", "trixie"];
  const theirs = join(folder, `${image.name}-scripts`);
  const sources = SUITES.map(([repository, suffix]) => `deb ${mirrors[repository].href} ${codename}${suffix} main\n`);
  writeFileSync(join(folder, "sources"), sources.join(""));
  const include = packages.map(({ name }) => name).join(",");
  execFileSync(
    "sh",
    [
      "-c",
      `mmdebstrap --quiet --mode=root --variant=essential --architectures=amd64 --include='${include}' --aptopt='APT::Install-Recommends "false"' ${codename} '${theirs}' - < '${folder}/sources'`,
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const [own, other] = [readTree(ours), readTree(theirs)];
  console.log(
    `\n| ${image.name}: effect of scripts | entries | equal | only by scripts | only by rules | other |\n|---|--:|--:|--:|--:|--:|`,
  );
  let differing = 0;
  for (const [effect, pattern] of EFFECTS) {
    const paths = [...new Set([...own.keys(), ...other.keys()])].filter(
      (path) => pattern.test(path) && !isOfOtherPackages(path, { own, other, packages }),
    );
    const onlyScripts = paths.filter((path) => !own.has(path));
    const onlyRules = paths.filter((path) => !other.has(path));
    const changed = paths.filter((path) => own.has(path) && other.has(path) && own.get(path) !== other.get(path));
    const rest = paths.length - onlyScripts.length - onlyRules.length - changed.length;
    console.log(
      `| ${effect} | ${paths.length} | ${rest} | ${onlyScripts.length} | ${onlyRules.length} | ${changed.length} |`,
    );
    for (const path of [...onlyScripts, ...onlyRules, ...changed])
      console.error(`${image.name}: /${path}: ${own.get(path) ?? "nothing"}; scripts: ${other.get(path) ?? "nothing"}`);
    differing += onlyScripts.length + onlyRules.length + changed.length;
  }
  if (existsSync(join(ours, STORE))) differing += compareStores(ours, theirs);
  rmSync(theirs, { recursive: true, force: true });
  return differing;
}

/** Whether scripts of packages made it that the image does not have: an alternative for a file of theirs, a list of their shells. */
function isOfOtherPackages(path, { own, other, packages }) {
  if (own.has(path)) return false;
  const [, makers] = MADE_BY.find(([pattern]) => pattern.test(path)) ?? [];
  if (makers !== undefined) return !packages.some(({ name }) => makers.includes(name));
  const target = /^link \/(.+)$/.exec(other.get(path) ?? "")?.[1];
  return path.startsWith("etc/alternatives/") && target !== undefined && !own.has(target);
}

/** Both by keytool: aliases and fingerprints. Dates are what differs. */
function compareStores(ours, theirs) {
  const [own, other] = [entriesOf(ours), new Set(entriesOf(theirs))];
  const equal = own.filter((line) => other.has(line)).length;
  for (const line of own.filter((one) => !other.has(one))) console.error(`only in our trust store: ${line}`);
  for (const line of [...other].filter((one) => !own.includes(one))) console.error(`only by scripts: ${line}`);
  console.log(
    `| Java trust store, by keytool | ${other.size} | ${equal} | ${other.size - equal} | ${own.length - equal} | 0 |`,
  );
  return other.size - equal + own.length - equal;
}

/** Aliases and fingerprints. */
function entriesOf(root) {
  const listed = execFileSync("keytool", ["-list", "-keystore", join(root, STORE), "-storepass", "changeit"], {
    encoding: "utf8",
  });
  return listed.split(/\n(?=\S.*, trustedCertEntry)/).flatMap((text) => {
    const [, alias, fingerprint] = /^(.*?), .*trustedCertEntry,[^]*\): ([0-9A-F:]+)/.exec(text) ?? [];
    return alias === undefined ? [] : [`${alias} ${fingerprint}`];
  });
}
