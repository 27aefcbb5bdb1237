// SPDX-License-Identifier: Apache-2.0
// The images whose trees are compared: the catalogue's own, and some that are made for it.

export const IMAGES = [
  { name: "static", definition: "images/static/debian-13/static.yaml" },
  { name: "node", definition: "images/node/debian-13/22.yaml" },
  { name: "node-dev", definition: "images/node/debian-13/22-dev.yaml", hasScripts: true },
  { name: "nginx", packages: ["nginx"] },
  { name: "python3", packages: ["python3", "python3-pip"] },
  { name: "postgresql-17", packages: ["postgresql-17"], hasScripts: true },
  { name: "openjdk-21", packages: ["openjdk-21-jre-headless"], hasScripts: true },
  { name: "git", packages: ["git"] },
  { name: "curl", packages: ["curl", "sudo"] },
  { name: "ping", packages: ["iputils-ping", "fping", "mtr-tiny"] },
  { name: "bookworm", packages: ["vim-tiny", "ca-certificates", "login"], release: ["12", "bookworm"] },
];

/** A dev image of some packages and what they need. */
export function definitionOf({ name, packages, release: [version, codename] = ["13", "trixie"] }) {
  return `name: ${name}
image: ${name}
variant: dev
tags: [latest]
platforms: [linux/amd64]
contents: { packages: [base-files, ${packages.join(", ")}] }
accounts: { root: true, run-as: root }
os-release: { name: Oracle, id: debian, version-id: "${version}", version-codename: ${codename} }
`;
}
