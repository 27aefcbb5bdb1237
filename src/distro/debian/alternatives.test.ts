// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { parseAlternatives } from "./alternatives.js";

const awk = { name: "awk", link: "usr/bin/awk", path: "/usr/bin/mawk", priority: 5, slaves: [] };

const cases = [
  {
    summary: "one literal command is read",
    script: "update-alternatives --install /usr/bin/awk awk /usr/bin/mawk 5\n",
    expected: [awk],
  },
  {
    summary: "options before it are passed over",
    script: "update-alternatives --quiet --force --install /usr/bin/awk awk /usr/bin/mawk 5\n",
    expected: [awk],
  },
  {
    summary: "lines that go on are joined, and slaves belong to their master",
    script:
      "  update-alternatives --install /usr/bin/awk awk /usr/bin/mawk 5 \\\n    --slave /usr/bin/nawk nawk /usr/bin/mawk\n",
    expected: [{ ...awk, slaves: [{ name: "nawk", link: "usr/bin/nawk", path: "/usr/bin/mawk" }] }],
  },
  {
    summary: "a command after a condition is read",
    script: '[ "$1" = configure ] && update-alternatives --install /usr/bin/awk awk /usr/bin/mawk 5 || true\n',
    expected: [awk],
  },
  {
    summary: "quotes are taken off",
    script: `update-alternatives --install "/usr/bin/awk" 'awk' /usr/bin/mawk 5 > /dev/null\n`,
    expected: [awk],
  },
  {
    summary: "a negative priority is a priority",
    script: "update-alternatives --install /usr/bin/awk awk /usr/bin/mawk -5\n",
    expected: [{ ...awk, priority: -5 }],
  },
  {
    summary: "a command with a shell variable means nothing without its shell",
    script: "update-alternatives --install /usr/bin/awk awk /usr/bin/$name 5\n",
    expected: [],
  },
  {
    summary: "command substitution means nothing",
    script: "update-alternatives --install /usr/bin/awk awk `which mawk` 5\n",
    expected: [],
  },
  {
    summary: "a path that climbs out means nothing",
    script: "update-alternatives --install /usr/bin/../../etc/passwd awk /usr/bin/mawk 5\n",
    expected: [],
  },
  {
    summary: "a comment is no command",
    script: "# update-alternatives --install /usr/bin/awk awk /usr/bin/mawk 5\n",
    expected: [],
  },
  {
    summary: "another root is not ours",
    script: "update-alternatives --root /target --install /usr/bin/awk awk /usr/bin/mawk 5\n",
    expected: [],
  },
  {
    summary: "a command that lacks its priority is none",
    script: "update-alternatives --install /usr/bin/awk awk /usr/bin/mawk\n",
    expected: [],
  },
  { summary: "removing is not installing", script: "update-alternatives --remove awk /usr/bin/mawk\n", expected: [] },
  { summary: "an empty script has no links", script: "", expected: [] },
];

it.each(cases)("$summary", ({ script, expected }) => {
  expect(parseAlternatives(script)).toEqual(expected);
});
