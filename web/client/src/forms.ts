/** Forms: whether what the service sends has the shape that is relied upon. */

import type { Prediction } from "./prediction.js";
import type { StandingRecord } from "./standing.js";

/** A model that may answer, as `GET /v1/serving/{symbol}` names it. */
export interface SeatAnswer {
  readonly model_id: string;
  readonly bundle_digest: string;
  /** Path of its bundle on the service. */
  readonly bundle: string;
  readonly trained_at: string;
  readonly standing: StandingRecord | null;
}

/** Who may answer for a market, as `GET /v1/serving/{symbol}` says. */
export interface ServingAnswer {
  readonly champion: SeatAnswer | null;
  readonly previous: SeatAnswer | null;
  readonly models_enabled: boolean;
  readonly least_confidence: number;
  readonly when_unsure: "step_down" | "hold";
  readonly most_age_days: number;
}

type Form = Readonly<Record<string, (value: unknown) => boolean>>;

const isText = (value: unknown): boolean => typeof value === "string";
const isNumber = (value: unknown): boolean => Number.isFinite(value);
const isFlag = (value: unknown): boolean => typeof value === "boolean";
const orNull = (is: (value: unknown) => boolean) => (value: unknown): boolean => value === null || is(value);
const orAbsent = (is: (value: unknown) => boolean) => (value: unknown): boolean =>
  value === undefined || orNull(is)(value);
const oneOf = (...choices: string[]) => (value: unknown): boolean => choices.includes(value as string);
const listOf = (is: (value: unknown) => boolean) => (value: unknown): boolean =>
  Array.isArray(value) && value.every(is);
const shaped = (form: Form) => (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  Object.entries(form).every(([name, is]) => is((value as Readonly<Record<string, unknown>>)[name]));

const RUNG = oneOf("champion", "previous champion", "rules", "hold");

const STANDING: Form = {
  condition: oneOf("ok", "amber", "red", "recovering"),
  accuracy: isNumber,
  fallback_accuracy: isNumber,
  confidence_factor: isNumber,
  edge_factor: isNumber,
  as_of: isText,
};

const MEMBER: Form = {
  name: isText,
  weight: isNumber,
  standardised: isNumber,
  contribution: isNumber,
  expected_return: isNumber,
};

const PREDICTION: Form = {
  prediction_id: isText,
  symbol: isText,
  interval: isText,
  as_of: orNull(isText),
  horizon_bars: isNumber,
  direction: oneOf("BUY", "SELL", "HOLD"),
  probability_up: orNull(isNumber),
  expected_return: orNull(isNumber),
  prediction_interval: orNull(shaped({ low: isNumber, high: isNumber, coverage: isNumber })),
  confidence: isNumber,
  past_hits: orNull(shaped({ n_hits: isNumber, n_settled: isNumber, rate: orNull(isNumber) })),
  standing: orAbsent(shaped(STANDING)),
  price: orNull(isNumber),
  target: orNull(isNumber),
  stop: orNull(isNumber),
  regime: orNull(shaped({ current: isText, confirmed: isText, is_confirmed: isFlag })),
  reasons: listOf(isText),
  contributions: listOf(shaped({ feature: isText, amount: isNumber })),
  explanation: orAbsent(shaped({ baseline: orNull(isNumber), value: orNull(isNumber), trouble: isText })),
  members: orAbsent(listOf(shaped(MEMBER))),
  source: shaped({ kind: oneOf("model", "rules", "none"), model_id: orNull(isText) }),
  rung: RUNG,
  fallback_reason: orNull(isText),
  steps: listOf(shaped({ rung: RUNG, reason: isText, detail: isText })),
  bars_digest: isText,
};

const SEAT: Form = {
  model_id: isText,
  bundle_digest: isText,
  bundle: isText,
  trained_at: isText,
  standing: orNull(shaped({ ...STANDING, answers: isFlag, words: isText })),
};

const SERVING: Form = {
  champion: orNull(shaped(SEAT)),
  previous: orNull(shaped(SEAT)),
  models_enabled: isFlag,
  least_confidence: isNumber,
  when_unsure: oneOf("step_down", "hold"),
  most_age_days: isNumber,
};

/** Whether a value is a prediction. */
export function isPrediction(value: unknown): value is Prediction {
  return shaped(PREDICTION)(value);
}

/** Whether a value says who may answer for a market. */
export function isServing(value: unknown): value is ServingAnswer {
  return shaped(SERVING)(value);
}

/** Whether a value holds the sessions of a market: at least one, in order. */
export function isSessions(
  value: unknown,
): value is { readonly name: string; readonly closes_at: readonly number[] } {
  if (!shaped({ name: isText, closes_at: listOf(isNumber) })(value)) return false;
  const { closes_at: closes } = value as { readonly closes_at: readonly number[] };
  return closes.length > 0 && closes.every((close, i) => i === 0 || close > closes[i - 1]!);
}
