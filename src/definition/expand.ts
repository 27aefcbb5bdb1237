// SPDX-License-Identifier: Apache-2.0
import { BasaltError } from "../errors.js";
import { isTag } from "../formats/image-reference.js";
import { parseIntegrity } from "../formats/integrity.js";
import { architectureOf, type Platform } from "../formats/platform.js";
import type { YamlPath } from "./located-yaml.js";
import type {
  Accounts,
  Definition,
  FileRequest,
  ImageDefinition,
  OsRelease,
  PackageRequest,
  PathEdit,
} from "./model.js";
import { definitionError, type Problem } from "./problem.js";
import type { RawDefinition, RawFile, RawPath } from "./raw.js";
import { resolveVariables, substituteDeep } from "./substitution.js";

/** Says what a definition means on `platform`. @throws BasaltError `DEFINITION_INVALID` with every problem, `DEFINITION_UNSUPPORTED` */
export function expandDefinition(definition: Definition, platform: Platform): ImageDefinition {
  return new Expander(definition, platform).expand();
}

class Expander {
  readonly #definition: Definition;
  readonly #platform: Platform;
  readonly #problems: Problem[] = [];

  constructor(definition: Definition, platform: Platform) {
    this.#definition = definition;
    this.#platform = platform;
  }

  expand(): ImageDefinition {
    const raw = this.#substituted(this.#definition.yaml.value as RawDefinition);
    this.#refuseUnsupported(raw);
    const optional = {
      ...(raw.flavor === undefined ? {} : { flavor: raw.flavor }),
      ...(raw["work-dir"] === undefined ? {} : { workDir: raw["work-dir"] }),
      ...(raw["stop-signal"] === undefined ? {} : { stopSignal: raw["stop-signal"] }),
    };
    const image: ImageDefinition = {
      title: raw.name,
      image: this.#definition.image,
      variant: raw.variant === "dev" ? "dev" : "runtime",
      output: raw.output ?? "layered",
      tags: this.#tags(raw.tags),
      platform: this.#platform,
      dates: {
        ...(raw.dates?.release === undefined ? {} : { release: raw.dates.release }),
        ...(raw.dates?.["end-of-life"] === undefined ? {} : { endOfLife: raw.dates["end-of-life"] }),
      },
      osRelease: toOsRelease(raw),
      repositories: raw.contents.repositories ?? [],
      ...toPackages(raw.contents.packages ?? []),
      files: this.#files(raw.contents.files ?? []),
      accounts: this.#accounts(raw.accounts),
      environment: withoutEmpty(raw.environment ?? {}),
      paths: (raw.paths ?? []).flatMap((path, index) => this.#path(path, ["paths", index])),
      annotations: raw.annotations ?? {},
      labels: raw.labels ?? {},
      entrypoint: raw.entrypoint ?? [],
      cmd: raw.cmd ?? [],
      ports: (raw.ports ?? []).flatMap(expandPort),
      volumes: raw.volumes ?? [],
      mappings: raw.contents.mappings ?? {},
      ...optional,
    };
    if (this.#problems.length > 0) throw definitionError(this.#problems);
    return image;
  }

  #substituted(raw: RawDefinition): RawDefinition {
    const architecture = architectureOf(this.#platform);
    const builtIns = new Map([
      ["target.arch", architecture],
      ["target.flavor", raw.flavor ?? ""],
      ["target.dev", String(raw.variant === "dev")],
      ["target.fips", "false"],
    ]);
    try {
      const variables = resolveVariables(new Map(Object.entries(raw.vars ?? {})), builtIns);
      const { vars: _vars, ...rest } = raw;
      return substituteDeep(rest, variables) as RawDefinition;
    } catch (error) {
      if (!(error instanceof BasaltError)) throw error;
      throw definitionError([this.#problem(["vars"], "DEFINITION_VARS", error.message)]);
    }
  }

  #refuseUnsupported(raw: RawDefinition): void {
    const unsupported: readonly (readonly [YamlPath, boolean, string])[] = [
      [["includes"], raw.includes !== undefined, "includes"],
      [["variant"], raw.variant === "helm", "variant: helm"],
      [["contents", "builds"], (raw.contents.builds ?? []).length > 0, "contents.builds"],
      [["contents", "artifacts"], (raw.contents.artifacts ?? []).length > 0, "contents.artifacts"],
      [["contents", "repositories"], (raw.contents.repositories ?? []).length > 0, "contents.repositories"],
      [["compression"], raw.compression === "zstd", "compression: zstd"],
      [["output"], raw.output === "squashed", "output: squashed"],
      [["suffix"], raw.suffix !== undefined, "suffix"],
      [["tests"], (raw.tests ?? []).length > 0, "tests"],
      [["os-release", "id"], raw["os-release"].id !== "debian", "os-release.id: alpine"],
    ];
    const found = unsupported.filter(([, isUsed]) => isUsed);
    if (found.length === 0) return;
    const list = found.map(([path, , what]) => {
      const { line, column } = this.#definition.yaml.locate(path);
      return `${this.#definition.file}:${line}:${column}: ${what}`;
    });
    throw new BasaltError("DEFINITION_UNSUPPORTED", `this version of Basalt does not build ${list.join(", ")}`);
  }

  #tags(tags: readonly string[]): readonly string[] {
    for (const [index, tag] of tags.entries()) {
      // ${resolved.PACKAGE.version} is filled in after resolving, and checked again there.
      if (!isTag(tag.replaceAll(/\$\{resolved\.[^}]+\}/g, "0")))
        this.#report(["tags", index], "DEFINITION_TAG", `not a tag: ${JSON.stringify(tag)}`);
    }
    return [...new Set(tags)];
  }

  #files(files: readonly RawFile[]): readonly FileRequest[] {
    const wanted = files.map((file, index) => [file, index] as const);
    return wanted
      .filter(([file]) => file.platforms?.includes(this.#platform) ?? true)
      .flatMap(([file, index]) => this.#file(file, ["contents", "files", index]));
  }

  #file(file: RawFile, at: YamlPath): readonly FileRequest[] {
    if (file.if !== undefined) this.#report([...at, "if"], "DEFINITION_FILE", "conditions are not supported");
    if (!/^(?:npm:|https:\/\/)/.test(file.url))
      return this.#report(
        [...at, "url"],
        "DEFINITION_FILE",
        `only npm: and https: URLs can be fetched, not ${JSON.stringify(file.url)}`,
      );
    if (file.checksum === undefined) return this.#report(at, "DEFINITION_UNPINNED", `${file.url} has no checksum`);
    try {
      const software =
        file.spdx?.packages ??
        (file.spdx?.name === undefined ? [] : [{ name: file.spdx.name, version: file.spdx.version }]);
      return [
        {
          url: file.url,
          integrity: parseIntegrity(file.checksum),
          path: this.#cleanPath(file.path, [...at, "path"]),
          includes: file.includes ?? [],
          excludes: file.excludes ?? [],
          uid: file.uid ?? 0,
          gid: file.gid ?? 0,
          ...(file.mode === undefined ? {} : { mode: Number.parseInt(file.mode, 8) }),
          software: software.map(
            (item) =>
              JSON.parse(JSON.stringify({ version: file.spdx?.version, ...item })) as FileRequest["software"][number],
          ),
        },
      ];
    } catch (error) {
      if (!(error instanceof BasaltError)) throw error;
      return this.#report([...at, "checksum"], "DEFINITION_CHECKSUM", error.message);
    }
  }

  #accounts(raw: RawDefinition["accounts"]): Accounts {
    const users = raw.users ?? [];
    const groups = (raw.groups ?? []).map((group) => ({
      name: group.name,
      gid: group.gid,
      members: group.members ?? [],
    }));
    const hasRoot = raw.root === true || raw["run-as"] === "root" || raw["run-as"] === "0" || raw["run-as"] === 0;
    return { hasRoot, runAs: this.#runAs(String(raw["run-as"]), users), users, groups };
  }

  /** Images always say a number: Kubernetes cannot prove that a name is not root. */
  #runAs(runAs: string, users: Accounts["users"]): Accounts["runAs"] {
    if (runAs === "root" || runAs === "0") return { uid: 0, gid: 0 };
    const user = users.find((candidate) => candidate.name === runAs || String(candidate.uid) === runAs);
    if (user !== undefined) return { uid: user.uid, gid: user.gid };
    const numeric = /^([0-9]+)(?::([0-9]+))?$/.exec(runAs);
    if (numeric !== null) return { uid: Number(numeric[1]), gid: Number(numeric[2] ?? numeric[1]) };
    this.#report(["accounts", "run-as"], "DEFINITION_USER", `there is no user ${JSON.stringify(runAs)}`);
    return { uid: 0, gid: 0 };
  }

  #path(raw: RawPath, at: YamlPath): readonly PathEdit[] {
    if (raw.if !== undefined || raw.recursive === true)
      return this.#report(at, "DEFINITION_PATH", "if and recursive are not supported in paths");
    if (raw.platforms?.includes(this.#platform) === false) return [];
    const path = this.#cleanPath(raw.path, [...at, "path"]);
    const owner = { uid: raw.uid ?? 0, gid: raw.gid ?? 0 };
    const mode = (fallback: number): number => (raw.mode === undefined ? fallback : Number.parseInt(raw.mode, 8));
    switch (raw.type) {
      case "directory":
        return [{ kind: "directory", path, ...owner, mode: mode(0o755) }];
      case "emptyfile":
        return [{ kind: "file", path, ...owner, mode: mode(0o644), content: "" }];
      case "file":
        if (raw.source !== undefined)
          return this.#report(
            [...at, "source"],
            "DEFINITION_PATH",
            "files from a source are not supported; use content",
          );
        return [{ kind: "file", path, ...owner, mode: mode(0o644), content: raw.content ?? "" }];
      case "symlink":
        if (raw.source === undefined)
          return this.#report(at, "DEFINITION_PATH", "a symlink needs source: what it points to");
        return [{ kind: "symlink", path, ...owner, target: raw.source }];
      case "delete":
        return [{ kind: "delete", path }];
    }
  }

  #cleanPath(path: string, at: YamlPath): string {
    const parts = path.split("/").filter((part) => part !== "" && part !== ".");
    if (parts.includes("..") || path.includes("\0"))
      this.#report(at, "DEFINITION_PATH", `${JSON.stringify(path)} leaves the image`);
    return parts.join("/");
  }

  #report(path: YamlPath, code: string, message: string): readonly never[] {
    this.#problems.push(this.#problem(path, code, message));
    return [];
  }

  #problem(path: YamlPath, code: string, message: string): Problem {
    return { file: this.#definition.file, ...this.#definition.yaml.locate(path), severity: "error", code, message };
  }
}

function toOsRelease(raw: RawDefinition): OsRelease {
  const source = raw["os-release"];
  const fields = Object.entries(source).map(([key, value]) => [key.replaceAll("-", "_").toUpperCase(), value]);
  return {
    id: source.id,
    versionId: source["version-id"],
    fields: Object.fromEntries(fields) as Record<string, string>,
  };
}

/** A pinned request of a name wins over an unpinned one; a requested name is not masked. */
function toPackages(entries: readonly string[]): {
  readonly packages: readonly PackageRequest[];
  readonly masks: readonly string[];
} {
  const requests = new Map<string, PackageRequest>();
  const masks = new Set<string>();
  for (const entry of entries) {
    if (entry.startsWith("!")) {
      masks.add(entry.slice(1));
      continue;
    }
    const [name, version] = splitOnce(entry, "=");
    if (version !== undefined) requests.set(name, { name, version });
    else if (!requests.has(name)) requests.set(name, { name });
  }
  return { packages: [...requests.values()], masks: [...masks].filter((name) => !requests.has(name)) };
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** DHI leaves out entries without a value (a comment in its catalogue says so). */
function withoutEmpty(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
}

/** `80`, `80/tcp`, `8000-8002/udp` as the ports that OCI lists one by one. */
function expandPort(port: string): readonly string[] {
  const match = /^([0-9]+)(?:-([0-9]+))?(?:\/(\w+))?$/.exec(port);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  const length = Math.min(Math.max(0, last - first), 1_000) + 1;
  return Array.from({ length }, (_, index) => `${first + index}/${match?.[3] ?? "tcp"}`);
}
