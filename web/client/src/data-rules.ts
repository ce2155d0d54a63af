/** Hard rules about the numbers in bars: a feed that stands still, a unit that changed. */

import type { Bars } from "./bars.js";
import { writeInstant } from "./instants.js";
import { shortText } from "./numerals.js";

const COLUMNS = ["open", "high", "low", "close", "volume"] as const;
const FROZEN_BARS = 5;
const LEAST_CHANCE = 1e-6;
const JUMP_FACTOR = 8;
const REVERSED_BARS = 5;

/**
 * Return what stands still at the end of some bars, in words, or null.
 *
 * Whole bars that are repeated 5 times; or a column that is, if as many equal numbers in a row have
 * a chance of at most 1e-6 when two neighbours are equal as often as before. A volume of zero, or
 * one that never changes, says nothing.
 */
export function findFrozen(bars: Bars): string | null {
  if (bars.closedAt.length < FROZEN_BARS) return null;
  const equal = COLUMNS.filter((name) => isRepeated(bars[name]));
  if (equal.length === COLUMNS.length) return `the last ${FROZEN_BARS} bars are the same`;
  for (const name of equal) {
    const [nEqual, chance] = weigh(bars[name]);
    const saysNothing = bars.volume.at(-1) === 0 || nEqual === bars.volume.length;
    if (name === "volume" && saysNothing) continue;
    if (chance <= LEAST_CHANCE) return `the last ${nEqual} bars have the same ${name}`;
  }
  return null;
}

/**
 * Return where prices change their unit among some bars, in words, or null.
 *
 * Two neighbouring adjusted closes of which one is at least 8 times the other, unless that is undone
 * within 5 bars: a single bad price is in the past then, and the level is true.
 */
export function findJump(bars: Bars): string | null {
  const close = bars.closedAt.map((_, bar) => bars.matrix[5 * bar + 3]!);
  if (!close.length || Math.max(...close) / JUMP_FACTOR < Math.min(...close)) return null;
  const steps = close.subarray(1).map((price, bar) => Math.log(price) - Math.log(close[bar]!));
  const opened: number[] = [];
  for (const [place, step] of steps.entries()) {
    if (!(Math.abs(step) >= Math.log(JUMP_FACTOR))) continue;
    const before = opened.at(-1);
    if (before !== undefined && isUndone(steps, before, place)) opened.pop();
    else opened.push(place);
  }
  const last = opened.at(-1);
  if (last === undefined) return null;
  const [was, now] = [shortText(close[last]!), shortText(close[last + 1]!)];
  return `close ${now} at ${writeInstant(bars.closedAt[last + 1]!)}, after ${was}`;
}

function isRepeated(column: Float64Array): boolean {
  return column.subarray(-FROZEN_BARS).every((value) => value === column.at(-1));
}

/** Return how many equal numbers end a column, and the chance of that by those before. */
function weigh(column: Float64Array): [number, number] {
  const equal = Array.from(column.subarray(1), (value, i) => value === column[i]);
  const nPairs = equal.length - 1 - equal.lastIndexOf(false);
  const before = equal.slice(0, equal.length - nPairs);
  const share = (before.filter(Boolean).length + 1) / (before.length + 2);
  return [nPairs + 1, share ** nPairs];
}

function isUndone(steps: Float64Array, first: number, second: number): boolean {
  return second - first <= REVERSED_BARS && Math.abs(steps[first]! + steps[second]!) < Math.LN2;
}
