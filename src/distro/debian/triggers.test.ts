// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import type { TriggerInterest } from "../contract.js";
import { formatTriggers, parseTriggers } from "./triggers.js";

function interest(trigger: string, name = "demo", isAwaited = true): TriggerInterest {
  return { trigger, package: name, isAwaited };
}

const parsed = [
  { summary: "an interest in a name", text: "interest ldconfig\n", expected: [interest("ldconfig")] },
  { summary: "an interest in a path", text: "interest /usr/share/x", expected: [interest("/usr/share/x")] },
  { summary: "an interest that is awaited", text: "interest-await ldconfig\n", expected: [interest("ldconfig")] },
  {
    summary: "an interest that nobody waits for",
    text: "interest-noawait /usr/lib32\n",
    expected: [interest("/usr/lib32", "demo", false)],
  },
  {
    summary: "comments and space are passed over",
    text: "# interest a\n\n  interest  b  # why\n",
    expected: [interest("b")],
  },
  { summary: "what is activated is no interest", text: "activate-noawait ldconfig\n", expected: [] },
  { summary: "a name that leads out of its folder is none", text: "interest ../../../etc/passwd\n", expected: [] },
  { summary: "a name with a slash inside is none", text: "interest a/b\n", expected: [] },
  { summary: "hidden names are none", text: "interest ..\ninterest .x\n", expected: [] },
  { summary: "a directive without a trigger is none", text: "interest\n", expected: [] },
  { summary: "nothing", text: "", expected: [] },
];
it.each(parsed)("parsed: $summary", ({ text, expected }) => {
  expect(parseTriggers(text, "demo")).toEqual(expected);
});

function format(...triggers: readonly TriggerInterest[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    formatTriggers([{ triggers }]).map((entry) => [entry.path, entry.kind === "file" ? String(entry.content) : ""]),
  );
}

it("without interests nothing is pending, and dpkg need not look for any", () => {
  expect(format()).toEqual({ "var/lib/dpkg/triggers/File": "", "var/lib/dpkg/triggers/Unincorp": "" });
});

it("paths stand in one file, names have one each, by package", () => {
  const given = [
    interest("/b", "z"),
    interest("/a", "lib:amd64", false),
    interest("n", "z", false),
    interest("n", "a"),
  ];
  expect(format(...given)).toEqual({
    "var/lib/dpkg/triggers/File": "/a lib:amd64/noawait\n/b z\n",
    "var/lib/dpkg/triggers/Unincorp": "",
    "var/lib/dpkg/triggers/n": "a\nz/noawait\n",
  });
  expect(format(...given.toReversed())).toEqual(format(...given));
});
