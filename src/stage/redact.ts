// SPDX-License-Identifier: Apache-2.0

const MASK = "***";
const MIN_CHARACTERS = 4; // shorter lines stand anywhere by chance, and hiding them tells more than it hides

/** Takes values out of a text that comes in pieces; a value may lie across several. */
export class Redactor {
  readonly #values: readonly string[];
  readonly #held: number;
  #rest = "";

  constructor(secrets: Iterable<string>) {
    const values = [...secrets].flatMap((secret) => [secret, secret.trim(), ...secret.split(/\r?\n/)]);
    this.#values = [...new Set(values)]
      .filter((value) => value.length >= MIN_CHARACTERS)
      .toSorted((a, b) => b.length - a.length);
    this.#held = Math.max(0, (this.#values[0]?.length ?? 0) - 1);
  }

  /** What can be said already: the end of it may be the beginning of a value. */
  add(text: string): string {
    const all = this.#clean(this.#rest + text);
    const cut = this.#held === 0 ? all.length : this.#cut(all);
    this.#rest = all.slice(cut);
    return all.slice(0, cut);
  }

  end(): string {
    const rest = this.#rest;
    this.#rest = "";
    return rest;
  }

  /** The first place from which on the text may begin a value. */
  #cut(text: string): number {
    for (let at = Math.max(0, text.length - this.#held); at < text.length; at += 1)
      if (this.#values.some((value) => value.startsWith(text.slice(at)))) return at;
    return text.length;
  }

  #clean(text: string): string {
    return this.#values.reduce((rest, value) => rest.replaceAll(value, MASK), text);
  }
}
