// SPDX-License-Identifier: Apache-2.0
import type { Instruction } from "../formats/dockerfile/instruction.js";
import type { FinalFacts } from "./final-plan.js";
import type { Target } from "./mappings.js";
import type { BuildContext } from "./model.js";
import type { Notes } from "./notes.js";
import { copiesOf, originOf } from "./origins.js";
import { portOfArguments } from "./start.js";

/** Ports below this are for root in many places. Source: capabilities(7), CAP_NET_BIND_SERVICE. */
const FIRST_FREE = 1024;
const MOVED_BY = 8000;

/** A low port that moves, everywhere where it is named. */
export interface PortChange {
  readonly from: number;
  readonly to: number;
  readonly expose: (instruction: Instruction) => string;
  readonly environment: (instruction: Instruction) => string;
  readonly health: (command: readonly string[]) => readonly string[];
  readonly start: (argv: readonly string[]) => readonly string[];
}

/** Moves a low port where the Dockerfile itself decides it; else says what has to be looked at. */
export function planPort(
  facts: FinalFacts,
  target: Target,
  context: BuildContext | undefined,
  notes: Notes,
): PortChange | undefined {
  const exposes = facts.instructions.filter(({ keyword }) => keyword === "EXPOSE");
  const low = exposes
    .flatMap((instruction) =>
      instruction.args
        .split(/\s+/)
        .map((word) => ({ instruction, port: Number(/^([0-9]+)(?:\/tcp)?$/.exec(word)?.[1] ?? "0") })),
    )
    .filter(({ port }) => port > 0 && port < FIRST_FREE);
  const byArgument = portOfArguments(facts.start.argv)?.port;
  if (byArgument !== undefined && byArgument < FIRST_FREE) return portChange(byArgument, notes, exposes, facts);
  const variable = facts.instructions
    .flatMap(({ keyword, pairs }) => (keyword === "ENV" ? pairs : []))
    .find(
      ([name, value]) =>
        /^(?:[A-Z_]*PORT|ASPNETCORE_URLS)$/.test(name) &&
        Number(/([0-9]+)$/.exec(value ?? "")?.[1] ?? FIRST_FREE) < FIRST_FREE,
    );
  if (variable !== undefined)
    return portChange(Number(/([0-9]+)$/.exec(variable[1] ?? "")?.[1]), notes, exposes, facts);
  if (target.name === "nginx") return nginxPort(facts, context, notes, exposes);
  for (const { instruction, port } of low)
    notes.find(
      "check",
      "port-low",
      instruction,
      `port ${port} is below ${FIRST_FREE}: Docker lets the image's user listen on it, Kubernetes may not; better listen on ${port + MOVED_BY} and map it, -p ${port}:${port + MOVED_BY}`,
    );
  return undefined;
}

function portChange(from: number, notes: Notes, exposes: readonly Instruction[], facts: FinalFacts): PortChange {
  const to = from + MOVED_BY;
  const replace = (text: string) =>
    text.replaceAll(new RegExp(String.raw`(?<![0-9.])${from}(?![0-9.])`, "g"), String(to));
  for (const instruction of exposes)
    if (replace(instruction.source) !== instruction.source)
      notes.change("port-low", instruction, { after: replace(instruction.source) });
  notes.find(
    "check",
    "port-low",
    exposes[0] ?? facts.state.cmd ?? facts.staged.final.from,
    `the program listens on ${to} instead of ${from}: map it, -p ${from}:${to}, and change what calls it directly`,
  );
  return {
    from,
    to,
    expose: ({ source }) => replace(source),
    environment: (instruction) =>
      instruction.pairs.some(([name]) => /PORT$|ASPNETCORE_URLS/.test(name))
        ? replace(instruction.source)
        : instruction.source,
    health: (command) => command.map((word) => withPort(word, from, to)),
    start: (argv) => {
      const found = portOfArguments(argv);
      return found?.port === from
        ? argv.map((word, at) => (at === found.at ? word.replace(/[0-9]+$/, String(to)) : word))
        : argv;
    },
  };
}

/** A URL without a port means 80. */
function withPort(text: string, from: number, to: number): string {
  const named = text.replaceAll(new RegExp(`(https?://[^/:\\s"'|]+):${from}(?![0-9])`, "g"), `$1:${to}`);
  return from === 80 ? named.replaceAll(/(http:\/\/[^/:\s"'|]+)(?=[/\s"'|]|$)(?!:)/g, `$1:${to}`) : named;
}

/** nginx listens on 8080 in the hardened image, unless its own configuration comes with the Dockerfile. */
function nginxPort(
  facts: FinalFacts,
  context: BuildContext | undefined,
  notes: Notes,
  exposes: readonly Instruction[],
): PortChange | undefined {
  const { staged } = facts;
  const named = copiesOf(staged.final, staged);
  const own = named
    .filter(({ target, from }) => target.startsWith("/etc/nginx/conf.d") && from === undefined)
    .flatMap(({ sources }) => sources.filter((source) => source.endsWith(".conf")));
  for (const path of own) checkNginx(path, context?.read(path), notes, exposes[0] ?? staged.final.from);
  if (own.length > 0) return undefined;
  for (const path of [
    "/etc/nginx/conf.d/default.conf",
    "/etc/nginx/nginx.conf",
    "/etc/nginx/templates/default.conf.template",
  ]) {
    const origin = originOf(path, staged.final, staged, context?.paths);
    if (origin.kind !== "context") continue;
    checkNginx(origin.path, context?.read(origin.path), notes, exposes[0] ?? staged.final.from);
    if (path !== "/etc/nginx/nginx.conf") return undefined;
  }
  return exposes.some(({ args }) => /(?:^|\s)80(?:\s|\/|$)/.test(args)) || exposes.length === 0
    ? portChange(80, notes, exposes, facts)
    : undefined;
}

function checkNginx(path: string, text: string | undefined, notes: Notes, at: Instruction): void {
  if (text === undefined) {
    notes.find(
      "check",
      "port-low",
      at,
      `${path}: the configuration should listen on a port from ${FIRST_FREE} on, such as 8080, and keep its pid file below /tmp`,
    );
    return;
  }
  for (const [index, line] of text.split("\n").entries()) {
    const port = /^\s*listen\s+(?:\S+:)?([0-9]+)\b/.exec(line)?.[1];
    if (port !== undefined && Number(port) < FIRST_FREE)
      notes.find(
        "check",
        "port-low",
        at,
        `${path}:${index + 1}: ${line.trim()} should be ${Number(port) + MOVED_BY}: Docker lets the image's user listen on it, Kubernetes may not`,
      );
    if (/^\s*(?:user|pid)\s+/.test(line) && !/\/tmp\//.test(line))
      notes.find(
        "check",
        "user-root",
        at,
        `${path}:${index + 1}: ${line.trim()} is for a server that starts as root: take it out`,
      );
  }
}
