// SPDX-License-Identifier: Apache-2.0
import type { YamlPath } from "../located-yaml.js";
import type { RawArtifact, RawDefinition, RawFile, RawPath } from "../raw.js";
import type { Report } from "../report.js";
import type { CheckContext } from "./check.js";

const REFERENCE = /\$\{([^}]*)\}/g;
/** Filled in later: after resolving, and for each stage of a matrix. */
const LATER = /^(?:resolved\.|matrix\.)/;

/** References that nothing declares, where no shell could fill them in. */
export function checkVariables({ raw, variables, definition, report }: CheckContext): void {
  const { vars = {} } = definition.yaml.value as RawDefinition;
  for (const name of Object.keys(vars)) {
    // The public catalogue keeps `${NAME:regex}` where NAME is of the files that it does not publish.
    const undeclared = /\$\{([^}:]*)\}/.exec(variables.get(name) ?? "")?.[1];
    if (undeclared !== undefined && !LATER.test(undeclared))
      report(["vars", name], "DEFINITION_VARIABLE", `nothing declares ${undeclared}`, {
        severity: "warning",
        hint: "add it to vars",
      });
  }
  const check = (text: string | undefined, at: YamlPath): void => checkText(text, at, report);
  check(raw.name, ["name"]);
  for (const [index, tag] of raw.tags.entries()) check(tag, ["tags", index]);
  checkContents(raw.contents, ["contents"], report);
  for (const [index, stage] of (raw.contents.builds ?? []).entries()) {
    const at = ["contents", "builds", index];
    check(stage.uses, [...at, "uses"]);
    check(stage["work-dir"], [...at, "work-dir"]);
    for (const [position, cache] of (stage.caches ?? []).entries())
      check(cache.path, [...at, "caches", position, "path"]);
    for (const [position, step] of stage.pipeline.entries())
      check(step["work-dir"], [...at, "pipeline", position, "work-dir"]);
    checkContents(stage.contents ?? {}, [...at, "contents"], report);
    checkPaths(stage.paths ?? [], [...at, "paths"], report);
    for (const [position, output] of (stage.outputs ?? []).entries()) {
      check(output.source, [...at, "outputs", position, "source"]);
      check(output.target, [...at, "outputs", position, "target"]);
    }
  }
  checkPaths(raw.paths ?? [], ["paths"], report);
  check(raw["work-dir"], ["work-dir"]);
  for (const key of ["os-release", "labels", "annotations"] as const)
    for (const [name, text] of Object.entries(raw[key] ?? {})) check(text, [key, name]);
}

interface Contents {
  readonly repositories?: readonly string[];
  readonly keyring?: readonly string[];
  readonly packages?: readonly string[];
  readonly mappings?: Readonly<Record<string, string>>;
  readonly files?: readonly RawFile[];
  readonly artifacts?: readonly RawArtifact[];
}

function checkContents(contents: Contents, at: YamlPath, report: Report): void {
  for (const key of ["repositories", "keyring", "packages"] as const)
    for (const [index, text] of (contents[key] ?? []).entries()) checkText(text, [...at, key, index], report);
  for (const [name, purl] of Object.entries(contents.mappings ?? {}))
    checkText(purl, [...at, "mappings", name], report);
  for (const [index, file] of (contents.files ?? []).entries())
    for (const key of ["url", "checksum", "path"] as const) checkText(file[key], [...at, "files", index, key], report);
  for (const [index, artifact] of (contents.artifacts ?? []).entries())
    checkText(artifact.name, [...at, "artifacts", index, "name"], report);
}

function checkPaths(paths: readonly RawPath[], at: YamlPath, report: Report): void {
  for (const [index, path] of paths.entries()) {
    checkText(path.path, [...at, index, "path"], report);
    checkText(path.source, [...at, index, "source"], report);
  }
}

function checkText(text: string | undefined, at: YamlPath, report: Report): void {
  for (const [, name = ""] of (text ?? "").matchAll(REFERENCE))
    if (!LATER.test(name))
      report(at, "DEFINITION_VARIABLE", `nothing declares ${name.replace(/:.*$/, "")}`, { hint: "add it to vars" });
}
