// SPDX-License-Identifier: Apache-2.0

/** A variable (from 1 on) that is true, or with a minus sign one that is false. */
export type Literal = number;

/** At least one of its literals holds. */
export type Clause = readonly Literal[];

const NEVER = -1;

/**
 * Clauses over variables, with what follows from the decisions made so far, and what is learned from those that fail. Source:
 * Marques-Silva and Sakallah, "GRASP", 1999 (learning, jumping back); Moskewicz and others, "Chaff", 2001 (two watched literals).
 */
export class ClauseStore {
  /** Variable → 1 true, -1 false, 0 open. */
  readonly #values: number[] = [0];
  readonly #levels: number[] = [NEVER];
  readonly #reasons: (Clause | undefined)[] = [undefined];
  /** Clauses by the literal that they watch, false ones at odd places; the two watched literals stand first. */
  readonly #watches: Literal[][][] = [[], []];
  readonly #trail: Literal[] = [];
  /** Length of the trail at each decision. */
  readonly #decisionStarts: number[] = [];
  #next = 0;

  addVariable(): number {
    this.#values.push(0);
    this.#levels.push(NEVER);
    this.#reasons.push(undefined);
    this.#watches.push([], []);
    return this.#values.length - 1;
  }

  /** 1 where the literal holds, -1 where it does not, 0 where it is open. */
  valueOf(literal: Literal): number {
    return literal > 0 ? (this.#values[literal] ?? 0) : -(this.#values[-literal] ?? 0);
  }

  get level(): number {
    return this.#decisionStarts.length;
  }

  decide(literal: Literal): void {
    this.#decisionStarts.push(this.#trail.length);
    this.#assign(literal, undefined);
  }

  /** The next literal that holds and whose consequences were not looked at. */
  takeAssigned(): Literal | undefined {
    const literal = this.#trail[this.#next];
    if (literal !== undefined) this.#next += 1;
    return literal;
  }

  /** Adds a clause at any time; gives it back where it does not hold already. It may become the reason of its only open literal. */
  add(clause: Clause): Clause | undefined {
    // Those that can still hold first, then those that were decided last: the ones that are undone first.
    const literals = clause.toSorted((a, b) => this.#rank(b) - this.#rank(a));
    const [first, second = first] = literals;
    if (first === undefined || second === undefined) return literals;
    literals[1] = second; // a single literal is watched twice
    this.#watchesOf(first).push(literals);
    this.#watchesOf(second).push(literals);
    if (this.valueOf(first) === -1) return literals;
    const isUnit = second === first || this.valueOf(second) === -1;
    if (isUnit && this.valueOf(first) === 0) this.#assign(first, literals);
    return undefined;
  }

  /** What follows from a literal that holds; gives a clause that cannot hold any more. */
  propagate(literal: Literal): Clause | undefined {
    const watching = this.#watchesOf(-literal);
    let kept = 0;
    let broken: Clause | undefined;
    for (const clause of watching) {
      if (broken === undefined && this.#moveWatch(clause, -literal)) continue;
      watching[kept] = clause;
      kept += 1;
      const [first] = clause;
      if (broken !== undefined || first === undefined || this.valueOf(first) === 1) continue;
      if (this.valueOf(first) === -1) broken = clause;
      else this.#assign(first, clause);
    }
    watching.length = kept;
    return broken;
  }

  /** Learns from a clause that cannot hold and takes back decisions; false where there is none to take back: nothing solves it. */
  learnFrom(broken: Clause): boolean {
    if (this.level === 0) return false;
    const learned = this.#analyse(broken);
    const [, ...others] = learned;
    this.#backTo(others.reduce((level, literal) => Math.max(level, this.#levelOf(literal)), 0));
    this.add(learned);
    return true;
  }

  /** Resolves the broken clause with reasons until one literal of the current level is left: first unique implication point. */
  #analyse(broken: Clause): Clause {
    const seen = new Set<number>();
    const others: Literal[] = [];
    let clause: Clause = broken;
    let open = 0;
    for (let at = this.#trail.length - 1; ; at -= 1) {
      for (const literal of clause) {
        const variable = Math.abs(literal);
        const level = this.#levelOf(literal);
        if (seen.has(variable) || level === 0 || this.valueOf(literal) === 1) continue;
        seen.add(variable);
        if (level === this.level) open += 1;
        else others.push(literal);
      }
      while (!seen.has(Math.abs(this.#trail[at] ?? 0))) at -= 1;
      const literal = this.#trail[at] ?? 0;
      open -= 1;
      if (open === 0) return [-literal, ...others];
      clause = this.#reasons[Math.abs(literal)] ?? [];
    }
  }

  /** Takes back all decisions above a level. */
  #backTo(level: number): void {
    const start = this.#decisionStarts[level] ?? this.#trail.length;
    for (const literal of this.#trail.slice(start)) {
      const variable = Math.abs(literal);
      this.#values[variable] = 0;
      this.#levels[variable] = NEVER;
      this.#reasons[variable] = undefined;
    }
    this.#trail.length = start;
    this.#decisionStarts.length = level;
    this.#next = start;
  }

  #assign(literal: Literal, reason: Clause | undefined): void {
    const variable = Math.abs(literal);
    this.#values[variable] = literal > 0 ? 1 : -1;
    this.#levels[variable] = this.level;
    this.#reasons[variable] = reason;
    this.#trail.push(literal);
  }

  /** Puts the false watched literal second, and watches another in its place if one may hold. */
  #moveWatch(clause: Literal[], falseLiteral: Literal): boolean {
    const [first = 0, second = 0] = clause;
    if (first === falseLiteral) {
      clause[0] = second;
      clause[1] = falseLiteral;
    }
    if (this.valueOf(clause[0] ?? 0) === 1) return false;
    for (let index = 2; index < clause.length; index += 1) {
      const literal = clause[index] ?? 0;
      if (this.valueOf(literal) === -1) continue;
      clause[1] = literal;
      clause[index] = falseLiteral;
      this.#watchesOf(literal).push(clause);
      return true;
    }
    return false;
  }

  #watchesOf(literal: Literal): Literal[][] {
    return this.#watches[literal > 0 ? 2 * literal : -2 * literal + 1] ?? [];
  }

  #levelOf(literal: Literal): number {
    return this.#levels[Math.abs(literal)] ?? NEVER;
  }

  #rank(literal: Literal): number {
    return this.valueOf(literal) === -1 ? this.#levelOf(literal) : Number.MAX_SAFE_INTEGER;
  }
}
