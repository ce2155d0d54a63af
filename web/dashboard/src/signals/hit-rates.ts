/** How often a source has been right about a market: measured, not claimed. */

import { getJson, ProblemError } from "../api/service";
import type { HitRateAnswer, HitRatesAnswer, PredictionAnswer } from "../api/schema";
import { count, DASH, percent } from "../format";
import type { Resource } from "../shell/resource";

/** One source's record on one market, as the service measures it. */
export type HitRate = HitRateAnswer;
export type HitRates = readonly HitRate[];

/** With fewer forecasts in its band, all of a source's forecasts on a market say more. */
const ENOUGH_IN_BAND = 30;

/** Return what has been measured; nothing where this service does not measure. */
export async function loadHitRates(signal: AbortSignal, symbol?: string): Promise<HitRates> {
  try {
    return (await getJson<HitRatesAnswer>("/v1/hit-rates", { query: { symbol }, signal })).rates;
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) {
      return [];
    }
    throw error;
  }
}

type Question = Pick<PredictionAnswer, "symbol" | "interval" | "horizon_bars" | "source">;

/** Return the measured rate of whoever gave an answer, on its market. */
export function findRate(rates: HitRates, answer: Question): HitRate | undefined {
  const source = answer.source.kind === "rules" ? "rules" : answer.source.model_id;
  return rates.find(
    (rate) =>
      rate.symbol === answer.symbol &&
      rate.interval === answer.interval &&
      rate.horizon_bars === answer.horizon_bars &&
      rate.source === source,
  );
}

/** What is known of how often such answers were right, in a few words. */
export interface TrackRecord {
  readonly value: string;
  readonly note: string;
}

/**
 * Return the record of an answer: measured on this market where it was, among forecasts of the
 * same band of confidence where they are enough; else the share that the model reached in its
 * trial with forecasts about this strong.
 */
export function recordOf(answer: Pick<PredictionAnswer, "past_hits" | "confidence">, rate: HitRate | undefined): TrackRecord {
  const band = rate?.bands.find(({ at_least: least, below }) => answer.confidence >= least && answer.confidence < (below ?? Infinity));
  if (band !== undefined && band.rate !== null && band.n >= ENOUGH_IN_BAND) {
    return { value: percent(band.rate), note: `of ${count(band.n)} this confident${rangeOf(band)}` };
  }
  if (rate !== undefined && rate.rate !== null) {
    return { value: percent(rate.rate), note: `of ${count(rate.n)} of any confidence${rangeOf(rate)}` };
  }
  const past = answer.past_hits;
  if (past?.rate != null) {
    return { value: percent(past.rate), note: `of ${count(past.n_settled)} this strong, in its trial` };
  }
  return { value: DASH, note: "not measured yet" };
}

/** Return the record of an answer among those that are looked up; undefined while they are. */
export function lookUp(answer: Question & Pick<PredictionAnswer, "past_hits" | "confidence">, rates: Resource<HitRates>): TrackRecord | undefined {
  if (rates.value === undefined && rates.state === "loading") {
    return undefined;
  }
  const record = recordOf(answer, findRate(rates.value ?? [], answer));
  const isLost = rates.value === undefined && record.value === DASH;
  return isLost ? { value: DASH, note: "not known at the moment" } : record;
}

/** Where the true rate lies, where that is known; overlapping horizons make it wide. */
export function rangeOf({ low, high }: { readonly low: number | null; readonly high: number | null }): string {
  return low === null || high === null ? "" : ` (${percent(low, { digits: 0 })} to ${percent(high, { digits: 0 })})`;
}
