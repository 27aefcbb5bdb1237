// SPDX-License-Identifier: Apache-2.0
import type { Instruction } from "../formats/dockerfile/instruction.js";
import type { Source } from "./mappings.js";
import { isPackageRunner, resolveNodeStart, scriptOf, type PackageJson } from "./package-scripts.js";
import type { RuleId } from "./rules.js";
import { wordsOfScript } from "./script-words.js";
import { joinPath, type StageState } from "./stages.js";
import type { Variables } from "./variables.js";

/** How the rewritten image starts. */
export interface StartPlan {
  /** Program and arguments together, as far as they are known. */
  readonly argv: readonly string[];
  /** Lists to write; absent when the instruction is not there. */
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  /** Variables that the start command had set. */
  readonly env: readonly (readonly [name: string, value: string])[];
  /** Folder that the start command had changed to. */
  readonly folder?: string;
  /** Why a shell is needed; absent when none is. */
  readonly needsShell?: string;
  readonly reasons: readonly { readonly rule: RuleId; readonly text: string }[];
  readonly remarks: readonly { readonly rule: RuleId; readonly text: string }[];
}

export interface StartFacts {
  readonly state: StageState;
  /** The ordinary image, when it is known. */
  readonly source?: Source;
  /** package.json of the working folder, when it is known. */
  readonly packageJson?: PackageJson;
  /** Whether a program of this path is a shell script; undefined when it is not known. */
  readonly isShellScript: (path: string) => boolean | undefined;
}

/** Programs that only pass signals on and collect orphans; the value is what takes an argument. */
const INITS: Readonly<Record<string, readonly string[]>> = {
  tini: ["-p", "-e"],
  "dumb-init": ["--rewrite", "-r"],
  catatonit: [],
};

/** Works out what starts, and writes it as lists. */
export function planStart(facts: StartFacts): StartPlan {
  const { entrypoint, cmd } = inheritedStart(facts);
  const steps = new StartSteps(facts.state.variables);
  const first = entrypoint.argv === undefined ? steps.read(entrypoint.script, "ENTRYPOINT") : entrypoint.argv;
  // What stands in CMD is not used behind a text in ENTRYPOINT. Source: docs.docker.com/reference/dockerfile, table of CMD and ENTRYPOINT
  const second = entrypoint.script !== undefined ? [] : (cmd.argv ?? steps.read(cmd.script, "CMD"));
  if (first === undefined || second === undefined)
    return steps.plan({ argv: [], entrypoint: entrypoint.list, cmd: cmd.list });
  return resolvePrograms({ first, second, steps, facts });
}

/** A part of the start: a list, or a text for a shell. */
interface StartPart {
  readonly argv?: readonly string[];
  readonly script?: string;
  /** As the exec form would start it today. */
  readonly list?: readonly string[];
}

function inheritedStart({ state, source }: StartFacts): { readonly entrypoint: StartPart; readonly cmd: StartPart } {
  const entrypoint =
    state.entrypoint === undefined ? { argv: source?.entrypoint ?? [] } : partOf(state.entrypoint, state.shell);
  const isOwn = state.entrypoint !== undefined || state.cmd !== undefined;
  const cmd = state.cmd === undefined ? { argv: isOwn ? [] : (source?.cmd ?? []) } : partOf(state.cmd, state.shell);
  return { entrypoint, cmd };
}

function partOf(instruction: Instruction, shell: readonly string[] = ["/bin/sh", "-c"]): StartPart {
  const { json, args } = instruction;
  if (json === undefined) return { script: args, list: [...shell, args] };
  const [program = "", flag = "", script, ...rest] = json;
  const isScript =
    /(?:^|\/)(?:ba|da|a)?sh$/.test(program) && /^-[a-z]*c$/.test(flag) && script !== undefined && rest.length === 0;
  return isScript ? { script, list: json } : { argv: json, list: json };
}

/** Collects what changes on the way. */
class StartSteps {
  readonly env: (readonly [string, string])[] = [];
  readonly reasons: { rule: RuleId; text: string }[] = [];
  readonly remarks: { rule: RuleId; text: string }[] = [];
  readonly #variables: Variables;
  folder: string | undefined;
  needsShell: string | undefined;

  constructor(variables: Variables) {
    this.#variables = variables;
  }

  /** The words of a script; undefined when it takes a shell. */
  read(script: string | undefined, where: string): readonly string[] | undefined {
    if (script === undefined || script.trim() === "") return [];
    const words = wordsOfScript(script, this.#variables);
    if (typeof words === "string") {
      this.needsShell = `${where} needs a shell: ${words}`;
      return undefined;
    }
    this.env.push(...words.env);
    this.folder = words.folder ?? this.folder;
    this.reasons.push({
      rule: "shell-form",
      text: `${where} as a list needs no shell, and the program gets signals itself`,
    });
    for (const name of words.fixed.filter((each) => !isOptions(each)))
      this.remarks.push({
        rule: "shell-form",
        text: `the value of ${name} is now fixed in ${where}: without a shell a variable given to docker run -e is not put in`,
      });
    for (const name of words.fixed.filter(isOptions))
      this.remarks.push({ rule: "shell-form", text: optionsAdvice(name) });
    return words.argv;
  }

  plan(parts: {
    argv: readonly string[];
    entrypoint: readonly string[] | undefined;
    cmd: readonly string[] | undefined;
  }): StartPlan {
    const { argv, entrypoint, cmd } = parts;
    return {
      argv,
      env: this.env,
      reasons: this.reasons,
      remarks: this.remarks,
      ...(entrypoint === undefined || entrypoint.length === 0 ? {} : { entrypoint }),
      ...(cmd === undefined || cmd.length === 0 ? {} : { cmd }),
      ...(this.folder === undefined ? {} : { folder: this.folder }),
      ...(this.needsShell === undefined ? {} : { needsShell: this.needsShell }),
    };
  }
}

function isOptions(name: string): boolean {
  return /OPTS|OPTIONS/.test(name);
}

function optionsAdvice(name: string): string {
  const instead = /JAVA|JVM/.test(name)
    ? "JAVA_TOOL_OPTIONS, which the Java machine reads itself"
    : name.startsWith("NODE")
      ? "NODE_OPTIONS, which node reads itself"
      : "arguments of docker run";
  return `${name} is no longer put in when the program starts: use ${instead}`;
}

interface Programs {
  readonly first: readonly string[];
  readonly second: readonly string[];
  readonly steps: StartSteps;
  readonly facts: StartFacts;
}

/** Takes off wrappers, and looks up what package managers would start. */
function resolvePrograms({ first, second, steps, facts }: Programs): StartPlan {
  const entrypoint = withoutInit(first, steps);
  const bare =
    entrypoint.length === 0
      ? withoutWrappers(withoutInit(second, steps), steps, facts)
      : withoutWrappers(entrypoint, steps, facts);
  const isCmdOnly = entrypoint.length === 0 || bare.length === 0;
  const cmd = entrypoint.length === 0 ? [] : second;
  const argv = isCmdOnly ? (bare.length === 0 ? withoutWrappers(cmd, steps, facts) : bare) : bare;
  const whole = isCmdOnly ? argv : [...argv, ...cmd];
  if (isPackageRunner(whole)) {
    const resolved = resolveNodeStart(whole, facts.packageJson, facts.state.variables);
    if (typeof resolved === "string") {
      steps.needsShell = resolved;
      const script = scriptOf(whole, facts.packageJson);
      if (script !== undefined) {
        // What npm run does: the script in a shell, with the programs of packages on PATH
        steps.env.push(["PATH", `${joinPath(facts.state.workdir, "node_modules/.bin")}:$PATH`]);
        steps.reasons.push({
          rule: "start-script",
          text: `the image has no ${whole[0] ?? ""}: the script of package.json is started in a shell`,
        });
        const list = ["/bin/sh", "-c", script];
        return steps.plan({ argv: list, entrypoint: isCmdOnly ? [] : list, cmd: isCmdOnly ? list : [] });
      }
      return steps.plan({ argv: whole, entrypoint: isCmdOnly ? [] : whole, cmd: isCmdOnly ? whole : [] });
    }
    steps.env.push(...resolved.env);
    const text = `the image has no ${whole[0] ?? ""}: ${whole.join(" ")} starts ${resolved.argv.join(" ")}, so that is started`;
    steps.reasons.push({ rule: "start-script", text });
    for (const remark of resolved.remarks) steps.remarks.push({ rule: "start-script", text: remark });
    const list = resolved.argv;
    return steps.plan({ argv: list, entrypoint: isCmdOnly ? [] : list, cmd: isCmdOnly ? list : [] });
  }
  const program = whole[0] ?? "";
  if (program !== "" && facts.isShellScript(program) === true) steps.needsShell = `${program} is a shell script`;
  return steps.plan({ argv: whole, entrypoint: isCmdOnly ? [] : argv, cmd: isCmdOnly ? argv : cmd });
}

function withoutInit(argv: readonly string[], steps: StartSteps): readonly string[] {
  const name = programOf(argv);
  const valued = Object.hasOwn(INITS, name) ? INITS[name] : undefined;
  if (valued === undefined) return argv;
  let at = 1;
  while (at < argv.length && (argv[at] ?? "").startsWith("-")) {
    if (argv[at] === "--") {
      at += 1;
      break;
    }
    at += valued.includes(argv[at] ?? "") ? 2 : 1;
  }
  steps.reasons.push({
    rule: "start-wrapper",
    text: `${name} only passes signals on: docker run --init and pods with a shared process namespace do that`,
  });
  steps.remarks.push({
    rule: "start-wrapper",
    text: `without ${name} the program is process 1: it has to end on SIGTERM, and run with --init if it leaves children behind`,
  });
  return argv.slice(at);
}

/** Scripts of official images that only start what stands behind them. */
const OFFICIAL_SCRIPTS = new Set([
  "docker-entrypoint.sh",
  "docker-php-entrypoint",
  "__cacert_entrypoint.sh",
  "docker-entrypoint",
]);

function withoutWrappers(argv: readonly string[], steps: StartSteps, facts: StartFacts): readonly string[] {
  const name = programOf(argv);
  if (
    OFFICIAL_SCRIPTS.has(name) &&
    isOfficialPlace(argv[0] ?? "") &&
    facts.isShellScript(argv[0] ?? "") === undefined
  ) {
    steps.reasons.push({
      rule: "start-wrapper",
      text: `${name} of the ordinary image is not there, and only starts what stands behind it`,
    });
    return withoutWrappers(argv.slice(1), steps, facts);
  }
  if ((name === "gosu" || name === "su-exec") && argv.length > 2) {
    steps.reasons.push({ rule: "start-wrapper", text: `${name} is not needed: the image never runs as root` });
    return withoutWrappers(argv.slice(2), steps, facts);
  }
  if (["poetry", "pipenv", "uv", "pdm", "hatch"].includes(name) && argv[1] === "run") {
    steps.reasons.push({
      rule: "start-wrapper",
      text: `${name} is a tool of the build stage: what it runs is in the virtual environment`,
    });
    return withoutWrappers(
      argv.slice(2).filter((word, at) => at > 0 || !word.startsWith("--")),
      steps,
      facts,
    );
  }
  const interpreter = interpreterOf(argv[0] ?? "");
  if (interpreter !== undefined) {
    steps.reasons.push({
      rule: "start-wrapper",
      text: `the image has no env, which the first line of ${name} names: ${interpreter} starts it`,
    });
    return [interpreter, ...argv];
  }
  if (/^python3?\.[0-9]+$/.test(name)) {
    steps.reasons.push({ rule: "base-version", text: `${name} is python in the image, whatever its version` });
    return ["python", ...argv.slice(1)];
  }
  return argv;
}

function isOfficialPlace(path: string): boolean {
  return !path.includes("/") || /^\/(?:usr\/local\/bin\/|docker-entrypoint)/.test(path);
}

/** Scripts that are started by their own names: their first line asks env for the interpreter. */
function interpreterOf(path: string): string | undefined {
  if (!path.includes("/")) return undefined;
  if (/(?:^|\/)bin\/(?:rails|rake|bundle|puma|rackup)$|\.rb$/.test(path)) return "ruby";
  if (path.endsWith(".py")) return "python";
  if (/\.[cm]?js$/.test(path)) return "node";
  return path.endsWith(".php") ? "php" : undefined;
}

function programOf(argv: readonly string[]): string {
  const first = argv[0] ?? "";
  return first.slice(first.lastIndexOf("/") + 1);
}

/** An exec form as people write it. */
export function formatList(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(", ")}]`;
}

/** Words as they are; a list where a blank or a quote is in one of them. */
export function formatWords(words: readonly string[]): string {
  return words.every((word) => /^[^\s"'\\`&;|<>()#~]+$/.test(word)) ? words.join(" ") : formatList(words);
}

/** The port that a program is told to listen on by its arguments, and how it reads with another one. */
export function portOfArguments(argv: readonly string[]): { readonly port: number; readonly at: number } | undefined {
  const isDjango = argv[1] === "manage.py" || argv.includes("runserver");
  for (const [at, word] of argv.entries()) {
    const previous = argv[at - 1] ?? "";
    const joined =
      /^(?:--(?:port|http-port|server\.port)=|-Dserver\.port=|--(?:bind|address|listen|addr)=[^=]*?:|-b[^=]*?:|--server\.port=)([0-9]{1,5})$/.exec(
        word,
      );
    const separate = /^(?:-p|-P|--port|--http-port)$/.test(previous)
      ? /^([0-9]{1,5})$/.exec(word)
      : /^(?:-b|--bind|-l|--listen|-S|--address|--addr|-a|tcp:\/\/)$/.test(previous)
        ? /:([0-9]{1,5})$/.exec(word)
        : null;
    const found = (joined ?? separate)?.[1] ?? (isDjango ? /^[0-9.]*:([0-9]{1,5})$/.exec(word)?.[1] : undefined);
    if (found !== undefined) return { port: Number(found), at };
  }
  return undefined;
}
