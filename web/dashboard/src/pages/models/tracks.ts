/** Where a number and its interval lie on a small line. */

import type { Figure } from "./figure";

/** What a track's left and right ends stand for. */
export interface Scale {
  readonly low: number;
  readonly high: number;
}

const MARGIN = 0.06;
const MOST_WIDTHS = 3;

/**
 * Return a scale that holds figures with their intervals; undefined where nothing is known. An interval
 * more than three times as wide as the middle one runs off, so that one short year makes no points of all others.
 */
export function planScale(figures: readonly Figure[], marks: readonly number[] = [0]): Scale | undefined {
  const values = figures.flatMap(({ value }) => (value !== undefined && Number.isFinite(value) ? [value] : []));
  if (values.length === 0) {
    return undefined;
  }
  const reaches = figures.flatMap(({ low, high }) =>
    low !== undefined && high !== undefined && Number.isFinite(high - low) ? [[low, high] as const] : [],
  );
  const widths = reaches.map(([low, high]) => high - low).sort((one, other) => one - other);
  const most = MOST_WIDTHS * (widths[Math.floor((widths.length - 1) / 2)] ?? 0);
  const kept = reaches.filter(([low, high]) => high - low <= most).flat();
  const all = [...values, ...marks, ...kept];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const margin = MARGIN * (high - low) || 1;
  return { low: low - margin, high: high + margin };
}

/** Return where a value lies, from 0 at the left to 100 at the right. */
export function placeOn(scale: Scale, value: number): number {
  return 100 * Math.min(1, Math.max(0, (value - scale.low) / (scale.high - scale.low)));
}

/** "good" where the whole interval is on the right side of a mark, "bad" where none of it is. */
export function toneOfFigure(figure: Figure, mark = 0, isAtMost = false): "good" | "bad" | "neutral" {
  const { low, high } = figure;
  if (low === undefined || high === undefined) {
    return "neutral";
  }
  const [above, below] = isAtMost ? (["bad", "good"] as const) : (["good", "bad"] as const);
  return low > mark ? above : high < mark ? below : "neutral";
}

/** "good" where the interval holds a mark, "bad" where it leaves it out. */
export function toneOfHeld({ low, high }: Figure, mark: number): "good" | "bad" | "neutral" {
  if (low === undefined || high === undefined) {
    return "neutral";
  }
  return low <= mark && mark <= high ? "good" : "bad";
}
