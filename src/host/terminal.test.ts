// SPDX-License-Identifier: Apache-2.0
import { PassThrough, Readable } from "node:stream";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { codeOf } from "../../test/support/bytes.js";
import { readPassword } from "./terminal.js";

const PROMPT = "Password: ";

/** Makes `stream` the standard input of the running test. */
function useStdin(stream: Readable, isTTY: boolean): void {
  const before = Object.getOwnPropertyDescriptor(process, "stdin");
  Object.defineProperty(process, "stdin", { value: Object.assign(stream, { isTTY }), configurable: true });
  onTestFinished(() => {
    if (before !== undefined) Object.defineProperty(process, "stdin", before);
    stream.destroy();
  });
}

/** Keeps what is printed on standard error while the test runs. */
function keepStderr(): () => string {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  onTestFinished(() => write.mockRestore());
  return () => write.mock.calls.map(([chunk]) => String(chunk)).join("");
}

/** Reads a password from these chunks of standard input. */
function readPiped(...chunks: readonly (string | Buffer)[]): Promise<string> {
  useStdin(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), false);
  return readPassword({ prompt: PROMPT, isPiped: true });
}

/** Asks for a password and types these keys. */
function ask(...keys: readonly string[]): Promise<string> {
  const terminal = new PassThrough();
  useStdin(terminal, true);
  const answer = readPassword({ prompt: PROMPT, isPiped: false });
  for (const key of keys) terminal.write(key);
  return answer;
}

describe("a password that is piped in", () => {
  const umlaut = Buffer.from("ü");

  const cases = [
    { summary: "a line is the password", chunks: ["secret\n"], expected: "secret" },
    { summary: "a line needs no end", chunks: ["secret"], expected: "secret" },
    { summary: "the line may end as on Windows", chunks: ["secret\r\n"], expected: "secret" },
    { summary: "further lines are not part of it", chunks: ["secret\nmore\n"], expected: "secret" },
    { summary: "it may come in pieces", chunks: ["se", "cr", "et\n", "more"], expected: "secret" },
    { summary: "a letter may be cut in two", chunks: [umlaut.subarray(0, 1), umlaut.subarray(1)], expected: "ü" },
    { summary: "blanks are part of it", chunks: [" a b \n"], expected: " a b " },
    { summary: "no input is an empty password", chunks: [], expected: "" },
    { summary: "an empty line is an empty password", chunks: ["\nsecret"], expected: "" },
  ];
  it.each(cases)("$summary", async ({ chunks, expected }) => {
    expect(await readPiped(...chunks)).toBe(expected);
  });

  it("an endless input is refused", async () => {
    expect(await codeOf(() => readPiped("x".repeat(5_000)))).toBe("SIZE_LIMIT_EXCEEDED");
  });

  it("nothing is printed", async () => {
    const printed = keepStderr();
    await readPiped("secret\n");
    expect(printed()).toBe("");
  });
});

describe("a password that is asked for", () => {
  const cases = [
    { summary: "a line is the password", keys: ["secret\r"], expected: "secret" },
    { summary: "what was typed wrong can be taken back", keys: ["secrx", "\x7f", "et\r"], expected: "secret" },
    { summary: "an empty line is an empty password", keys: ["\r"], expected: "" },
  ];
  it.each(cases)("$summary", async ({ keys, expected }) => {
    keepStderr();
    expect(await ask(...keys)).toBe(expected);
  });

  it("the question is printed, and not the answer", async () => {
    const printed = keepStderr();
    const stdout = vi.spyOn(process.stdout, "write");
    onTestFinished(() => stdout.mockRestore());
    await ask("secret\r");
    expect(printed()).toBe(`${PROMPT}\n`);
    expect(stdout.mock.calls.filter(([chunk]) => String(chunk).includes("secret"))).toEqual([]);
  });

  it("Ctrl-C gives up", async () => {
    keepStderr();
    expect(await codeOf(() => ask("secr", "\x03"))).toBe("CANCELLED");
  });

  it("Ctrl-D gives up: there is nothing more to come", async () => {
    keepStderr();
    const asked = codeOf(() => ask("\x04"));
    const silence = new Promise<string>((resolve) => setTimeout(resolve, 200, "it waits for ever"));
    expect(await Promise.race([asked, silence])).toBe("CANCELLED");
  });

  it("without a terminal nobody can be asked", async () => {
    useStdin(new PassThrough(), false);
    expect(await codeOf(() => readPassword({ prompt: PROMPT, isPiped: false }))).toBe("USAGE");
  });
});
