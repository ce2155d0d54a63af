/** What if the last bar had closed elsewhere, or on another volume. */

import type { Columns } from "../../../../client/src/bars";
import type { BarsAnswer } from "../../api/schema";
import type { ReadBars } from "./reading/read";

/** What is changed of the last bar. */
export interface Edit {
  readonly close: number;
  readonly volume: number;
}

/** The last bar as the file has it. */
export function lastBar(bars: ReadBars): Edit {
  return { close: bars.close.at(-1) ?? NaN, volume: bars.volume.at(-1) ?? NaN };
}

/** Whether something is changed. */
export function isEdited(bars: ReadBars, edit: Edit): boolean {
  const last = lastBar(bars);
  return edit.close !== last.close || edit.volume !== last.volume;
}

/** Why an edit makes no bar, in words; null where it does. */
export function findFault(edit: Edit): string | null {
  if (!(Number.isFinite(edit.close) && edit.close > 0)) {
    return "The close must be a number above zero.";
  }
  return Number.isFinite(edit.volume) && edit.volume >= 0 ? null : "The volume must be a number of at least zero.";
}

/**
 * Return the bars with the last one changed. A close beyond the bar's high or low moves that along:
 * a bar holds its own close.
 */
export function applyEdit(bars: ReadBars, edit: Edit): ReadBars {
  const last = bars.close.length - 1;
  const change = (column: Float64Array, value: number): Float64Array => {
    const changed = column.slice();
    changed[last] = value;
    return changed;
  };
  return {
    ...bars,
    close: change(bars.close, edit.close),
    high: change(bars.high, Math.max(bars.high[last] ?? 0, edit.close)),
    low: change(bars.low, Math.min(bars.low[last] ?? Infinity, edit.close)),
    volume: change(bars.volume, edit.volume),
  };
}

/** Return bars as the client asks about them. */
export function toColumns(bars: ReadBars, closedAt: Float64Array): Columns {
  const { open, high, low, close, volume, adjustment } = bars;
  return { closed_at: closedAt, open, high, low, close, volume, adjustment };
}

/** Return the last bars as the chart takes them. */
export function toChart(bars: ReadBars, closedAt: Float64Array, market: { symbol: string; calendar: string }, most: number): BarsAnswer {
  const last = (column: Float64Array): number[] => Array.from(column.subarray(-most));
  return {
    symbol: market.symbol,
    interval: bars.interval,
    calendar: market.calendar,
    digest: "",
    n_bars: bars.close.length,
    closed_at: last(closedAt).map((instant) => new Date(instant / 1000).toISOString()),
    open: last(bars.open),
    high: last(bars.high),
    low: last(bars.low),
    close: last(bars.close),
    volume: last(bars.volume),
    adjustment: last(bars.adjustment),
  };
}
