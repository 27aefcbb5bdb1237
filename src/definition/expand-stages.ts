// SPDX-License-Identifier: Apache-2.0
import { formatSpdxFragment } from "../formats/spdx-fragment.js";
import { actionScript } from "./actions.js";
import type { ExpandContext } from "./condition.js";
import { expandArtifact, expandArtifacts } from "./expand-artifacts.js";
import { expandFiles } from "./expand-files.js";
import { expandPackages } from "./expand-packages.js";
import { cleanPath, expandPaths } from "./expand-paths.js";
import { isPinned } from "./file-pin.js";
import type { YamlPath } from "./located-yaml.js";
import type { PathEdit, Software, Stage, StageOutput, Step } from "./model.js";
import type { RawDefinition, RawOutput, RawStage, RawStep } from "./raw.js";

/** `${source.dir}`: where a stage's downloads are, and its steps begin. Definitions of the public catalogue write it out as well. */
export const SOURCE_FOLDER = "/src";
/** `${target.dir}`: where steps put what outputs take. */
export const TARGET_FOLDER = "/target";

const SPDX_ACTION = "spdx@v1";
const DEFAULT_SHELL = "/bin/bash";

/** Build stages for one platform. Reports `DEFINITION_UNSUPPORTED`, and what `expandFiles` and `expandPaths` do. */
export function expandStages(raw: RawDefinition, context: ExpandContext): readonly Stage[] {
  return (raw.contents.builds ?? []).flatMap((stage, index) => {
    const at = ["contents", "builds", index];
    return context.holds(stage.if, at) ? [expandStage(stage, at, context)] : [];
  });
}

function expandStage(raw: RawStage, at: YamlPath, context: ExpandContext): Stage {
  reportUnsupported(raw, at, context);
  const { contents = {}, outputs = [] } = raw;
  const wanted = (contents.files ?? []).filter(isPinned);
  const files = expandFiles(wanted, [...at, "contents", "files"], context);
  const steps = raw.pipeline.flatMap((step, index) => {
    const place = [...at, "pipeline", index];
    return context.holds(step.if, place) ? [{ step, at: place }] : [];
  });
  const software = steps.flatMap(({ step }) => declaredBy(step));
  return {
    name: raw.name,
    ...baseOf(raw, at, context),
    ...expandPackages(contents.packages ?? []),
    files,
    artifacts: expandArtifacts(contents.artifacts ?? [], [...at, "contents", "artifacts"], context),
    paths: [
      ...toFragments([...files.flatMap((file) => file.software), ...software]),
      ...expandPaths(raw.paths ?? [], [...at, "paths"], context),
    ],
    steps: steps.flatMap(({ step, at: place }) =>
      step.uses === SPDX_ACTION ? [] : expandStep(step, { stage: raw, at: place }, context),
    ),
    software,
    outputs: outputs.flatMap((output, index) => {
      const place = [...at, "outputs", index];
      return context.holds(output.if, place) ? [expandOutput(output, place, context)] : [];
    }),
  };
}

function baseOf({ uses }: RawStage, at: YamlPath, context: ExpandContext): Pick<Stage, "base"> {
  if (uses === undefined) return {};
  const [base] = expandArtifact({ name: uses }, [...at, "uses"], context);
  return base === undefined ? {} : { base };
}

/** The software that the action `spdx@v1` declares. */
function declaredBy({ uses, with: inputs = {} }: RawStep): readonly Software[] {
  const text = (key: string): string | undefined => (typeof inputs[key] === "string" ? inputs[key] : undefined);
  const name = text("name");
  if (uses !== SPDX_ACTION || name === undefined) return [];
  const entries = ["version", "purl", "license"].map((key) => [key, text(key)] as const);
  const known = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  return [{ name, ...(known as Partial<Software>) }];
}

/** A document for each piece of software, where stages of the public catalogue look for them. */
function toFragments(software: readonly Software[]): readonly PathEdit[] {
  const names = [...new Set(software.map(({ name }) => name))];
  return names.map((name) => {
    const file = name.replaceAll(/[^A-Za-z0-9.+_-]+/g, "-");
    const content = formatSpdxFragment(
      name,
      software.filter((one) => one.name === name),
    );
    return { kind: "file", path: `opt/docker/sbom/${file}/${file}.spdx.json`, uid: 0, gid: 0, mode: 0o644, content };
  });
}

function reportUnsupported(stage: RawStage, at: YamlPath, { report }: ExpandContext): void {
  const { contents = {} } = stage;
  const unsupported = [
    [["matrix"], (stage.matrix ?? []).length > 0, "a matrix of stages"],
    [["accounts"], stage.accounts !== undefined, "accounts of stages"],
    [["attestations"], (stage.attestations ?? []).length > 0, "attestations of stages"],
    [["contents", "files"], !(contents.files ?? []).every(isPinned), "unpinned downloads"],
  ] as const;
  for (const [path, isUsed, what] of unsupported)
    if (isUsed) report([...at, ...path], "DEFINITION_UNSUPPORTED", `this version of Basalt does not build ${what}`);
}

function expandStep(
  raw: RawStep,
  { stage, at }: { readonly stage: RawStage; readonly at: YamlPath },
  { report }: ExpandContext,
): readonly Step[] {
  for (const key of ["run-as", "secrets"] as const)
    if (raw[key] !== undefined)
      report([...at, key], "DEFINITION_UNSUPPORTED", `this version of Basalt does not build ${key} of steps`);
  const script = raw.runs ?? actionScript(raw);
  if (script === undefined)
    return report([...at, "uses"], "DEFINITION_UNSUPPORTED", `this version of Basalt does not build ${raw.uses ?? ""}`);
  const workDir = raw["work-dir"] ?? stage["work-dir"] ?? SOURCE_FOLDER;
  const shell = (raw.shell ?? stage.shell ?? DEFAULT_SHELL).trim().split(/\s+/);
  return [
    {
      title: raw.name ?? raw.uses ?? "step",
      // An action's script is plain sh.
      shell: raw.runs === undefined ? ["/bin/sh"] : [shell[0] ?? DEFAULT_SHELL, ...shell.slice(1)],
      script,
      workDir: workDir.startsWith("/") ? workDir : `${SOURCE_FOLDER}/${workDir}`,
      environment: { ...stage.environment, ...raw.environment },
      hasNetwork: stage.privileged === true || raw.privileged === true,
      caches: [...new Set([...(stage.caches ?? []), ...(raw.caches ?? [])].map((cache) => cache.path))],
    },
  ];
}

function expandOutput(raw: RawOutput, at: YamlPath, { report }: ExpandContext): StageOutput {
  const target = cleanPath(raw.target, [...at, "target"], report);
  return {
    source: cleanPath(raw.source, [...at, "source"], report),
    target: raw.target.endsWith("/") ? `${target}/` : target,
    uid: raw.uid ?? 0,
    gid: raw.gid ?? 0,
    ...(raw.mode === undefined ? {} : { mode: Number.parseInt(raw.mode, 8) }),
    isDiff: raw.diff === true,
  };
}
