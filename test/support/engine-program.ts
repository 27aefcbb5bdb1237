// SPDX-License-Identifier: Apache-2.0
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary.js";

/** What an image does that the test engine "builds". */
export interface TestProgramImage {
  readonly config?: object;
  /** What the build says when it fails. */
  readonly buildFailure?: string;
  /** What the start says when it fails. */
  readonly startFailure?: string;
  /** `HOST:PORT` at which it answers, whatever port it exposes. */
  readonly address?: string;
  /** It has ended with this. */
  readonly exitCode?: number;
  readonly logs?: string;
  readonly hasShell?: boolean;
  readonly pid?: number;
  /** Archive that `save` copies. */
  readonly archive?: string;
}

export interface TestEngineProgram {
  /** For BASALT_ENGINE. */
  readonly path: string;
  /** Every call, its arguments joined by blanks. */
  readonly calls: () => readonly string[];
  /** The Dockerfile that was built under a name. */
  readonly dockerfile: (tag: string) => string;
}

export interface TestEngineProgramOptions {
  /** By the words after the colon of their names, as `before`. */
  readonly images: Readonly<Record<string, TestProgramImage>>;
  /** Names that the engine has before anything is built. */
  readonly has?: readonly string[];
  /** Of every container. @default `container-` and the word */
  readonly id?: string;
  /** What `version` ends with. @default 0 */
  readonly versionStatus?: number;
}

/** A program that behaves as much like Docker's as is asked for; a shell script, since it is started dozens of times. */
export function engineProgram(options: TestEngineProgramOptions): TestEngineProgram {
  const folder = temporaryFolder();
  const path = join(folder, "engine");
  mkdirSync(join(folder, "built"));
  const has = options.has ?? [];
  for (const name of has) mkdirSync(join(folder, "built", name), { recursive: true });
  for (const word of new Set([...Object.keys(options.images), ...has.map((name) => name.replace(/^.*:/s, ""))]))
    writeImage(join(folder, "images", word), word, options);
  if (options.versionStatus !== undefined) writeFileSync(join(folder, "version-status"), String(options.versionStatus));
  writeFileSync(path, PROGRAM, { mode: 0o755 });
  const calls = join(folder, "calls");
  return {
    path,
    calls: () => (existsSync(calls) ? readFileSync(calls, "utf8").trimEnd().split("\n") : []),
    dockerfile: (tag) => readFileSync(join(folder, "built", tag, "Dockerfile"), "utf8"),
  };
}

/** What the program prints about an image and its container, a file an answer. */
function writeImage(folder: string, word: string, { images, id }: TestEngineProgramOptions): void {
  const { config, buildFailure, startFailure, address, exitCode, logs, hasShell, pid, archive } = images[word] ?? {};
  const state = { Running: exitCode === undefined, ExitCode: exitCode ?? 0, Pid: pid ?? 0 };
  mkdirSync(folder, { recursive: true });
  const files: Readonly<Record<string, string | undefined>> = {
    config: JSON.stringify([{ Config: config ?? {}, Size: 1000 }]),
    id: id ?? `container-${word}`,
    state: JSON.stringify([{ State: state }]),
    logs: logs ?? "",
    "build-failure": buildFailure,
    "start-failure": startFailure,
    address,
    shell: hasShell === true ? "" : undefined,
  };
  for (const [name, content] of Object.entries(files))
    if (content !== undefined) writeFileSync(join(folder, name), content === "" ? "" : `${content}\n`);
  if (archive !== undefined) copyFileSync(archive, join(folder, "archive"));
}

const PROGRAM = `#!/bin/sh
here=\${0%/*}
echo "$*" >> "$here/calls"
fail() { cat "$1" >&2; exit 1; }
container() { image="$here/images/$(cat "$here/current")"; }
verb=$1
shift
case $verb in
version)
  if [ -f "$here/version-status" ]; then
    echo "Cannot connect to the daemon" >&2
    exit "$(cat "$here/version-status")"
  fi ;;
image)
  if [ ! -d "$here/built/$2" ]; then
    echo "No such image: $2" >&2
    exit 1
  fi
  cat "$here/images/\${2##*:}/config" ;;
build)
  while [ $# -gt 0 ]; do
    case $1 in
    -f) file=$2 ;;
    -t) tag=$2 ;;
    esac
    shift
  done
  image="$here/images/\${tag##*:}"
  [ ! -f "$image/build-failure" ] || fail "$image/build-failure"
  mkdir -p "$here/built/$tag"
  cp "$file" "$here/built/$tag/Dockerfile" ;;
create)
  for word; do
    [ ! -d "$here/built/$word" ] || echo "\${word##*:}" > "$here/current"
  done
  container
  cat "$image/id" ;;
start)
  container
  [ ! -f "$image/start-failure" ] || fail "$image/start-failure" ;;
inspect)
  container
  cat "$image/state" ;;
port)
  container
  cat "$image/address" ;;
logs)
  container
  cat "$image/logs" ;;
exec)
  container
  [ -f "$image/shell" ] ;;
save) cp "$here/images/\${3##*:}/archive" "$2" ;;
esac
`;
