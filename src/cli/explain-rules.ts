// SPDX-License-Identifier: Apache-2.0
import type { ImageDefinition, OsRelease } from "../definition/index.js";
import { ASSEMBLY_RULES, type AssemblyRule } from "../formats/assembly-rules.js";
import { countWords, listWords } from "./paragraph.js";

/** What an assembly rule does with an image. */
export interface RuleEffect {
  readonly rule: AssemblyRule;
  readonly version: number;
  readonly adds: string;
}

/**
 * What each rule of docs/assembly-rules.md adds to an image of its own accord, in words; nothing where the definition gives it
 * nothing to do. The packages are not known yet, so what depends on them says so.
 */
const EFFECTS: Readonly<Record<AssemblyRule, (image: ImageDefinition) => string | undefined>> = {
  tar: () => "layers are PAX archives: owners as numbers, times as in the packages, 0 for what is made here",
  layers: ({ files }) => {
    const downloads = files.length === 0 ? "" : `, ${countWords(files.length, "download")} one each`;
    return `packages become layers of their own${downloads}; all that is made here becomes the last one`;
  },
  "merged-usr": ({ osRelease }) => forDebian(osRelease, "/bin, /sbin and /lib lead into /usr"),
  "debian-content": ({ osRelease }) =>
    forDebian(osRelease, "manual and info pages, translations and documentation stay out; copyright files stay in"),
  "debian-base": ({ osRelease }) =>
    forDebian(
      osRelease,
      "the folders of the Filesystem Hierarchy Standard, and what the scripts of base-files and libc-bin would make: /etc/nsswitch.conf, /etc/profile and the like, if these packages come in",
    ),
  "debian-database": ({ variant, osRelease }) =>
    forDebian(
      osRelease,
      variant === "dev"
        ? "/var/lib/dpkg as dpkg itself keeps it, so that dpkg and apt can go on from there"
        : "/var/lib/dpkg/status and status.d, for scanners",
    ),
  "file-capabilities": ({ osRelease }) =>
    forDebian(osRelease, "capabilities that packages' scripts give to programs of their own, such as ping's"),
  "alpine-content": ({ osRelease }) =>
    forAlpine(osRelease, "packages as they are, documentation has packages of its own"),
  "alpine-base": ({ osRelease }) =>
    forAlpine(osRelease, "busybox's links, by the list that its package brings, and folders such as /tmp"),
  "alpine-database": ({ variant, osRelease }) =>
    forAlpine(
      osRelease,
      variant === "dev" ? "/lib/apk/db as apk itself keeps it" : "/lib/apk/db/installed, for scanners",
    ),
  "alpine-dev": ({ variant, osRelease }) =>
    variant === "dev"
      ? forAlpine(osRelease, "what apk needs: /etc/apk/world, repositories and arch, if apk-tools comes in")
      : undefined,
  files: ({ files }) =>
    files.length === 0
      ? undefined
      : "archives are unpacked, other downloads stored as they are; links out of a download are refused",
  "ca-bundle": ({ packages }) =>
    `all certificates in /etc/ssl/certs/ca-certificates.crt, and SSL_CERT_FILE names it${packages.some(({ name }) => name === "ca-certificates") ? "" : ", if ca-certificates comes in"}`,
  "java-trust-store": () => "/etc/ssl/certs/java/cacerts with the same certificates, if ca-certificates-java comes in",
  artifacts: ({ artifacts }) =>
    artifacts.length === 0 ? undefined : "what is taken from other images is one layer each, above downloads",
  alternatives: ({ osRelease }) =>
    forDebian(osRelease, "links through /etc/alternatives, for packages that have any; the highest priority wins"),
  paths: ({ paths }) => (paths.length === 0 ? undefined : "the changes above, after all that was named so far"),
  "debian-dev": ({ variant, osRelease }) =>
    variant === "dev" && osRelease.id === "debian"
      ? "what apt needs: its sources, which name Debian's own host, and settings; PAM and /etc/shells as their scripts make them"
      : undefined,
  sh: ({ variant, osRelease }) =>
    variant === "dev" && osRelease.id === "debian"
      ? "/bin/sh leads to dash, else to bash, where no package brings it"
      : undefined,
  stages: ({ stages }) =>
    stages.length === 0 ? undefined : "what the build stages give is one layer each, above packages and downloads",
  squashed: ({ output }) =>
    output === "squashed" ? "all layers become one; nothing of what was replaced or deleted is left in it" : undefined,
  "os-release": ({ osRelease }) =>
    `/usr/lib/os-release says ${osRelease.fields["PRETTY_NAME"] ?? osRelease.fields["NAME"] ?? osRelease.id}; /etc/os-release leads to it`,
  accounts: ({ accounts }) => {
    const homes = accounts.users.filter(({ name }) => name !== "root" && name !== "_apt");
    const own = homes.length === 0 ? "" : `; homes: ${listWords(homes.map(({ name }) => `/home/${name}`))}`;
    return `/etc/passwd and /etc/group with ${accounts.hasRoot ? "root, " : ""}the accounts above and the distribution's own${own}`;
  },
  config: ({ environment }) => {
    const path = environment["PATH"] === undefined ? "PATH, " : "";
    return `${path}labels org.opencontainers.image.* and io.basalt.*, and created, the newest time in the content`;
  },
};

function forDebian({ id }: OsRelease, text: string): string | undefined {
  return id === "debian" ? text : undefined;
}

function forAlpine({ id }: OsRelease, text: string): string | undefined {
  return id === "alpine" ? text : undefined;
}

/** What the rules add to an image, in the order of the rules. */
export function ruleEffects(image: ImageDefinition): readonly RuleEffect[] {
  const rules = Object.keys(EFFECTS) as AssemblyRule[];
  return rules.flatMap((rule) => {
    const adds = EFFECTS[rule](image);
    return adds === undefined ? [] : [{ rule, version: ASSEMBLY_RULES[rule], adds }];
  });
}
