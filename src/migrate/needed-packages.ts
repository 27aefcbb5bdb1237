// SPDX-License-Identifier: Apache-2.0
import type { Instruction } from "../formats/dockerfile/instruction.js";
import type { Effect } from "./effects.js";
import type { KnownPackage, Manager, Mappings, Target } from "./mappings.js";
import type { Notes } from "./notes.js";

/** A RUN instruction and what its commands are for. */
export interface RunEffects {
  readonly instruction: Instruction;
  readonly effects: readonly Effect[];
}

/** Packages whose name ends so are only for building, whatever they are. */
const BUILD_ONLY = /-(?:dev|devel|dbg|debug|doc|docs|headers|src|static)$/;

/** What is known of a package by its name in one distribution. */
export function knownPackage(name: string, manager: Manager, { packages }: Mappings): KnownPackage | undefined {
  const versionless = name.replace(
    /(?<=^(?:python|php|ruby|openjdk-|postgresql-client-|postgresql-|gcc-|g\+\+-|clang-|llvm-))[0-9]+(?:\.[0-9]+)?/,
    "",
  );
  return (
    packages[manager].get(name) ??
    packages[manager].get(versionless) ??
    packages[manager].get(versionless.replace(/^python(?=$|-)/, "python3"))
  );
}

/**
 * The packages that the program needs at run time, by Debian's names, sorted: what was installed, less what only builds, less what the
 * image has. Removed packages do not count.
 */
export function neededPackages(
  runs: readonly RunEffects[],
  target: Target,
  mappings: Mappings,
  notes: Notes,
): readonly string[] {
  const removed = new Set(
    runs.flatMap(({ effects }) =>
      effects.flatMap((effect) =>
        effect.kind === "packages" && effect.packages.action === "remove" ? effect.packages.packages : [],
      ),
    ),
  );
  const needed = new Set<string>();
  for (const { instruction, effects } of runs)
    for (const effect of effects) {
      if (effect.kind === "packages" && effect.packages.action === "install")
        for (const name of effect.packages.packages)
          for (const each of runtimeOf(
            { name, isRemoved: removed.has(name), manager: effect.packages.manager, instruction, target },
            mappings,
            notes,
          ))
            needed.add(each);
      if (effect.kind === "packages" && effect.packages.hasUnknown && effect.packages.action === "install")
        notes.find(
          "check",
          "packages-unknown",
          instruction,
          "some of the packages are only known when it runs: those that the program needs must be added to the image by a customization",
        );
      for (const each of phpExtensions(effect)) needed.add(each);
    }
  return [...needed].filter((name) => !isProvided(name, target)).toSorted();
}

interface Installed {
  readonly name: string;
  readonly isRemoved: boolean;
  readonly manager: Manager;
  readonly instruction: Instruction;
  readonly target: Target;
}

function runtimeOf(
  { name, isRemoved, manager, instruction, target }: Installed,
  mappings: Mappings,
  notes: Notes,
): readonly string[] {
  if (isOwnLanguage(name, target)) return [];
  const known = knownPackage(name, manager, mappings);
  if (known !== undefined) {
    if (known.use === "build") return known.runtime ?? [];
    if (known.use === "never" || known.use === "provided-by-base" || isRemoved) return [];
    return [known.debian];
  }
  // A group of apk begins with a dot, one of dnf with @
  if (isRemoved || BUILD_ONLY.test(name) || /^[.@]/.test(name)) return [];
  if (manager === "apt") {
    notes.find(
      "check",
      "packages-unknown",
      instruction,
      `${name}: whether the program needs it at run time is not known; it is in the customization`,
    );
    return [name];
  }
  notes.find(
    "impossible",
    "packages-unknown",
    instruction,
    `${name}: its name in Debian is not known, so it is not in the image: add it by a customization if the program needs it`,
  );
  return [];
}

function isProvided(name: string, { provides }: Target): boolean {
  return provides.includes(name) || ALWAYS.has(name);
}

/** In every image of the catalogue. */
const ALWAYS = new Set(["base-files", "ca-certificates", "tzdata", "netbase"]);

const PHP_EXTENSIONS: Readonly<Record<string, string>> = {
  bcmath: "php8.4-bcmath",
  bz2: "php8.4-bz2",
  gd: "php8.4-gd",
  gmp: "php8.4-gmp",
  imagick: "php8.4-imagick",
  intl: "php8.4-intl",
  ldap: "php8.4-ldap",
  memcached: "php8.4-memcached",
  mysqli: "php8.4-mysql",
  pdo_mysql: "php8.4-mysql",
  pdo_pgsql: "php8.4-pgsql",
  pgsql: "php8.4-pgsql",
  redis: "php8.4-redis",
  apcu: "php8.4-apcu",
  soap: "php8.4-soap",
  tidy: "php8.4-tidy",
  xsl: "php8.4-xml",
  zip: "php8.4-zip",
};

/** `docker-php-ext-install` compiles what Debian has as packages. */
function phpExtensions(effect: Effect): readonly string[] {
  if (!isPhpExtensionCommand(effect)) return [];
  return effect.command.texts
    .map((text) => text.replace(/-[0-9.]+$/, ""))
    .flatMap((name) => (Object.hasOwn(PHP_EXTENSIONS, name) ? (PHP_EXTENSIONS[name] ?? []) : []));
}

/** Whether a command makes or switches on extensions of PHP in the way of the official image. */
export function isPhpExtensionCommand(effect: Effect): boolean {
  return (
    effect.kind === "work" &&
    (effect.command.program.startsWith("docker-php-ext-") ||
      effect.command.program === "install-php-extensions" ||
      (effect.command.program === "pecl" && effect.command.texts[0] === "install"))
  );
}

/** Packages of the language itself, which the image is made for. */
export function isOwnLanguage(name: string, target: Target): boolean {
  const own = Object.hasOwn(LANGUAGES, target.name) ? LANGUAGES[target.name] : undefined;
  if (own?.test(name) === true) return true;
  return target.provides.includes(name) && !["gcc", "libc6-dev", "bash", "coreutils"].includes(name);
}

const LANGUAGES: Readonly<Record<string, RegExp>> = {
  node: /^(?:nodejs(?:-current|[0-9]*)?|npm|yarn|yarnpkg)$/,
  python:
    /^python[0-9.]*(?:-(?:minimal|pip|venv|virtualenv|dev|devel|distutils|wheel|setuptools|full))?$|^py3-(?:pip|setuptools|wheel|virtualenv)$/,
  openjdk: /^(?:java-[0-9]+-|openjdk-?[0-9]+|default-j)/,
  ruby: /^ruby(?:[0-9.]*)(?:-(?:full|dev|bundler))?$/,
  php: /^php(?:[0-9.]*)(?:-(?:cli|fpm|common))?$/,
  nginx: /^nginx(?:-|$)/,
};
