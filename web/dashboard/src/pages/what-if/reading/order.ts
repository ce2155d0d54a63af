/** Bars in the order of time, each instant once. */

import type { Refusal } from "./refusal";
import type { Bar } from "./rows";

/** Bars in order, and what had to be done for it. */
export interface Ordered {
  readonly bars: readonly Bar[];
  readonly refused: readonly Refusal[];
  /** What was turned round or left out, in words. */
  readonly remarks: readonly string[];
}

const VALUES = ["open", "high", "low", "close", "volume", "adjustment"] as const;

/**
 * Return bars oldest first. Of bars that repeat one exactly the first is kept; those that give one
 * instant different bars are all refused: nothing in the file says which is true.
 */
export function orderBars(bars: readonly Bar[]): Ordered {
  const sorted = [...bars].sort((one, other) => one.instant - other.instant || one.line - other.line);
  const remarks = tellOrder(bars);
  const kept: Bar[] = [];
  const refused: Refusal[] = [];
  let nRepeats = 0;
  for (const group of groupByInstant(sorted)) {
    const [first, ...others] = group;
    if (first === undefined) continue;
    const contrary = others.find((other) => VALUES.some((name) => other[name] !== first[name]));
    if (contrary === undefined) {
      kept.push(first);
      nRepeats += others.length;
    } else {
      refused.push(...group.map((bar) => contradict(bar, bar === first ? contrary : first)));
    }
  }
  if (nRepeats > 0) {
    remarks.push(`${nRepeats} ${nRepeats === 1 ? "row repeats" : "rows repeat"} another and ${nRepeats === 1 ? "was" : "were"} left out.`);
  }
  return { bars: kept, refused, remarks };
}

function* groupByInstant(sorted: readonly Bar[]): Generator<Bar[]> {
  let group: Bar[] = [];
  for (const bar of sorted) {
    if (group[0] !== undefined && group[0].instant !== bar.instant) {
      yield group;
      group = [];
    }
    group.push(bar);
  }
  yield group;
}

function tellOrder(bars: readonly Bar[]): string[] {
  const nBack = bars.filter((bar, place) => place > 0 && bar.instant < bars[place - 1]!.instant).length;
  if (nBack === 0) {
    return [];
  }
  return nBack === bars.length - 1 ? ["The rows stood newest first; they were turned round."] : [`${nBack} rows stood behind a later one; all were sorted by time.`];
}

function contradict(bar: Bar, other: Bar): Refusal {
  return {
    line: bar.line,
    expected: "one bar at a time",
    found: `a time that line ${other.line} has, with other numbers`,
    hint: "leave out the one that is false, or keep one symbol in the file",
  };
}
