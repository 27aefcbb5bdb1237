// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../../errors.js";

/** A one-line APT source. Source: sources.list(5), "one-line-style format". */
export interface AptSource {
  /** `deb-src` names a repository of sources, from which nothing is installed. */
  readonly type: "deb" | "deb-src";
  /** Root of the repository, http or https; ends in a slash. */
  readonly url: URL;
  /** Name of the suite; of a flat repository its folder below the root, which ends in a slash: `./`, `debian13/`. */
  readonly suite: string;
  /** None for a flat repository. */
  readonly components: readonly string[];
  /** Only for these; without them for all. */
  readonly architectures?: readonly string[];
  /** Absolute path of the file with its keys. */
  readonly signedBy?: string;
  /** Fingerprints that `signed-by` names, upper-case hex. */
  readonly fingerprints: readonly string[];
}

const LINE = /^(deb(?:-src)?)\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)((?:\s+\S+)*)\s*$/;
const FINGERPRINT = /^(?:0x)?([0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})$/;
/** They become part of a URL. */
const WORD = /^[A-Za-z0-9][A-Za-z0-9+._~-]*(?:\/[A-Za-z0-9+_~-][A-Za-z0-9+._~-]*)*$/;
const KEY_FILE = /^\/(?:[A-Za-z0-9+_@-][A-Za-z0-9+._@-]*\/)*[A-Za-z0-9+_@-][A-Za-z0-9+._@-]*\.(?:gpg|pgp|asc)$/;
/** Options that change what is transferred, not what is trusted. */
const HARMLESS = new Set(["lang", "target", "pdiffs", "by-hash"]);

/** @throws BasaltError `REPOSITORY_INVALID` */
export function parseAptSource(line: string): AptSource {
  const match = LINE.exec(line.trim());
  if (match === null) throw invalid(line, "write deb [signed-by=/PATH] https://HOST/PATH SUITE COMPONENT…");
  const [, type = "deb", options = "", address = "", suite = "", rest = ""] = match;
  const components = rest.split(/\s+/).filter((word) => word !== "");
  if (suite.endsWith("/")) {
    if (components.length > 0) throw invalid(line, `${suite} ends in a slash, so that there are no components`);
  } else if (components.length === 0) throw invalid(line, `the suite ${suite} has no components`);
  if (!isFolder(suite) && !WORD.test(suite)) throw invalid(line, `not a suite: ${suite}`);
  const strange = components.find((component) => !WORD.test(component));
  if (strange !== undefined) throw invalid(line, `not a component: ${strange}`);
  return {
    type: type as AptSource["type"],
    url: parseAddress(address, line),
    suite: suite.endsWith("/") ? folderOf(suite) : suite,
    components: [...new Set(components)],
    ...parseOptions(options, line),
  };
}

/** `/`, `./`, `a/b/`; nothing that leads out of the repository. */
function isFolder(text: string): boolean {
  return text === "/" || text === "./" || (text.endsWith("/") && WORD.test(folderOf(text).slice(0, -1)));
}

function folderOf(text: string): string {
  const clean = text.replace(/^(?:\.?\/)+/, "");
  return clean === "" ? "./" : clean;
}

function parseAddress(address: string, line: string): URL {
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol))
    throw invalid(line, `not an http or https address: ${address}`);
  const url = new URL(address);
  if (url.username !== "" || url.password !== "") {
    url.username = "";
    url.password = "";
    throw invalid(
      line.replace(address, () => url.href),
      "an address has no user and password: locks and images keep it",
    );
  }
  if (url.search !== "" || url.hash !== "") throw invalid(line, "the address of a repository is a folder");
  return url.pathname.endsWith("/") ? url : new URL(`${url.href}/`);
}

function parseOptions(text: string, line: string): Pick<AptSource, "architectures" | "signedBy" | "fingerprints"> {
  let architectures: readonly string[] | undefined;
  let signedBy: string | undefined;
  const fingerprints: string[] = [];
  for (const option of text.split(/\s+/).filter((word) => word !== "")) {
    const [, name = "", value = ""] = /^([a-z-]+)=(\S+)$/.exec(option) ?? [];
    const values = value.split(",").filter((part) => part !== "");
    if (name === "arch") architectures = values;
    else if (name === "signed-by") {
      for (const part of values) {
        const fingerprint = FINGERPRINT.exec(part)?.[1];
        if (fingerprint !== undefined) fingerprints.push(fingerprint.toUpperCase());
        else if (signedBy === undefined && KEY_FILE.test(part)) signedBy = part;
        else throw invalid(line, `signed-by is one path that ends in .gpg, .pgp or .asc, and fingerprints: ${part}`);
      }
    } else if (!HARMLESS.has(name)) throw invalid(line, `the option ${option} is not supported`);
  }
  return {
    ...(architectures === undefined ? {} : { architectures }),
    ...(signedBy === undefined ? {} : { signedBy }),
    fingerprints,
  };
}

/** The source as one line again, with the file in which its keys are. */
export function formatAptSource(source: AptSource, keyFile: string): string {
  const { type, url, suite, components, architectures } = source;
  const options = [...(architectures === undefined ? [] : [`arch=${architectures.join(",")}`]), `signed-by=${keyFile}`];
  return [type, `[${options.join(" ")}]`, url.href.replace(/(?<!\/)\/$/, ""), suite, ...components].join(" ");
}

/** The address of a source, as its line has it; of another line, such as one of apk, without the tag in front. */
export function addressOf(line: string): string {
  return LINE.exec(line.trim())?.[3] ?? line.replace(/^@\S+\s+/, "");
}

/**
 * Whether a repository is Debian's own: it is then fetched from the machine's mirror and signed by Debian's pinned keys, whatever
 * its line says.
 */
export function isDebianRepository(url: URL): boolean {
  return debianRepositoryOf(url) !== undefined;
}

export function debianRepositoryOf({ hostname, pathname }: URL): "debian" | "debian-security" | undefined {
  if (!/(?:^|\.)debian\.org$/.test(hostname)) return undefined;
  return /^\/(debian|debian-security)\/$/.exec(pathname)?.[1] as "debian" | "debian-security" | undefined;
}

function invalid(line: string, why: string): BasaltError {
  return new BasaltError("REPOSITORY_INVALID", `${JSON.stringify(line)}: ${why}`);
}
