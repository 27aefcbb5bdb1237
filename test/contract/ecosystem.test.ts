// SPDX-License-Identifier: Apache-2.0
import { ECOSYSTEMS } from "../../src/ecosystem/index.js";
import { describeEcosystem, type EcosystemSamples } from "./ecosystem.js";

const SAMPLES: Readonly<Record<(typeof ECOSYSTEMS)[number]["id"], EcosystemSamples>> = {
  nodejs: {
    shown: [
      { path: "usr/bin/node", content: program("22.11.0"), name: "node", version: "22.11.0" },
      { path: "usr/local/bin/nodejs", content: program("24.0.0-rc.1"), name: "node", version: "24.0.0-rc.1" },
      { path: "bin/node", content: program("4.9.1"), name: "node", version: "4.9.1" },
    ],
    silent: [
      { summary: "an empty program", path: "usr/bin/node", content: Buffer.alloc(0) },
      { summary: "another program of that name", path: "usr/bin/node", content: Buffer.alloc(5_000, "x") },
      {
        summary: "a program that names no version",
        path: "usr/bin/node",
        content: Buffer.from("node.js/vNext".padEnd(200)),
      },
    ],
    others: ["usr/bin/nodemon", "usr/bin/node/x", "usr/lib/node", "node", "usr/bin/node-22", "usr/sbin/Node"],
    versions: ["18.0.0", "18.20.4", "20.1.0"],
  },
  npm: {
    shown: [
      {
        path: "app/node_modules/semver/package.json",
        content: manifest("semver", "7.6.3"),
        name: "semver",
        version: "7.6.3",
      },
      {
        path: "app/node_modules/a/node_modules/@scope/b.js/package.json",
        content: manifest("@scope/b.js", "1.0.0-beta.1"),
        name: "@scope/b.js",
        version: "1.0.0-beta.1",
      },
      { path: "node_modules/x/package.json", content: manifest("x", "0.0.1"), name: "x", version: "0.0.1" },
    ],
    silent: [
      { summary: "an empty manifest", path: "node_modules/x/package.json", content: Buffer.alloc(0) },
      { summary: "a manifest that is no JSON", path: "node_modules/x/package.json", content: Buffer.from("{") },
      { summary: "a manifest that is null", path: "node_modules/x/package.json", content: Buffer.from("null") },
      {
        summary: "a manifest without a version",
        path: "node_modules/x/package.json",
        content: Buffer.from('{"name":"x"}'),
      },
      {
        summary: "a manifest of endless length",
        path: "node_modules/x/package.json",
        content: Buffer.alloc(1_100_000, " "),
      },
    ],
    others: [
      "package.json",
      "app/package.json",
      "node_modules/package.json",
      "node_modules/x/lib/package.json",
      "a/package.json",
    ],
    versions: ["1.0.0", "1.2.3", "2.0.0"],
  },
};

for (const ecosystem of ECOSYSTEMS) describeEcosystem(ecosystem, SAMPLES[ecosystem.id]);

function program(version: string): Buffer {
  const filling = Buffer.alloc(700, "node.js/");
  return Buffer.concat([filling, Buffer.from(`\0node.js/v${version}\0`), filling]);
}

function manifest(name: string, version: string): Buffer {
  return Buffer.from(JSON.stringify({ name, version, license: "MIT" }));
}
