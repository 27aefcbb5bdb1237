// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { parseFileCapabilities } from "./file-capabilities.js";

const RAW = "0100000200200000000000000000000000000000";

// The first three are the commands of packages of Debian 12 and 13.
const cases: readonly { summary: string; script: string; expected: Readonly<Record<string, string>> }[] = [
  {
    summary: "iputils-ping: a variable, by way of dpkg-divert",
    script:
      'PROGRAM=$(dpkg-divert --truename /bin/ping)\nif [ "$1" = configure ]; then\n  if setcap cap_net_raw+ep $PROGRAM; then\n    chmod u-s $PROGRAM\n  fi\nfi\n',
    expected: { "usr/bin/ping": RAW },
  },
  {
    summary: "fping: a negated command",
    script:
      "  if ! setcap cap_net_raw+ep /usr/bin/fping; then\n    echo \"WARNING: 'setcap cap_net_raw+ep /usr/bin/fping' failed.\"\n  fi\n",
    expected: { "usr/bin/fping": RAW },
  },
  {
    summary: "a program in a folder that the merged /usr moves",
    script: "/sbin/setcap 'cap_net_raw+ep' /sbin/arping || true\n",
    expected: { "usr/sbin/arping": RAW },
  },
  {
    summary: "iproute2: a question that is answered with no",
    script:
      '. /usr/share/debconf/confmodule\ndb_get iproute2/setcaps\nif [ "$RET" = true ]; then\n  setcap cap_net_admin+ep /bin/ip\nfi\n',
    expected: {},
  },
  {
    summary: "a script that may take them away again",
    script: "setcap cap_net_raw+ep /usr/bin/x\nif old; then setcap -r /usr/bin/x; fi\n",
    expected: {},
  },
  { summary: "a comment", script: "# setcap cap_net_raw+ep /usr/bin/x\n", expected: {} },
  { summary: "a path that only the shell knows", script: 'setcap cap_net_raw+ep "$(command -v x)"\n', expected: {} },
  { summary: "a pattern", script: "setcap cap_net_raw+ep /usr/lib/x/*\n", expected: {} },
  { summary: "a path that leaves the root", script: "setcap cap_net_raw+ep /usr/../../x\n", expected: {} },
  { summary: "taking capabilities away", script: "setcap -r /usr/bin/x\n", expected: {} },
  { summary: "no such command", script: "unsetcap cap_net_raw+ep /usr/bin/x\n", expected: {} },
];

describe("capabilities that a script gives", () => {
  it.each(cases)("$summary", ({ script, expected }) => {
    const found = [...parseFileCapabilities(script)].map(([path, value]) => [path, value.toString("hex")] as const);
    expect(Object.fromEntries(found)).toEqual(expected);
  });
});
