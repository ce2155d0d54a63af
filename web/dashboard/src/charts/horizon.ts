/** When the bars to come will close, as far as a chart needs to know. */

import type { UTCTimestamp } from "lightweight-charts";

const SECONDS = { m: 60, h: 3_600, d: 86_400, w: 604_800 } as const;
const DAY = SECONDS.d;

/** Return how long a bar is in seconds; undefined where the text is no length. */
export function secondsOf(interval: string): number | undefined {
  const [, number, unit] = /^([1-9]\d{0,3})([mhdw])$/.exec(interval) ?? [];
  return number === undefined ? undefined : Number(number) * SECONDS[unit as keyof typeof SECONDS];
}

/**
 * Return the closes of the next bars: of the sessions to come, where they are told. Else weekends are
 * passed over where the market rests on them, and a holiday would be told as a close.
 */
export function nextCloses(last: UTCTimestamp, nBars: number, interval: string, calendar: string, sessions: readonly number[] = []): UTCTimestamp[] {
  const ahead = sessions.filter((close) => close > last).slice(0, nBars);
  if (ahead.length === nBars) {
    return ahead as UTCTimestamp[];
  }
  const step = secondsOf(interval) ?? DAY;
  const rests = calendar !== "24/7" && step < SECONDS.w;
  const found: UTCTimestamp[] = [];
  let time: number = last;
  while (found.length < nBars) {
    time += step;
    if (!rests || !isWeekend(time)) {
      found.push(time as UTCTimestamp);
    }
  }
  return found;
}

function isWeekend(time: number): boolean {
  const weekday = new Date(time * 1000).getUTCDay();
  return weekday === 0 || weekday === 6;
}
