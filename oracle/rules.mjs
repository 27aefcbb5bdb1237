// SPDX-License-Identifier: Apache-2.0
// Which rule of docs/assembly-rules.md explains a difference between an image and its packages. Written from that text, not from
// the code: what no line here names is a fault of one of the three.

const DOCUMENTATION = /^usr\/share\/(?:groff|info|linda|lintian|locale|man)(?:\/|$)/;
const DOC = /^usr\/share\/doc\/(?![^/]+\/copyright(?:$|\.))/;
const FHS =
  /^(?:etc\/opt|media|mnt|opt|run|run\/lock|srv|tmp|var\/(?:tmp|mail|opt|spool)|var\/spool\/mail|usr\/local(?:\/(?:bin|etc|games|include|lib|libexec|sbin|share|share\/man|src|man))?|root\/\.(?:bashrc|profile)|etc\/(?:motd|nsswitch\.conf|profile|dpkg\/origins\/default))$/;

/** Rule `file-capabilities`: what the scripts of Debian 13's packages give without asking. */
export const CAPABILITIES = { "/usr/bin/fping": "cap_net_raw=ep", "/usr/bin/mtr-packet": "cap_net_raw=ep" };

/** In this order: the first that fits counts. */
const ADDED = [
  [
    "alternatives",
    ({ path, found }) => /^etc\/alternatives(?:\/|$)/.test(path) || found.startsWith("link /etc/alternatives/"),
  ],
  ["debian-database", ({ path }) => /^var\/lib\/dpkg(?:\/|$)/.test(path)],
  [
    "ca-bundle",
    ({ path }) =>
      /^etc\/(?:ssl\/certs\/ca-certificates\.crt|ca-certificates\.conf)$|^usr\/local\/share\/ca-certificates$/.test(
        path,
      ),
  ],
  ["java-trust-store", ({ path }) => path === "etc/ssl/certs/java/cacerts"],
  ["merged-usr", ({ path, found }) => found === `link usr/${path}`],
  ["debian-base", ({ path }) => FHS.test(path)],
  ["accounts", ({ path }) => /^(?:etc\/g?shadow|etc\/passwd|etc\/group|root|home\/[^/]+)$/.test(path)],
  ["os-release", ({ path }) => /^(?:etc|usr\/lib)\/os-release$/.test(path)],
  [
    "debian-dev",
    ({ path }) =>
      /^(?:etc\/apt(?:\/.*)?|usr\/sbin\/policy-rc\.d|etc\/shells|etc\/pam\.d(?:\/common-.*)?|var\/lib\/(?:shells\.state|pam)|var\/lib\/pam\/.*)$/.test(
        path,
      ),
  ],
  ["sh", ({ path }) => path === "usr/bin/sh"],
  ["files", ({ path }) => path.startsWith("usr/local/")],
  ["paths", ({ path }) => /^(?:app|var\/lib|etc\/ssl|etc\/ssl\/certs)$/.test(path)],
];
const CHANGED = [
  ["alternatives", ({ found }) => found.startsWith("link /etc/alternatives/")],
  [
    "debian-base",
    ({ path, found }) => (/^var\/(?:run|lock)$/.test(path) && found.startsWith("link /run")) || FHS.test(path),
  ],
  ["os-release", ({ path }) => /^(?:etc|usr\/lib)\/os-release$/.test(path)],
  ["accounts", ({ path }) => path === "root"],
  ["debian-content", ({ found, wanted }) => withoutNames(found) === withoutNames(wanted)], // a further name lay in documentation
];

export function ruleOf(difference) {
  const { kind, path } = difference;
  if (kind === "missing") return DOCUMENTATION.test(path) || DOC.test(path) ? "debian-content" : undefined;
  return (kind === "added" ? ADDED : CHANGED).find(([, explains]) => explains(difference))?.[0];
}

function withoutNames(entry) {
  return entry.replace(/ names=[0-9]+$/, "");
}
