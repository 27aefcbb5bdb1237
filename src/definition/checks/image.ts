// SPDX-License-Identifier: Apache-2.0
import type { CheckContext } from "./check.js";
import { checkPurl } from "./purl.js";

/** Source: signal(7), the signals of Linux on amd64 and arm64. */
const SIGNALS = new Set(
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS".split(
    " ",
  ),
);
const MAX_SIGNAL = 64;
/** Source: Debian's release history. */
const CODENAMES: Readonly<Record<string, string>> = {
  "11": "bullseye",
  "12": "bookworm",
  "13": "trixie",
  "14": "forky",
};

/** What the image says of itself and how it is started. */
export function checkImage(context: CheckContext): void {
  const { raw, report } = context;
  const signal = raw["stop-signal"];
  if (signal !== undefined && !isSignal(signal))
    report(["stop-signal"], "DEFINITION_SIGNAL", `there is no signal ${signal}`, { hint: "such as SIGTERM" });
  checkRelease(context);
  for (const key of ["entrypoint", "cmd"] as const) {
    const program = raw[key]?.[0];
    if (program === "") report([key, 0], "DEFINITION_PROGRAM", `${key} begins with nothing`);
    else if (program !== undefined && /^\/\S+\s/.test(program))
      report([key, 0], "DEFINITION_PROGRAM", `${JSON.stringify(program)} is taken as the name of one program`, {
        hint: "each argument is an item of its own",
      });
  }
  for (const [name, purl] of Object.entries(raw.contents.mappings ?? {}))
    checkPurl(purl, ["contents", "mappings", name], report);
}

function checkRelease({ raw, report }: CheckContext): void {
  const { "version-id": release, "version-codename": codename, ...rest } = raw["os-release"];
  const expected = raw["os-release"].id === "debian" ? CODENAMES[release] : undefined;
  if (expected !== undefined && codename !== undefined && codename !== expected)
    report(
      ["os-release", "version-codename"],
      "DEFINITION_RELEASE",
      `debian ${release} is ${expected}, not ${codename}`,
    );
  for (const key of ["home-url", "bug-report-url"]) {
    const url = rest[key];
    if (url !== undefined && !/^(?:https?|mailto):/.test(url))
      report(["os-release", key], "DEFINITION_RELEASE", `not a URL: ${JSON.stringify(url)}`);
  }
}

function isSignal(text: string): boolean {
  if (/^[0-9]+$/.test(text)) return Number(text) >= 1 && Number(text) <= MAX_SIGNAL;
  return SIGNALS.has(text.replace(/^SIG/, "")) || /^SIGRTM(?:IN(?:\+[0-9]{1,2})?|AX(?:-[0-9]{1,2})?)$/.test(text);
}
