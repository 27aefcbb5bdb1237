// SPDX-License-Identifier: Apache-2.0

/** Chance that can be repeated: the same seed gives the same numbers. Source: mulberry32, by Tommy Ettinger (public domain). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("internal: nothing to pick from");
    return item;
  }

  isOneIn(count: number): boolean {
    return this.below(count) === 0;
  }
}

/** A seed for one input of one target: each can be made again without those before it. Source: FNV-1a. */
export function seedOf(seed: number, target: string, iteration: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${seed} ${target} ${iteration}`)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
