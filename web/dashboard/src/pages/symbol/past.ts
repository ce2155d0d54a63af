/** What became of past predictions: counted, and held against what was stated. */

import { getJson } from "../../api/service";
import type { EntriesAnswer, EntryAnswer } from "../../api/schema";
import { outcomeOf } from "../../charts/marks";

const MOST_SHOWN = 300;

/** Ask for the last answers about a market, so many bars ahead: others are another question. */
export async function loadPast(symbol: string, interval: string, horizonBars: number | undefined, signal: AbortSignal): Promise<readonly EntryAnswer[]> {
  const query = { symbol, interval, horizon_bars: horizonBars, limit: MOST_SHOWN };
  return (await getJson<EntriesAnswer>("/v1/predictions", { query, signal })).predictions;
}

/** How many of some answers turned out how. */
export interface PastCount {
  readonly hits: number;
  readonly misses: number;
  readonly pending: number;
  readonly voids: number;
  readonly neither: number;
  /** Share of hits among what could be judged; null where nothing was. */
  readonly rate: number | null;
}

/** Count outcomes. */
export function countPast(entries: readonly EntryAnswer[]): PastCount {
  const n = { hit: 0, miss: 0, pending: 0, void: 0, neither: 0 };
  for (const entry of entries) {
    n[outcomeOf(entry)] += 1;
  }
  const judged = n.hit + n.miss;
  const rate = judged === 0 ? null : n.hit / judged;
  return { hits: n.hit, misses: n.miss, pending: n.pending, voids: n.void, neither: n.neither, rate };
}

/** How often the return lay within the interval that was stated. */
export interface Coverage {
  readonly stated: number;
  readonly n: number;
  readonly nWithin: number;
  readonly share: number;
}

/**
 * Hold settled returns against their intervals; undefined where none can be. Intervals of another
 * coverage than the latest are left out: they are another promise.
 */
export function trackCoverage(entries: readonly EntryAnswer[]): Coverage | undefined {
  const judged = entries.flatMap(({ prediction, settlement }) => {
    const [interval, realized] = [prediction.prediction_interval, settlement?.realized_return];
    return interval === null || realized == null ? [] : [{ interval, realized }];
  });
  const stated = judged[0]?.interval.coverage;
  if (stated === undefined) {
    return undefined;
  }
  const same = judged.filter(({ interval }) => interval.coverage === stated);
  const nWithin = same.filter(({ interval, realized }) => interval.low <= realized && realized <= interval.high).length;
  return { stated, n: same.length, nWithin, share: nWithin / same.length };
}
