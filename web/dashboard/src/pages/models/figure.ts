/** A number with its 95 % interval, written as the cards of the terminal and the static page write it. */

import { count, DASH, fixed, percent } from "../../format";
import { type Estimate, type Numeral, read } from "./verdict";

/**
 * What kind of number it is: "share" and "gain" (a fraction, the second with its sign), "rate" (a small
 * fraction), "chance" (a probability, never written as certain), "number", "fine" (with four digits),
 * "correlation", "count", "wealth" (any size).
 */
export type Kind = "share" | "gain" | "rate" | "chance" | "number" | "fine" | "correlation" | "count" | "wealth";

export interface Figure {
  readonly kind: Kind;
  readonly value: number | undefined;
  readonly low: number | undefined;
  readonly high: number | undefined;
  readonly text: string;
  /** Both ends of the interval; empty where there is none. */
  readonly interval: string;
}

/** Make a figure; `words` are written where there is something to say about its absence. */
export function figure(kind: Kind, value: Numeral, ends: { low?: Numeral; high?: Numeral; words?: string } = {}): Figure {
  const [low, high, known] = [read(ends.low), read(ends.high), read(value)];
  const hasEnds = low !== undefined && high !== undefined;
  return {
    kind,
    value: known,
    low,
    high,
    text: ends.words ?? WRITERS[kind](known),
    interval: hasEnds ? `${WRITERS[kind](low)} to ${WRITERS[kind](high)}` : "",
  };
}

/** Make a figure of an estimate; without a value where there is none. */
export function figureOf(kind: Kind, estimate: Estimate | null | undefined): Figure {
  return figure(kind, estimate?.value, { low: estimate?.low, high: estimate?.high });
}

/** A figure with its interval in brackets. */
export function full(one: Figure): string {
  return one.interval === "" ? one.text : `${one.text} [${one.interval}]`;
}

type Writer = (value: number | undefined) => string;

function orInfinite(write: Writer): Writer {
  return (value) => (value === Infinity ? "infinite" : value === -Infinity ? "−infinite" : write(value));
}

/** A number of unknown size, with about four digits that matter. */
export function writeAny(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) {
    return orInfinite(() => DASH)(value);
  }
  if (value === Math.round(value) && Math.abs(value) < 1e15) {
    return count(value);
  }
  const size = Math.abs(value);
  return size < 1e-6 ? "below 0.000001" : fixed(value, Math.max(0, 3 - Math.floor(Math.log10(size))));
}

/** A probability as a percentage that never claims to be certain. */
export function writeChance(value: number | undefined): string {
  if (value !== undefined && value < 0.001) {
    return "below 0.1%";
  }
  return value !== undefined && value > 0.999 ? "above 99.9%" : percent(value);
}

const WRITERS: Readonly<Record<Kind, Writer>> = {
  share: orInfinite((value) => percent(value)),
  gain: orInfinite((value) => percent(value, { signed: true })),
  rate: orInfinite((value) => percent(value, { digits: 2 })),
  chance: writeChance,
  number: orInfinite((value) => fixed(value, 2)),
  fine: orInfinite((value) => fixed(value, 4)),
  correlation: orInfinite((value) => fixed(value, 3, { signed: true })),
  count: orInfinite((value) => count(value)),
  wealth: writeAny,
};
