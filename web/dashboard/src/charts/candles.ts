/** Stored bars as a chart takes them. */

import type { UTCTimestamp } from "lightweight-charts";

import type { BarsAnswer } from "../api/schema";
import { readInstant } from "../format";

/** One bar of a chart; its time is that of its close. */
export interface Candle {
  readonly time: UTCTimestamp;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** Return the bars that can be drawn, oldest first, one an instant. */
export function makeCandles(bars: BarsAnswer): Candle[] {
  const candles: Candle[] = [];
  let last = -Infinity;
  bars.closed_at.forEach((closedAt, place) => {
    const time = toTime(closedAt);
    const candle = { open: bars.open[place], high: bars.high[place], low: bars.low[place], close: bars.close[place] };
    if (time === undefined || time <= last || !isWhole(candle)) {
      return;
    }
    last = time;
    candles.push({ time, ...candle, volume: finite(bars.volume[place]) ?? 0 });
  });
  return candles;
}

/** Return an instant as a chart counts it: seconds since 1970; undefined where it is none. */
export function toTime(at: string | Date | null): UTCTimestamp | undefined {
  const read = readInstant(at);
  return read === undefined ? undefined : (Math.floor(read.getTime() / 1000) as UTCTimestamp);
}

type Prices = Pick<Candle, "open" | "high" | "low" | "close">;

function isWhole(candle: { [Name in keyof Prices]: number | undefined }): candle is Prices {
  return Object.values(candle).every((value) => finite(value) !== undefined);
}

function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}
