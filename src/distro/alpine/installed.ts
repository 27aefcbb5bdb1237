// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";
import { formatTarHeader, TAR_END, tarPaddingBytes } from "../../formats/archive/tar-writer.js";
import { compareText } from "../../formats/canonical-json.js";
import { licenseExpression } from "../../formats/spdx.js";
import type { GeneratedEntry, ImageView, InstalledPackage, PackageFacts, Profile } from "../contract.js";
import { SCRIPTS } from "./record.js";

const FOLDER = "lib/apk/db";

/** The second is where `/lib` is a link into `/usr`, and where Wolfi has it. */
export const APK_DATABASE_PATHS = [`${FOLDER}/installed`, `usr/${FOLDER}/installed`] as const;

/**
 * The installed database: `installed` with a record and the files of each package, for apk and scanners; in dev images also the
 * scripts and triggers that apk runs. Source: apk-tools, src/database.c.
 */
export function formatApkDatabase(
  { packages }: Omit<ImageView, "release">,
  profile: Profile,
): readonly GeneratedEntry[] {
  const sorted = packages.toSorted((a, b) => compareText(a.name, b.name));
  const installed = file("installed", sorted.map((facts) => `${facts.statusParagraph}\n`).join(""));
  if (profile !== "dev") return [installed];
  return [installed, file("scripts.tar", scriptsTar(sorted)), file("triggers", sorted.map(triggerLine).join(""))];
}

function file(name: string, content: string): GeneratedEntry {
  return { kind: "file", path: `${FOLDER}/${name}`, mode: 0o644, content };
}

/** An archive as text: scripts are text, and headers are ASCII. */
function scriptsTar(packages: readonly PackageFacts[]): string {
  const parts: Buffer[] = [];
  for (const facts of packages) {
    for (const [path, text] of Object.entries(facts.retained)) {
      if (!path.startsWith(SCRIPTS)) continue;
      const content = Buffer.from(text);
      const name = path.slice(SCRIPTS.length);
      const owner = { uid: 0, gid: 0, mtimeSeconds: 0 };
      const header = { kind: "file", path: name, mode: 0o755, sizeBytes: content.length, ...owner } as const;
      parts.push(formatTarHeader(header), content, tarPaddingBytes(content.length));
    }
  }
  return Buffer.concat([...parts, TAR_END]).toString("utf8");
}

function triggerLine({ statusParagraph, triggers }: PackageFacts): string {
  const checksum = /^C:(.*)$/m.exec(statusParagraph)?.[1] ?? "";
  return triggers.length === 0 ? "" : `${checksum} ${triggers.map(({ trigger }) => trigger).join(" ")}\n`;
}

/** Packages that the database lists, each once. @throws BasaltError `APKINDEX_INVALID` */
export function parseApkDatabase(files: ReadonlyMap<string, Buffer>): readonly InstalledPackage[] {
  const found = new Map<string, Listed>();
  for (const path of APK_DATABASE_PATHS) {
    for (const record of (files.get(path)?.toString("utf8") ?? "").split(/\n{2,}/)) {
      if (record.trim() === "") continue;
      const listed = parseRecord(record, path);
      found.set(`${listed.installed.name} ${listed.installed.version}`, listed);
    }
  }
  return withDependencies([...found.values()]).toSorted((a, b) => compareText(a.name, b.name));
}

interface Listed {
  readonly installed: InstalledPackage;
  readonly needs: readonly string[];
  readonly provides: readonly string[];
}

/** Names without versions; what somebody's database has there need not be readable. */
function namesIn(text: string | undefined): readonly string[] {
  return (text ?? "").split(" ").flatMap((word) => /^[^!<>=~@\s][^<>=~@\s]*/.exec(word)?.[0] ?? []);
}

function withDependencies(all: readonly Listed[]): readonly InstalledPackage[] {
  const providers = new Map<string, string[]>();
  for (const { installed, provides } of all)
    for (const name of [installed.name, ...provides])
      providers.set(name, [...(providers.get(name) ?? []), installed.name]);
  return all.map(({ installed, needs }) => {
    const met = needs.flatMap((name) => providers.get(name) ?? []).filter((name) => name !== installed.name);
    const dependsOn = [...new Set(met)].toSorted(compareText);
    return dependsOn.length === 0 ? installed : { ...installed, dependsOn };
  });
}

/** The fields before the list of files, whose letters mean other things. */
function parseRecord(record: string, path: string): Listed {
  const files = record.search(/^F:/m);
  const head = files === -1 ? record : record.slice(0, files);
  const field = (letter: string): string | undefined => new RegExp(`^${letter}:(.+)$`, "m").exec(head)?.[1];
  const [name, version] = [field("P"), field("V")];
  if (name === undefined || version === undefined)
    throw new BasaltError(
      "APKINDEX_INVALID",
      `${path} lists ${name ?? "a package"} without a ${name === undefined ? "name" : "version"}`,
    );
  const [maintainer, license] = [field("m"), licenseExpression(field("L"))];
  return {
    installed: {
      name,
      version,
      architecture: field("A") ?? "noarch",
      source: field("o") ?? name,
      sourceVersion: version,
      ...(maintainer === undefined ? {} : { maintainer }),
      ...(license === undefined ? {} : { license }),
    },
    needs: namesIn(field("D")),
    provides: namesIn(field("p")),
  };
}
