/** A graph's outputs for one window: whether they may be used, and how they are read. */

import type { OutputRow } from "./bundle.js";
import type { Fault } from "./ladder.js";
import { shortText } from "./numerals.js";

/** Return why a graph's outputs must not be used, or null. */
export function findRowFault(row: OutputRow): Fault | null {
  if (!row.ok?.[0]) {
    return { reason: "data_contract_broken", detail: "the graph's own check of the bars" };
  }
  const wrong = Object.keys(row).find((name) => !row[name]!.every(Number.isFinite));
  if (wrong === undefined) return null;
  return { reason: "output_not_finite", detail: `${wrong} is not finite` };
}

/** Return an output of one number; NaN, which is in no range, where there is none. */
export function numberOf(row: OutputRow, name: string): number {
  return row[name]?.[0] ?? NaN;
}

/** Return the fault of a value outside its range, or null. */
export function outside(name: string, value: number, low: number, high: number): Fault | null {
  if (low <= value && value <= high) return null;
  const possible = `possible are ${shortText(low)} to ${shortText(high)}`;
  return { reason: "output_out_of_range", detail: `${name} is ${shortText(value)}, ${possible}` };
}
