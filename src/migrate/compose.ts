// SPDX-License-Identifier: Apache-2.0
import type { Dockerfile, Instruction } from "../formats/dockerfile/instruction.js";

/** Puts a Dockerfile together: instructions with the comments and blank lines that stood before them. */
export class Composition {
  readonly #file: Dockerfile;
  readonly #eol: string;
  #text = "";

  constructor(file: Dockerfile) {
    this.#file = file;
    this.#eol = file.text.includes("\r\n") ? "\r\n" : "\n";
  }

  /** An instruction of the file, as it is or with another text, behind its own comments. */
  keep(instruction: Instruction, text: string = instruction.source): void {
    this.#text += this.leadOf(instruction) + this.#lines(text) + this.#eol;
  }

  /** Comments of an instruction that is gone. */
  keepComments(instruction: Instruction): void {
    if (/^\s*#/m.test(this.leadOf(instruction))) this.keepLead(instruction);
  }

  /** Comments and blank lines of an instruction that others take the place of. */
  keepLead(instruction: Instruction): void {
    this.#text += this.leadOf(instruction).replace(/(?<![ \t])[ \t]+$/, "");
  }

  /** A new instruction. */
  add(text: string): void {
    this.#text += this.#lines(text) + this.#eol;
  }

  blank(): void {
    if (this.#text !== "" && !this.#text.endsWith(`${this.#eol}${this.#eol}`)) this.#text += this.#eol;
  }

  /** Comments and blank lines before an instruction, from the end of the one before it. */
  leadOf({ start }: Instruction): string {
    const before = this.#file.instructions.findLast((other) => other.end <= start);
    const from = before === undefined ? 0 : this.#lineAfter(before.end);
    return this.#file.text.slice(from, start);
  }

  /** The whole text, with what stood behind the last instruction. */
  finish(): string {
    const last = this.#file.instructions.at(-1);
    const rest = last === undefined ? "" : this.#file.text.slice(this.#lineAfter(last.end));
    const text = this.#text + rest;
    return text.endsWith("\n") ? text : text + this.#eol;
  }

  #lineAfter(offset: number): number {
    const end = this.#file.text.indexOf("\n", offset);
    return end === -1 ? this.#file.text.length : end + 1;
  }

  /** The last line of a file may end as if another one followed: now one does, and must not become a part of it. */
  #lines(text: string): string {
    const { escape } = this.#file;
    const whole = text.trimEnd();
    const isOpen = whole.endsWith(escape) && !whole.endsWith(escape + escape);
    const closed = isOpen ? whole.slice(0, -1).trimEnd() : text;
    return this.#eol === "\n" ? closed : closed.replaceAll(/\r?\n/g, this.#eol);
  }
}
