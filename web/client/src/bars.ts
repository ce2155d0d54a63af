/** Bars: one symbol's regular OHLCV history, checked against the data contract. */

import { readInstant, writeInstant } from "./instants.js";
import { floatText, shortText } from "./numerals.js";
import { failed, found } from "./result.js";
import type { Result } from "./result.js";

/** An instant: ISO 8601, microseconds since 1970-01-01T00:00Z, or a date of the language. */
export type Instant = string | number | Date;

/** One number a bar; null or NaN where there is none. */
export type Numbers = ArrayLike<number | null>;

/** One symbol's bars as columns, oldest first, that nobody has checked yet. */
export interface Columns {
  readonly closed_at: ArrayLike<Instant>;
  readonly open: Numbers;
  readonly high: Numbers;
  readonly low: Numbers;
  readonly close: Numbers;
  readonly volume: Numbers;
  /** Factor that turns each traded price into the adjusted one; all ones where left out. */
  readonly adjustment?: Numbers;
}

/** Bars within the data contract, oldest first. */
export interface Bars {
  readonly symbol: string;
  readonly interval: string;
  /** Close of each bar, in microseconds since 1970, increasing. */
  readonly closedAt: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  /** Factors that turn traded prices into adjusted ones. */
  readonly adjustment: Float64Array;
  /** Adjusted open, high, low, close and the volume, bar by bar. */
  readonly matrix: Float64Array;
}

const PRICES = ["open", "high", "low", "close"] as const;
const COLUMNS = [...PRICES, "volume"] as const;
type Column = (typeof COLUMNS)[number];
type Checked = Readonly<Record<Column | "closedAt" | "adjustment", Float64Array>>;

/**
 * Check columns against the data contract.
 *
 * @returns The bars, or what breaks the contract, in words: a missing number, a price not above
 * zero, a high below its low, times out of order.
 */
export function readBars(symbol: string, interval: string, columns: Columns): Result<Bars, string> {
  const nBars = columns.closed_at.length;
  const read: Checked = {
    closedAt: instants(columns.closed_at),
    open: numbers(columns.open),
    high: numbers(columns.high),
    low: numbers(columns.low),
    close: numbers(columns.close),
    volume: numbers(columns.volume),
    adjustment: columns.adjustment?.length
      ? numbers(columns.adjustment)
      : new Float64Array(nBars).fill(1),
  };
  const wrong = findShape(read) ?? findTime(read.closedAt) ?? findValue(read) ?? findExtreme(read);
  if (wrong === null) return found({ symbol, interval, ...read, matrix: adjust(read) });
  const place = wrong.row === null ? `in ${symbol}` : `in ${symbol}, bar ${wrong.row}`;
  return failed(`expected ${wrong.expected} ${place}, was ${wrong.was}; correct or drop the bar`);
}

/** Return no bars at all of a market. */
export function noBars(symbol: string, interval: string): Bars {
  const none = new Float64Array();
  const prices = { open: none, high: none, low: none, close: none };
  return { symbol, interval, closedAt: none, ...prices, volume: none, adjustment: none, matrix: none };
}

/** Return the last bars, at most so many; they share their numbers with the whole. */
export function lastBars(bars: Bars, n: number): Bars {
  const first = Math.max(bars.closedAt.length - n, 0);
  const cut = (column: Float64Array): Float64Array => column.subarray(first);
  return {
    ...bars,
    closedAt: cut(bars.closedAt),
    open: cut(bars.open),
    high: cut(bars.high),
    low: cut(bars.low),
    close: cut(bars.close),
    volume: cut(bars.volume),
    adjustment: cut(bars.adjustment),
    matrix: bars.matrix.subarray(5 * first),
  };
}

/** Return exactly so many adjusted bars: the last ones, or all with quiet ones in front. */
export function padBars(matrix: Float64Array, nBars: number): Float64Array {
  const nBefore = nBars - matrix.length / 5;
  if (nBefore <= 0) return matrix.slice(-5 * nBars);
  const padded = new Float64Array(5 * nBars);
  const first = matrix[0]!;
  for (let bar = 0; bar < nBefore; bar++) padded.set([first, first, first, first, 0], 5 * bar);
  padded.set(matrix, 5 * nBefore);
  return padded;
}

interface Wrong {
  readonly row: number | null;
  readonly expected: string;
  readonly was: string;
}

function toInstant(instant: Instant): number {
  if (typeof instant === "number") return instant;
  return typeof instant === "string" ? readInstant(instant) : instant.getTime() * 1000;
}

// Plain loops: a callback for each value of a thousand bars costs a millisecond.
function instants(values: ArrayLike<Instant>): Float64Array {
  if (values instanceof Float64Array) return values.slice();
  const read = new Float64Array(values.length);
  for (let i = 0; i < read.length; i++) read[i] = toInstant(values[i]!);
  return read;
}

function numbers(values: Numbers): Float64Array {
  if (values instanceof Float64Array) return values.slice();
  const read = new Float64Array(values.length);
  for (let i = 0; i < read.length; i++) read[i] = values[i] ?? NaN;
  return read;
}

function adjust(read: Checked): Float64Array {
  const matrix = new Float64Array(5 * read.closedAt.length);
  const { adjustment, volume } = read;
  for (const [place, name] of PRICES.entries()) {
    const prices = read[name];
    for (let bar = 0; bar < prices.length; bar++) matrix[5 * bar + place] = prices[bar]! * adjustment[bar]!;
  }
  for (let bar = 0; bar < volume.length; bar++) matrix[5 * bar + 4] = volume[bar]!;
  return matrix;
}

function findShape(read: Checked): Wrong | null {
  const nBars = read.closedAt.length;
  for (const name of [...COLUMNS, "adjustment"] as const) {
    if (read[name].length !== nBars) {
      const expected = `one ${name} for each of the (${nBars},) times`;
      return { row: null, expected, was: `an array of shape (${read[name].length},)` };
    }
  }
  return null;
}

function findTime(closedAt: Float64Array): Wrong | null {
  for (let row = 0; row < closedAt.length; row++) {
    if (!Number.isFinite(closedAt[row])) return { row, expected: "an instant in closed_at", was: "none" };
  }
  for (let row = 1; row < closedAt.length; row++) {
    if (closedAt[row]! > closedAt[row - 1]!) continue;
    const expected = `a close after ${writeInstant(closedAt[row - 1]!)}`;
    return { row, expected, was: writeInstant(closedAt[row]!) };
  }
  return null;
}

function findValue(read: Checked): Wrong | null {
  for (const name of [...COLUMNS, "adjustment"] as const) {
    const [values, isVolume] = [read[name], name === "volume"];
    // What is not finite is told first.
    const row = firstRow(values, isOdd) ?? firstRow(values, isVolume ? isNegative : isNoPrice);
    if (row !== null) {
      const expected = `a finite ${name} ${isVolume ? "at least" : "above"} zero`;
      return { row, expected, was: floatText(values[row]!) };
    }
  }
  return null;
}

const isOdd = (value: number): boolean => !Number.isFinite(value);
const isNegative = (value: number): boolean => value < 0;
const isNoPrice = (value: number): boolean => value <= 0;

function firstRow(values: Float64Array, is: (value: number) => boolean): number | null {
  for (let row = 0; row < values.length; row++) if (is(values[row]!)) return row;
  return null;
}

function findExtreme(read: Checked): Wrong | null {
  const { open, high, low, close } = read;
  const tooLow = high.findIndex((top, i) => top < Math.max(open[i]!, close[i]!, low[i]!));
  const tooHigh = low.findIndex((bottom, i) => bottom > Math.min(open[i]!, close[i]!, high[i]!));
  const row = tooLow >= 0 ? tooLow : tooHigh;
  if (row < 0) return null;
  const was = PRICES.map((price) => `${price} ${shortText(read[price][row]!)}`).join(", ");
  const expected = tooLow >= 0 ? "high to be the highest price" : "low to be the lowest price";
  return { row, expected, was };
}
