// SPDX-License-Identifier: Apache-2.0
// Where ClamAV is installed it looks through what is built; here a program that behaves as it does, by its manual.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Host } from "../src/host/host.js";
import { build } from "../src/pipeline.js";
import type { BuildEvent } from "../src/resolve/index.js";
import { openSigner } from "../src/sign/index.js";
import { basaltOn } from "./support/commands.js";
import { testDefinition } from "./support/definitions.js";
import { hostFor, PARTS, withStore, world } from "./support/pipeline.js";
import { temporaryFolder } from "./support/temporary.js";

const VIRUS = "https://scout.docker.com/virus/v0.1";

interface Scanner {
  readonly program: string;
  /** Folders that it was given, one a line. */
  readonly log: string;
  readonly setVersion: (version: string) => void;
}

/** Finds what holds the word EVIL. */
function scanner(): Scanner {
  const folder = temporaryFolder();
  const [program, log, version] = ["clamscan", "log", "version"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const script = `#!/bin/sh
if [ "$1" = --version ]; then cat ${version}; exit 0; fi
for last; do :; done
echo "$last" >>${log}
if grep -q NOTHING ${version}; then echo "LibClamAV Error: no supported database files found" >&2; exit 2; fi
evil=$(grep -rl EVIL "$last")
if [ -n "$evil" ]; then echo "$evil: Test.Evil FOUND"; echo; echo "----------- SCAN SUMMARY -----------"; exit 1; fi
printf '\\n----------- SCAN SUMMARY -----------\\nKnown viruses: 1\\nInfected files: 0\\nTime: 0.%s sec\\nStart Date: x\\n' $$
`;
  writeFileSync(program, script, { mode: 0o755 });
  const setVersion = (text: string): void => writeFileSync(version, `${text}\n`);
  setVersion("ClamAV 1.4.3/27800/Thu Nov 19");
  return { program, log, setVersion };
}

async function buildOn(host: Host, content: string): Promise<readonly string[]> {
  const notes: string[] = [];
  const onEvent = (event: BuildEvent): void => {
    if (event.kind === "note") notes.push(event.text);
  };
  const signer = await openSigner(host);
  const paths = [{ type: "file", path: "/etc/own.conf", content, mode: "0644" }];
  const definition = await testDefinition({ ...PARTS, tags: ["2"], platforms: ["linux/amd64"], paths });
  const options = { builderId: "urn:test", version: "0.9.0", onEvent };
  await withStore(host, (store) => build(definition, options, { host, store, signer }));
  return notes.filter((text) => text.includes("virus"));
}

function leftovers({ home }: Host): readonly string[] {
  return existsSync(home.temporary) ? readdirSync(home.temporary).filter((name) => name.startsWith("virus-")) : [];
}

it("a clean image says so; it is looked at again when there are other signatures, and only then", async () => {
  const { program, log, setVersion } = scanner();
  const host = hostFor(await world(), { env: { BASALT_CLAMSCAN: program } });
  await buildOn(host, "good");
  await buildOn(host, "good");
  expect(readFileSync(log, "utf8").trim().split("\n")).toHaveLength(1);
  const flags = ["--predicate-type", VIRUS, "--json"];
  const { stdout } = await basaltOn(host, "attest", "get", "test:2", "--predicate-type", VIRUS);
  const { predicate } = JSON.parse(stdout) as {
    predicate: { scanner: { uri: string; version: string; report: string } };
  };
  expect(predicate.scanner).toMatchObject({ uri: "clamav/clamav", version: "ClamAV 1.4.3/27800/Thu Nov 19" });
  expect(Buffer.from(predicate.scanner.report, "base64").toString()).toBe(
    "----------- SCAN SUMMARY -----------\nKnown viruses: 1\nInfected files: 0",
  );
  setVersion("ClamAV 1.4.3/27801/Fri Nov 20");
  await buildOn(host, "good");
  expect(readFileSync(log, "utf8").trim().split("\n")).toHaveLength(2);
  const listed = await basaltOn(host, "attest", "list", "test:2", ...flags);
  expect((JSON.parse(listed.stdout) as { attestations: readonly object[] }).attestations).toHaveLength(3);
  expect(leftovers(host)).toEqual([]);
});

it("an image with a virus is not published", async () => {
  const host = hostFor(await world(), { env: { BASALT_CLAMSCAN: scanner().program } });
  await expect(buildOn(host, "EVIL")).rejects.toMatchObject({
    code: "VIRUS_FOUND",
    message: "Test image: viruses on linux/amd64: /etc/own.conf: Test.Evil",
  });
  expect((await basaltOn(host, "attest", "list", "test:2")).code).toBe(1);
  expect(leftovers(host)).toEqual([]);
});

it("without signatures, or without a scanner, nothing is said about viruses, and that is told", async () => {
  const { program, setVersion } = scanner();
  setVersion("ClamAV 1.4.3 NOTHING");
  const host = hostFor(await world(), { env: { BASALT_CLAMSCAN: program } });
  expect(await buildOn(host, "EVIL")).toEqual([
    "linux/amd64: not looked at for viruses: LibClamAV Error: no supported database files found",
  ]);
  const none = hostFor(await world(), { env: { BASALT_CLAMSCAN: "/nonexistent/clamscan" } });
  expect(await buildOn(none, "EVIL")).toEqual([]);
  const { stdout } = await basaltOn(none, "attest", "list", "test:2", "--predicate-type", VIRUS, "--json");
  expect(JSON.parse(stdout)).toMatchObject({ attestations: [] });
});
