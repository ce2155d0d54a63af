/** The forecast as a fan: price x exp(drift t +/- z sigma sqrt t). */

/** What is forecast over a horizon, as an answer carries it. */
export interface Forecast {
  readonly price: number | null;
  readonly horizon_bars: number;
  readonly prediction_interval: { readonly low: number; readonly high: number; readonly coverage: number } | null;
}

/** Where the price may be so many bars ahead. */
export interface FanPoint {
  readonly barsAhead: number;
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/** The fan: from the price now to the interval at the horizon. */
export interface Fan {
  readonly coverage: number;
  /** Of the logarithm of the price, a bar. */
  readonly drift: number;
  /** z sigma: half the width of the interval in logarithms after one bar. */
  readonly reach: number;
  /** From 0 bars ahead to the horizon. */
  readonly points: readonly FanPoint[];
}

/**
 * Return the fan of a forecast; undefined where it has no interval.
 *
 * The service tells the interval at the horizon alone. In logarithms its middle is drift times
 * horizon and its half width z sigma times the root of the horizon, so that both follow from it,
 * and the fan meets the interval exactly where the service stands by it.
 */
export function makeFan(forecast: Forecast): Fan | undefined {
  const { price, horizon_bars: horizon, prediction_interval: interval } = forecast;
  if (price === null || interval === null || !(price > 0) || !(interval.low > -1) || interval.high < interval.low) {
    return undefined;
  }
  const [low, high] = [Math.log1p(interval.low), Math.log1p(interval.high)];
  const drift = (low + high) / (2 * horizon);
  const reach = (high - low) / (2 * Math.sqrt(horizon));
  const points = Array.from({ length: horizon + 1 }, (_, barsAhead) => {
    const [middle, width] = [drift * barsAhead, reach * Math.sqrt(barsAhead)];
    return {
      barsAhead,
      low: price * Math.exp(middle - width),
      middle: price * Math.exp(middle),
      high: price * Math.exp(middle + width),
    };
  });
  return { coverage: interval.coverage, drift, reach, points };
}
