// SPDX-License-Identifier: Apache-2.0

/** A number from 1 on for what may be true, its negative for the opposite. */
export type Literal = number;

/** At least one of its literals holds. */
interface Clause<Origin> {
  readonly literals: Literal[];
  /** What it was made from: its own origin, or those of all clauses that it was learned from. */
  readonly origins: ReadonlySet<Origin>;
}

export type SatResult<Origin> =
  | { readonly kind: "solved" }
  /** Origins of clauses that cannot hold together. */
  | { readonly kind: "impossible"; readonly core: ReadonlySet<Origin> };

/**
 * Decides whether clauses can hold together, with learning from conflicts: complete, and deterministic, since the caller says what is
 * tried next. Source: N. Eén, N. Sörensson, An Extensible SAT-solver (2003), without restarts and activity.
 */
export class SatSolver<Origin> {
  /** By literal, shifted: clauses that watch it. */
  readonly #watchers = new Map<Literal, Clause<Origin>[]>();
  readonly #values: (boolean | undefined)[] = [];
  readonly #levels: number[] = [];
  readonly #reasons: (Clause<Origin> | undefined)[] = [];
  readonly #trail: Literal[] = [];
  /** Length of the trail where each level begins. */
  readonly #starts: number[] = [];
  #propagated = 0;
  #conflicts = 0;
  #broken: Clause<Origin> | undefined;

  /** Whether a literal holds; undefined while it is open. */
  value(literal: Literal): boolean | undefined {
    const value = this.#values[Math.abs(literal)];
    return value === undefined ? undefined : value === literal > 0;
  }

  /** How often something that was tried had to be taken back. */
  get conflicts(): number {
    return this.#conflicts;
  }

  /** To be called before `solve`. */
  addClause(literals: readonly Literal[], origin: Origin): void {
    this.#attach({ literals: [...new Set(literals)], origins: new Set([origin]) });
  }

  /** `decide` answers what to try next, an open literal, or undefined where all that is wanted is there. */
  solve(decide: () => Literal | undefined): SatResult<Origin> {
    for (;;) {
      const conflict = this.#broken ?? this.#propagate();
      if (conflict === undefined) {
        const literal = decide();
        if (literal === undefined) return { kind: "solved" };
        this.#starts.push(this.#trail.length);
        this.#assign(literal, undefined);
      } else if (this.#starts.length === 0) return { kind: "impossible", core: this.#coreOf(conflict) };
      else this.#learn(conflict);
    }
  }

  #attach(clause: Clause<Origin>): void {
    const [first, second] = clause.literals;
    if (first === undefined || (second === undefined && this.value(first) === false)) this.#broken ??= clause;
    else if (second === undefined) {
      if (this.value(first) === undefined) this.#assign(first, clause);
    } else for (const literal of [first, second]) this.#watch(literal, clause);
  }

  #watch(literal: Literal, clause: Clause<Origin>): void {
    const known = this.#watchers.get(literal);
    if (known === undefined) this.#watchers.set(literal, [clause]);
    else known.push(clause);
  }

  #assign(literal: Literal, reason: Clause<Origin> | undefined): void {
    const variable = Math.abs(literal);
    this.#values[variable] = literal > 0;
    this.#levels[variable] = this.#starts.length;
    this.#reasons[variable] = reason;
    this.#trail.push(literal);
  }

  /** Assigns all that follows; answers a clause that cannot hold any more. */
  #propagate(): Clause<Origin> | undefined {
    while (this.#propagated < this.#trail.length) {
      const failed = -(this.#trail[this.#propagated++] ?? 0);
      const watching = this.#watchers.get(failed) ?? [];
      this.#watchers.set(failed, []);
      for (const [index, clause] of watching.entries()) {
        if (this.#rewatch(clause, failed)) continue;
        const rest = watching.slice(index + 1);
        this.#watchers.get(failed)?.push(...rest);
        return clause;
      }
    }
    return undefined;
  }

  /** Finds another literal to watch, or assigns the last one; answers whether the clause can hold. */
  #rewatch(clause: Clause<Origin>, failed: Literal): boolean {
    const { literals } = clause;
    if (literals[0] === failed) [literals[0], literals[1]] = [literals[1] ?? 0, failed];
    const [first = 0] = literals;
    const other =
      this.value(first) === true ? -1 : literals.findIndex((each, at) => at > 1 && this.value(each) !== false);
    if (other > 1) {
      [literals[1], literals[other]] = [literals[other] ?? 0, failed];
      this.#watch(literals[1] ?? 0, clause);
      return true;
    }
    this.#watch(failed, clause);
    if (this.value(first) === undefined) this.#assign(first, clause);
    return this.value(first) === true;
  }

  /** Goes back to where the conflict could have been seen, with a clause that says so. First unique implication point. */
  #learn(conflict: Clause<Origin>): void {
    this.#conflicts += 1;
    const level = this.#starts.length;
    const seen = new Set<number>();
    const origins = new Set<Origin>();
    const learned: Literal[] = [];
    let open = 0;
    let at = this.#trail.length;
    let clause: Clause<Origin> | undefined = conflict;
    let point: Literal = 0;
    do {
      for (const origin of clause?.origins ?? []) origins.add(origin);
      for (const literal of clause?.literals ?? []) {
        const variable = Math.abs(literal);
        if (literal === point || seen.has(variable)) continue;
        seen.add(variable);
        if (this.#levels[variable] === level) open += 1;
        // What holds from the start needs no mention, but its reasons are part of why.
        else if (this.#levels[variable] === 0) this.#addOrigins(variable, origins);
        else learned.push(literal);
      }
      do point = this.#trail[--at] ?? 0;
      while (!seen.has(Math.abs(point)));
      clause = this.#reasons[Math.abs(point)];
      open -= 1;
    } while (open > 0);
    const levels = learned.map((literal) => this.#levels[Math.abs(literal)] ?? 0);
    const back = Math.max(0, ...levels);
    const second = levels.indexOf(back);
    if (second > 0) [learned[0], learned[second]] = [learned[second] ?? 0, learned[0] ?? 0];
    this.#backTo(back);
    const made = { literals: [-point, ...learned], origins };
    this.#attach(made);
    if (learned.length > 0) this.#assign(-point, made);
  }

  #backTo(level: number): void {
    const length = this.#starts[level] ?? this.#trail.length;
    for (const literal of this.#trail.splice(length)) this.#values[Math.abs(literal)] = undefined;
    this.#starts.length = level;
    this.#propagated = length;
  }

  #coreOf(conflict: Clause<Origin>): ReadonlySet<Origin> {
    const origins = new Set(conflict.origins);
    for (const literal of conflict.literals) this.#addOrigins(Math.abs(literal), origins);
    return origins;
  }

  /** All that made a variable what it is from the start. */
  #addOrigins(variable: number, origins: Set<Origin>): void {
    const seen = new Set([variable]);
    const stack = [variable];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const reason = this.#reasons[next];
      for (const origin of reason?.origins ?? []) origins.add(origin);
      for (const literal of reason?.literals ?? []) {
        const other = Math.abs(literal);
        if (seen.has(other)) continue;
        seen.add(other);
        stack.push(other);
      }
    }
  }
}
