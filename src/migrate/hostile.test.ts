// SPDX-License-Identifier: Apache-2.0
import { expect, it } from "vitest";
import { DockerfileFault } from "../formats/dockerfile/fault.js";
import { loadMappings, migrateDockerfile } from "./index.js";

/** As long as a Dockerfile may be, or nearly. */
const LONG = 250_000;

/** Found by the fuzzer: each took a minute or more, by the square of its length or worse, or failed. A test that hangs fails. */
const CASES: readonly { readonly summary: string; readonly text: string; readonly fault?: RegExp }[] = [
  {
    summary: "variables in variables",
    text: `FROM node:22\nCOPY ${"${A:-".repeat(LONG / 5)} b\nCMD ["node", "a.js"]\n`,
  },
  {
    summary: "a name of a file that goes on",
    text: `FROM node:22\nCOPY ${"a.".repeat(LONG / 2)} b\nCMD ["node", "a.js"]\n`,
  },
  { summary: "a list of many words", text: `FROM ruby:3.3\nCOPY . .\nCMD [${'"a", '.repeat(LONG / 5)}"b"]\n` },
  { summary: "many commands that are gone", text: `FROM debian:12\nRUN ${"useradd -g a&& ".repeat(LONG / 15)}true\n` },
  { summary: "many commands that stay", text: `FROM debian:12\nRUN ${"get update && ".repeat(LONG / 14)}true\n` },
  { summary: "a version of many digits", text: `FROM debian:12\nRUN apt-get install -y python${"9".repeat(400)}x\n` },
  { summary: "a name that every object has", text: "FROM php:8.4-cli\nRUN docker-php-ext-install toString zip\n" },
  { summary: "a last line that is not ended", text: "FROM node:22\nRUN npm install \\" },
  { summary: "a last line that seems to be ended", text: "FROM node:22\nRUN npm install \\\v  \n" },
  { summary: "blanks between commands", text: `FROM debian:12\nRUN useradd a ${" ".repeat(LONG)}&& true\n` },
  {
    summary: "a health check of blanks",
    text: `FROM node:22\nHEALTHCHECK CMD curl a ${" ".repeat(LONG)}x || exit 1\nCMD ["node", "a.js"]\n`,
  },
  { summary: "a directive of blanks", text: `# syntax=a${" ".repeat(LONG)}b\nFROM node:22\n` },
  {
    summary: "a working folder that no path can be",
    text: `FROM python:3.13\nRUN pip install a\nWORKDIR /${"a b ".repeat(LONG / 4)}\nCMD ["python", "a"]\n`,
    fault: /^line 3: WORKDIR has more than 4096/,
  },
  { summary: "flags without end", text: `FROM a\nCOPY ${"-- ".repeat(LONG / 3)}b c\n`, fault: /^line 2: .*256 flags/ },
];

it.each(CASES)("$summary: an answer in time", async ({ text, fault }) => {
  const mappings = await loadMappings();
  const migrate = (): boolean => migrateDockerfile(text, mappings, { registry: "registry.example" }).isChanged;
  if (fault === undefined) expect(migrate()).toBeTypeOf("boolean");
  else {
    expect(migrate).toThrow(DockerfileFault);
    expect(migrate).toThrow(fault);
  }
});
