// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { formatAlternatives, parseAlternatives } from "./alternatives.js";

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
    summary: "a variable that has one value is filled in",
    script: "name=mawk\nupdate-alternatives --install /usr/bin/awk awk /usr/bin/$name 5\n",
    expected: [awk],
  },
  {
    summary: "a command in a loop over plain words is one for each",
    script:
      "for n in a b; do\n update-alternatives --install /usr/bin/$n \\\n $n /usr/bin/$n-x 5 \\\n --slave /m/$n.1 $n.1 /m/$n-x.1\ndone\n",
    expected: ["a", "b"].map((name) => ({
      name,
      link: `usr/bin/${name}`,
      path: `/usr/bin/${name}-x`,
      priority: 5,
      slaves: [{ name: `${name}.1`, link: `m/${name}.1`, path: `/m/${name}-x.1` }],
    })),
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

const gawk = {
  ...awk,
  path: "/usr/bin/gawk",
  priority: 10,
  slaves: [{ name: "nawk", link: "usr/bin/nawk", path: "/usr/bin/gawk" }],
};

it("openjdk-21-jre-headless: its programs, in a loop over a variable", () => {
  const script = `priority=2111
basedir=/usr/lib/jvm/java-21-openjdk-amd64
jre_tools='java keytool'
    if [ -n "$multiarch" ] && [ "$DPKG_MAINTSCRIPT_ARCH" != $(dpkg --print-architecture) ]; then
	priority=$(expr $priority - 1)
    fi
    for i in $jre_tools; do
	unset slave1 slave2 || true
        update-alternatives \\
            --install \\
            /usr/bin/$i \\
            $i \\
            $basedir/bin/$i \\
            $priority \\
	    $slave1 $slave2
    done
`;
  expect(parseAlternatives(script)).toEqual(
    ["java", "keytool"].map((name) => ({
      name,
      link: `usr/bin/${name}`,
      path: `/usr/lib/jvm/java-21-openjdk-amd64/bin/${name}`,
      priority: 2111,
      slaves: [],
    })),
  );
});

const formatted = [
  {
    summary: "a group says its link, its slaves and what each choice has for them",
    choices: [gawk, awk],
    missing: [],
    expected: "auto\n/usr/bin/awk\nnawk\n/usr/bin/nawk\n\n/usr/bin/gawk\n10\n/usr/bin/gawk\n/usr/bin/mawk\n5\n\n\n",
  },
  {
    summary: "a choice that is not there is left out, with its slaves",
    choices: [gawk, awk],
    missing: ["/usr/bin/gawk"],
    expected: "auto\n/usr/bin/awk\n\n/usr/bin/mawk\n5\n\n",
  },
  { summary: "a group without choices is none", choices: [awk], missing: ["/usr/bin/mawk"], expected: undefined },
];
it.each(formatted)("$summary", ({ choices, missing, expected }) => {
  const exists = (path: string): boolean => !(missing as readonly string[]).includes(path);
  for (const alternatives of [choices, choices.toReversed()]) {
    const [entry] = formatAlternatives([{ alternatives }], exists);
    expect(entry?.path).toBe(expected === undefined ? undefined : "var/lib/dpkg/alternatives/awk");
    expect(entry?.kind === "file" ? entry.content : undefined).toBe(expected);
  }
});
