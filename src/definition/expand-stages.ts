// SPDX-License-Identifier: Apache-2.0

import { formatSpdxFragment } from "../formats/spdx-fragment.js";
import { planAction } from "./actions/index.js";
import type { ExpandContext } from "./condition.js";
import { expandNames } from "./expand-accounts.js";
import { expandArtifact, expandArtifacts } from "./expand-artifacts.js";
import { expandFiles } from "./expand-files.js";
import { expandPackages, repositoryKeysOf } from "./expand-packages.js";
import { cleanPath, expandPaths } from "./expand-paths.js";
import { isPinned } from "./file-pin.js";
import type { YamlPath } from "./located-yaml.js";
import type { PathEdit, Software, Stage, StageAttestation, StageOutput, Step } from "./model.js";
import type { RawAttestation, RawDefinition, RawOutput, RawStage, RawStep } from "./raw.js";
import { SOURCE_FOLDER } from "./stage-folders.js";
import { substituteDeep } from "./substitution.js";
import { isVerifiedIn } from "./verified-downloads.js";

const SPDX_ACTION = "spdx@v1";
const DEFAULT_SHELL = "/bin/bash";

/** Build stages for one platform. Reports `DEFINITION_UNSUPPORTED`, and what `expandFiles` and `expandPaths` do. */
export function expandStages(raw: RawDefinition, context: ExpandContext): readonly Stage[] {
  return (raw.contents.builds ?? []).flatMap((stage, index) => {
    const at = ["contents", "builds", index];
    return runsOf(stage).flatMap((run) =>
      context.holds(run.if, at) ? [expandStage(run, at, { ...context, image: raw })] : [],
    );
  });
}

/** A stage with a matrix runs once for each of its entries, whose items are `${matrix.NAME}`. */
function runsOf(stage: RawStage): readonly RawStage[] {
  const { matrix = [], ...rest } = stage;
  if (matrix.length === 0) return [stage];
  return matrix.map(({ name, items = {} }) => {
    const values = Object.entries(items).map(([key, value]) => [`matrix.${key}`, String(value)] as const);
    const variables = new Map([["matrix.name", name], ...values]);
    return { ...(substituteDeep(rest, variables) as RawStage), name: `${stage.name}-${name}` };
  });
}

type StageContext = ExpandContext & { readonly image: RawDefinition };

function expandStage(raw: RawStage, at: YamlPath, context: StageContext): Stage {
  reportUnsupported(raw, at, context);
  const { contents = {}, outputs = [] } = raw;
  const isVerified = isVerifiedIn(raw);
  const files = expandFiles(contents.files ?? [], [...at, "contents", "files"], context, isVerified);
  const steps = raw.pipeline.flatMap((step, index) => {
    const place = [...at, "pipeline", index];
    return context.holds(step.if, place) ? [{ step, at: place }] : [];
  });
  const software = steps.flatMap(({ step }) => declaredBy(step));
  return {
    name: raw.name,
    ...baseOf(raw, at, context),
    ...repositoriesOf(raw, context),
    ...expandPackages(contents.packages ?? []),
    files,
    artifacts: expandArtifacts(contents.artifacts ?? [], [...at, "contents", "artifacts"], context),
    accounts: expandNames(raw.accounts ?? {}),
    paths: [
      ...toFragments([...files.flatMap((file) => file.software), ...software]),
      ...expandPaths(raw.paths ?? [], [...at, "paths"], context),
    ],
    steps: steps.flatMap(({ step, at: place }) => expandStep(step, { stage: raw, at: place }, context)),
    software,
    outputs: outputs.flatMap((output, index) => {
      const place = [...at, "outputs", index];
      return context.holds(output.if, place) ? [expandOutput(output, place, context)] : [];
    }),
    attestations: (raw.attestations ?? []).flatMap((attestation, index) => {
      const place = [...at, "attestations", index];
      return context.holds(attestation.if, place) ? [expandAttestation(attestation, place, context)] : [];
    }),
  };
}

/** What a stage does not list is that of the image; its repositories find their keys there as well. */
function repositoriesOf(
  { contents = {} }: RawStage,
  { image: raw }: StageContext,
): Pick<Stage, "repositories" | "repositoryKeys"> {
  const { contents: image } = raw;
  const repositories = contents.repositories ?? image.repositories ?? [];
  if (repositories.length === 0) return {};
  const inherited = repositoryKeysOf(raw, image.repositories ?? [], image.keyring ?? []);
  const keyring = contents.keyring ?? (contents.repositories === undefined ? (image.keyring ?? []) : []);
  return { repositories, repositoryKeys: repositoryKeysOf(raw, repositories, keyring, inherited) };
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
  const isVerified = isVerifiedIn(stage);
  if (!(contents.files ?? []).every((file) => isPinned(file) || isVerified(file)))
    report(
      [...at, "contents", "files"],
      "DEFINITION_UNSUPPORTED",
      `this version of Basalt does not build unpinned downloads`,
    );
}

function expandStep(
  raw: RawStep,
  { stage, at }: { readonly stage: RawStage; readonly at: YamlPath },
  { report, holds }: ExpandContext,
): readonly Step[] {
  const folder = raw["work-dir"] ?? stage["work-dir"] ?? SOURCE_FOLDER;
  const workDir = folder.startsWith("/") ? folder : `${SOURCE_FOLDER}/${folder}`;
  const isPrivileged = stage.privileged === true || raw.privileged === true;
  const planned =
    raw.runs === undefined
      ? planAction(raw, { at, workDir, hasNetwork: isPrivileged }, report)
      : { work: { kind: "run" as const, script: raw.runs }, hasNetwork: isPrivileged };
  if (planned === undefined) return [];
  const title = raw.name ?? raw.uses ?? "step";
  const { work, hasNetwork } = planned;
  if (work.kind !== "run") return [{ title, ...work }];
  const shell = (raw.shell ?? stage.shell ?? DEFAULT_SHELL).trim().split(/\s+/);
  return [
    {
      title,
      kind: "run",
      // An action's script is plain sh.
      shell: raw.runs === undefined ? ["/bin/sh"] : [shell[0] ?? DEFAULT_SHELL, ...shell.slice(1)],
      script: work.script,
      workDir,
      environment: { ...stage.environment, ...raw.environment },
      hasNetwork,
      caches: [...new Set([...(stage.caches ?? []), ...(raw.caches ?? [])].map((cache) => cache.path))],
      ...(raw["run-as"] === undefined ? {} : { user: String(raw["run-as"]) }),
      secrets: (raw.secrets ?? []).flatMap((secret, index) =>
        holds(secret.if, [...at, "secrets", index])
          ? [{ id: secret.id, variable: secret.env, isOptional: secret.optional === true }]
          : [],
      ),
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

function expandAttestation(raw: RawAttestation, at: YamlPath, { report }: ExpandContext): StageAttestation {
  return {
    predicateType: raw["predicate-type"],
    source: cleanPath(raw.source, [...at, "source"], report),
    isDiff: raw.diff === true,
  };
}
