// SPDX-License-Identifier: Apache-2.0
import type { Instruction } from "../formats/dockerfile/instruction.js";
import type { Target } from "./mappings.js";
import { fromScript, fromWords, type RunCommand } from "./run-commands.js";
import { formatList } from "./start.js";
import { wordsOfScript } from "./script-words.js";
import { expandVariables, type Variables } from "./variables.js";

/** A health check for the hardened image: its text, `none` when there is no way to say it there, `same` when it can stay. */
export type HealthPlan =
  | { readonly kind: "text"; readonly command: readonly string[] }
  | { readonly kind: "same" }
  | { readonly kind: "none"; readonly why: string };

/** Works out what HEALTHCHECK can be on the image of that name. */
export function planHealth(instruction: Instruction, target: Target, variables: Variables): HealthPlan {
  const { json, args } = instruction;
  if (/^none\b/i.test(args)) return { kind: "same" };
  const script = args.replace(/^cmd\s+/i, "");
  const { commands } = json === undefined ? fromScript(script) : fromWords(json);
  const url = commands.flatMap((command) => urlOf(command, variables) ?? []).at(0);
  if (url !== undefined && target.probe !== undefined)
    return { kind: "text", command: target.probe.map((word) => word.replace("{url}", url.replaceAll("'", "%27"))) };
  if (url !== undefined && target.shell !== true)
    return {
      kind: "none",
      why: `the image has no program that could ask for ${url}: let the orchestrator ask (httpGet in Kubernetes, a probe of the load balancer)`,
    };
  if (target.shell === true && url === undefined) return { kind: "same" };
  if (json !== undefined && commands.length === 1 && json[0] !== undefined && !/(?:^|\/)(?:ba|da|a)?sh$/.test(json[0]))
    return MISSING.test(commands[0]?.program ?? "")
      ? { kind: "none", why: `the image has no ${commands[0]?.program ?? ""}` }
      : { kind: "same" };
  const plain = wordsOfScript(script.replace(/\|\|\s*exit\s+1\s*$/, ""), variables);
  if (typeof plain === "string" || json !== undefined) return { kind: "none", why: "it needs a shell" };
  const program = plain.argv[0] ?? "";
  if (MISSING.test(program) || program.endsWith(".sh")) return { kind: "none", why: `the image has no ${program}` };
  return { kind: "text", command: plain.argv };
}

/** What ordinary images have, and ours have not. */
const MISSING =
  /^(?:curl|wget|nc|netcat|pgrep|ps|grep|test|\[|stat|cat|ls|kill|pidof|pg_isready|mysqladmin|redis-cli|service|supervisorctl|ss|netstat)$/;

function urlOf({ program, args, texts }: RunCommand, variables: Variables): string | undefined {
  if (program !== "curl" && program !== "wget") return undefined;
  for (const [at, text] of texts.entries()) {
    const value = args[at] ?? expandVariables(text.replace(/^"(.*)"$/, "$1"), variables);
    if (value === undefined || value.startsWith("-") || VALUED.has(texts[at - 1] ?? "")) continue;
    if (/^https?:\/\//.test(value)) return value;
    if (/^(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)(?:[:/]|$)/.test(value)) return `http://${value}`;
  }
  return undefined;
}

const VALUED = new Set([
  "-o",
  "-O",
  "-H",
  "-A",
  "-m",
  "--max-time",
  "--connect-timeout",
  "-T",
  "--timeout",
  "-X",
  "--retry",
  "-t",
  "--tries",
  "-w",
  "--header",
  "--output",
]);

/** The instruction with another command, its flags as they were. */
export function formatHealthcheck({ flags }: Instruction, command: readonly string[]): string {
  const options = flags.map(([name, value]) => `--${name}=${value} `).join("");
  return `HEALTHCHECK ${options}CMD ${formatList(command)}`;
}
