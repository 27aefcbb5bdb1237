// SPDX-License-Identifier: Apache-2.0
import type { Action, ActionStep, InputValues } from "./action.js";
import { ldflagsScript } from "./go-ldflags.js";
import { assignment, enter, parseExpansions, quote } from "./shell.js";

/** `module@version`, as `go get` takes it. */
const MODULE = /^[^\s@=]+@[^\s@=]+$/;
/** `old=new`, `old => new`, each with or without a version. */
const REPLACE = /^([^\s=>]+)\s*=>?\s*([^\s=>]+)(?:\s+(v[^\s]+))?$/;

/**
 * Go of the stage, found where distributions and Go's own archives put it. No other version of Go is loaded, the cache can be
 * removed again, and without network a module that is missing is said to be missing.
 */
function goSetup(step: Pick<ActionStep, "hasNetwork">): string {
  return `command -v go >/dev/null || for f in /usr/local/go/bin /usr/lib/go/bin /usr/lib/go-*/bin; do
  test ! -x "$f/go" || PATH="$f:$PATH"
done
export PATH GOTOOLCHAIN="\${GOTOOLCHAIN:-local}" GOFLAGS="\${GOFLAGS:-} -modcacherw"
${step.hasNetwork ? "" : "export GOPROXY=off\n"}`;
}

const BUMP: Action = {
  inputs: {
    deps: "list",
    replaces: "list",
    upgrade: "list",
    downgrade: "flag",
    download: "flag",
    tidy: "flag",
    dir: "text",
  },
  hasNetwork: true,
  plan: (inputs, step) => ({ kind: "run", script: bumpScript(inputs, step) }),
};

/** Building of Go programs, and newer versions of their modules, with the stage's own Go. */
export const GO_ACTIONS: Readonly<Record<string, Action>> = {
  "go/build@v1": {
    inputs: {
      output: "text",
      packages: "list",
      ldflags: "list",
      cgo_enabled: "flag",
      tags: "list",
      "extra-args": "list",
      "extra-env": "pairs",
      strip: "flag",
      tidy: "flag",
      experiments: "list",
      dir: "text",
      fips: "flag",
    },
    needs: [["packages", "output"]],
    plan: (inputs, step) => ({ kind: "run", script: buildScript(inputs, step) }),
  },
  "go/bump@v1": { ...BUMP, needs: [["deps", "replaces", "upgrade", "tidy", "download"]] },
  "go/bump@v2": { ...BUMP, needs: [["deps", "replaces", "downgrade", "tidy", "download"]] },
  "go/hermetic@v1": {
    inputs: { dir: "text" },
    hasNetwork: true,
    plan: (inputs, step) => ({
      kind: "run",
      script: `${goSetup(step)}${enter(inputs.text("dir"))}${VENDORED}if is_vendored; then
  echo "the modules are in $vendor"
else
  go mod download
fi
`,
    }),
  },
};

/** Whether modules lie beside the main module, or beside the workspace that it belongs to. */
const VENDORED = `work=$(go env GOWORK)
case $work in '' | off) vendor=vendor ;; *) vendor=\${work%/*}/vendor ;; esac
is_vendored() { test -f "$vendor/modules.txt"; }
`;

/**
 * `-trimpath`, an empty build id and no state of a repository: nothing of where and when it was built enters a program. In all
 * inputs a shell expands `$NAME`, `${…}` and `$(…)`; everything else is taken as it stands (`parseExpansions`).
 */
function buildScript(inputs: InputValues, step: ActionStep): string {
  const expanded = (input: string, text: string): string => {
    const pieces = parseExpansions(text);
    if (pieces === undefined) step.fault(input, `${JSON.stringify(text)} has a $( or \${ without its end`);
    return assignment("v", pieces ?? []);
  };
  const add = (input: string, word: string): string => `${expanded(input, word)}set -- "$@" "$v"\n`;
  const cgo = inputs.flag("cgo_enabled");
  const packages = wordsOf(inputs, "packages");
  const output = inputs.text("output");
  const [tags, experiments] = [wordsOf(inputs, "tags").join(","), wordsOf(inputs, "experiments").join(",")];
  return [
    goSetup(step),
    enter(inputs.text("dir")),
    cgo === undefined ? "" : `export CGO_ENABLED=${cgo ? 1 : 0}\n`,
    experiments === "" ? "" : `${expanded("experiments", experiments)}export GOEXPERIMENT="$v"\n`,
    ...inputs.pairs("extra-env").map(([name, value]) => `${expanded("extra-env", value)}export ${name}="$v"\n`),
    inputs.flag("tidy") === true ? "go mod tidy\n" : "",
    ldflagsScript(inputs, step),
    'set -- -trimpath -buildvcs=false -ldflags "$ldflags"\n',
    tags === "" ? "" : `set -- "$@" -tags\n${add("tags", tags)}`,
    output === undefined
      ? ""
      : `set -- "$@" -o\n${add("output", output)}case $v in */*) mkdir -p "\${v%/*}/" ;; esac\n`,
    ...wordsOf(inputs, "extra-args").map((word) => add("extra-args", word)),
    ...(packages.length === 0 ? ["."] : packages).map((word) => add("packages", word)),
    'go build "$@"\n',
  ].join("");
}

/** A text is split at blanks and commas where those cannot be part of a word; an item of a list is one word. */
function wordsOf(inputs: InputValues, name: string): readonly string[] {
  const items = inputs.list(name);
  if (inputs.isList(name)) return items;
  return items.flatMap((item) => (item.includes("$(") ? [item] : item.split(/\s+/)));
}

/**
 * `go get` decides about all modules together and says what it lowers, which is refused unless the definition wants it.
 * Source: go help get, and "go: downgraded" in cmd/go/internal/modget.
 */
function bumpScript(inputs: InputValues, step: ActionStep): string {
  // Of v1: modules to upgrade; its meaning is not documented anywhere, a yes or no asks for nothing more.
  const upgrades = inputs.list("upgrade").filter((item) => item !== "true" && item !== "false");
  const modules = [...inputs.list("deps"), ...upgrades];
  for (const module of modules)
    if (!MODULE.test(module)) step.fault("deps", `${JSON.stringify(module)} is not MODULE@VERSION`);
  return [
    goSetup(step),
    enter(inputs.text("dir")),
    VENDORED,
    ...inputs.list("replaces").map((text) => replaceCommand(text, step)),
    modules.length === 0 ? "" : getCommand(modules, inputs.flag("downgrade") ?? false),
    inputs.flag("tidy") === true ? "go mod tidy\n" : "",
    `if is_vendored; then
  case $work in '' | off) go mod vendor ;; *) go work vendor ;; esac
fi
`,
    inputs.flag("download") === true ? "go mod download\n" : "",
  ].join("");
}

function replaceCommand(text: string, step: ActionStep): string {
  const [, from, to, version] = REPLACE.exec(text) ?? [];
  if (from === undefined || to === undefined) {
    step.fault("replaces", `${JSON.stringify(text)} is not OLD=NEW@VERSION`);
    return "";
  }
  return `go mod edit -replace=${quote(`${from}=${to}${version === undefined ? "" : `@${version}`}`)}\n`;
}

function getCommand(modules: readonly string[], mayLower: boolean): string {
  const get = `said=$(go get ${modules.map(quote).join(" ")} 2>&1) || { printf '%s\\n' "$said" >&2; exit 1; }
printf '%s\\n' "$said"
`;
  if (mayLower) return get;
  return `${get}case "
$said" in *"
go: downgraded "*)
  echo 'a version would be lowered; with.downgrade of go/bump@v2 allows it' >&2
  exit 1 ;;
esac
`;
}
