/** What moved an answer, ready to be drawn. */

/** How much one feature moved the answer. */
export interface Contribution {
  readonly feature: string;
  readonly amount: number;
}

/** One bar of the drawing: where it begins and how long it is, in shares of the width. */
export interface Moved extends Contribution {
  readonly start: number;
  readonly length: number;
}

/** Return the strongest contributions first, from the middle outward; the rest as one. */
export function placeContributions(contributions: readonly Contribution[], most: number): Moved[] {
  const known = contributions.filter((one) => Number.isFinite(one.amount));
  const sorted = [...known].sort((one, other) => Math.abs(other.amount) - Math.abs(one.amount));
  const rest = sorted.slice(most);
  const shown = sorted.slice(0, most);
  if (rest.length > 0) {
    shown.push({ feature: `${rest.length} others together`, amount: rest.reduce((sum, one) => sum + one.amount, 0) });
  }
  const largest = Math.max(...shown.map((one) => Math.abs(one.amount)), Number.MIN_VALUE);
  return shown.map((one) => {
    const length = Math.abs(one.amount) / largest / 2;
    return { ...one, start: one.amount < 0 ? 0.5 - length : 0.5, length };
  });
}
