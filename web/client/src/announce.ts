/** From where the climb ended to what the caller is told. */

import type { Bars } from "./bars.js";
import { writeSecond } from "./instants.js";
import type { Answer, Landing } from "./ladder.js";
import { fallbackReason } from "./ladder.js";
import { identify } from "./prediction.js";
import type { Prediction, Regime, Standing } from "./prediction.js";
import { wordsOf } from "./reasons.js";
import type { RulesReading } from "./rules-reading.js";
import type { Why } from "./why.js";
import { digestWindow } from "./window.js";

const WHO: Readonly<Record<string, string>> = {
  "previous champion": "The previous model answers",
  rules: "The rules answer",
};

/**
 * Return where the climb ended as the prediction that a caller is told.
 *
 * @param rules Source of the regime, whoever answers.
 * @param why What moved the answer; null where nobody asked.
 */
export function announce(
  { bars, horizonBars }: { readonly bars: Bars; readonly horizonBars: number },
  landing: Landing,
  rules: RulesReading | null,
  why: Why | null,
): Prediction {
  const asOf = bars.closedAt.at(-1) ?? null;
  const price = bars.close.at(-1) ?? null;
  const regime = rules === null ? null : rules.regime;
  const told = landing.answer === null ? NOTHING_SAID : said(landing.answer, price);
  // In the order of the service's own JSON.
  const prediction: Omit<Prediction, "prediction_id"> = {
    symbol: bars.symbol,
    interval: bars.interval,
    as_of: asOf === null ? null : writeSecond(asOf),
    horizon_bars: horizonBars,
    direction: told.direction,
    probability_up: told.probability_up,
    expected_return: told.expected_return,
    prediction_interval: told.prediction_interval,
    confidence: told.confidence,
    past_hits: told.past_hits,
    ...(told.standing === null ? {} : { standing: told.standing }),
    price,
    target: told.target,
    stop: told.stop,
    regime,
    reasons: tellReasons(landing, regime),
    contributions: why?.contributions ?? [],
    ...(why !== null && { explanation: why.explanation }),
    ...(why !== null && why.members.length > 0 && { members: why.members }),
    source: told.source,
    rung: landing.rung,
    fallback_reason: fallbackReason(landing),
    steps: landing.steps,
    bars_digest: digestWindow(bars),
  };
  return identify(prediction, asOf);
}

/** What of a prediction is the answering rung's own. */
type Said = Pick<
  Prediction,
  | "direction" | "probability_up" | "expected_return" | "prediction_interval" | "confidence"
  | "past_hits" | "target" | "stop" | "source"
> & { readonly standing: Standing | null };

function said(answer: Answer, price: number | null): Said {
  return {
    direction: answer.direction,
    probability_up: answer.probabilityUp,
    expected_return: answer.expectedReturn,
    prediction_interval: answer.interval,
    confidence: answer.confidence,
    past_hits: answer.pastHits,
    standing: answer.standing,
    target: levelOf(price, answer.targetFrac),
    stop: levelOf(price, answer.stopFrac),
    source: answer.source,
  };
}

const NOTHING_SAID: Said = {
  direction: "HOLD",
  probability_up: null,
  expected_return: null,
  prediction_interval: null,
  confidence: 0,
  past_hits: null,
  standing: null,
  target: null,
  stop: null,
  source: {
    kind: "none",
    model_id: null,
    version: null,
    age_days: null,
    bundle_digest: null,
    state_digest: null,
  },
};

function levelOf(price: number | null, frac: number): number | null {
  return price !== null && frac ? price * (1 + frac) : null;
}

function tellReasons(landing: Landing, regime: Regime | null): string[] {
  const { answer, steps, rung } = landing;
  const told: string[] = [];
  const [first, last] = [steps[0], steps.at(-1)];
  if (answer === null && last) told.push(`Nothing can be said: ${wordsOf(last.reason)}.`);
  else if (first && WHO[rung]) told.push(`${WHO[rung]}, because ${wordsOf(first.reason)}.`);
  told.push(...(answer?.reasons ?? []));
  if (regime?.is_confirmed) told.push(`The market is ${regime.current}.`);
  else if (regime) {
    told.push(`The market is ${regime.current}, not confirmed yet (${regime.confirmed} was).`);
  }
  return told;
}
