/** Where numbers stand on a ruler, in shares of its width. */

/** A mark on a ruler. */
export interface Mark {
  readonly name: string;
  readonly value: number;
}

/** A ruler from one value to another. */
export interface Ruler {
  readonly from: number;
  readonly to: number;
}

const LEAST_SPAN = 0.2;

/** Return a ruler of shares that holds every value, at least twenty points long, and never beyond 0 and 1. */
export function rulerOf(values: readonly (number | null)[]): Ruler {
  const known = values.filter((one): one is number => one !== null);
  if (known.length === 0) {
    return { from: 0.4, to: 0.6 };
  }
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const missing = Math.max(0, LEAST_SPAN - (most - least)) / 2;
  const from = Math.floor((least - missing) * 20 - 0.2) / 20;
  const to = Math.ceil((most + missing) * 20 + 0.2) / 20;
  return { from: Math.max(0, from), to: Math.min(1, to) };
}

/** Return where a value lies, from 0 to 1. */
export function placeOn(ruler: Ruler, value: number): number {
  const place = (value - ruler.from) / (ruler.to - ruler.from);
  return Math.min(1, Math.max(0, place));
}

/** Return where evidence lies between none (1) and half as much again as red asks for: by its digits. */
export function placeEvidence(evidence: number, red: number): number {
  const most = Math.log(Math.max(red, 2) * 1.5);
  return Math.min(1, Math.max(0, Math.log(Math.max(evidence, 1)) / most));
}
